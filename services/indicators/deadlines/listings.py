"""SQL of calendar lists: deadlines, exceptions, and what is owed."""

from datetime import date, datetime

from services.indicators.deadlines.ical import Deadline
from services.indicators.filters import SCHEMA
from services.indicators.measurements.knowledge import Knowledge
from services.indicators.permissions import MEASUREMENT_READ
from services.kit.access import Caller
from services.kit.database import Pool
from services.kit.pages import Key, Listing, instant
from services.kit.scope import scope_clause

MAX_DEADLINES = 2000


def calendar_listing(today: date) -> Listing:
    """The days of the calendars in force."""
    listing = Listing(
        columns={},
        source=f"""{SCHEMA}.calendar_periods c
            JOIN (SELECT plan, max(version) AS version FROM {SCHEMA}.calendars GROUP BY plan) k
              ON k.plan = c.plan AND k.version = c.version""",
        keys={"plan": Key("c.plan"), "due_on": Key("c.due_on", "date"), "period": Key("c.period")},
        order="plan,due_on,period",
        unique="plan,period",
    )
    day = listing.bind(today)
    listing.columns = {
        "plan": "c.plan",
        "period": "c.period",
        "frequency": "c.frequency",
        "first_day": "c.first_day",
        "last_day": "c.last_day",
        "opens_on": "c.opens_on",
        "due_on": "c.due_on",
        "locks_on": "c.locks_on",
        "state": f"""CASE WHEN c.opens_on > {day} THEN 'not_open' WHEN c.locks_on < {day} THEN 'locked'
            WHEN c.due_on < {day} THEN 'overdue' ELSE 'open' END""",
        "version": "c.version",
    }
    return listing


def exception_listing(caller: Caller, now: datetime) -> Listing:
    """Exceptions to locks in the caller's reach, newest first."""
    listing = Listing(
        columns={},
        source=f"""{SCHEMA}.lock_exceptions x JOIN {SCHEMA}.org_units u ON u.id = x.dependencia_id
            LEFT JOIN {SCHEMA}.assignments a ON a.dependencia_id = x.dependencia_id AND a.id = x.assignment_id""",
        keys={"id": Key("x.id", "bigint"), "expires_at": Key("x.expires_at", "timestamptz")},
        order="-id",
        unique="id",
    )
    at = listing.bind(now)
    listing.columns = {
        "id": "x.id",
        "dependencia": "u.code",
        "plan": "x.plan",
        "period": "x.period",
        "assignment": "a.code",
        "reason": "x.reason",
        "granted_by": "x.granted_by",
        "granted_at": instant("x.granted_at"),
        "expires_at": instant("x.expires_at"),
        "active": f"x.expires_at > {at}",
    }
    clause, values = scope_clause(caller, MEASUREMENT_READ, "x.dependencia_id", SCHEMA)
    return listing.where(clause, *values)


def one_exception(caller: Caller, now: datetime, number: int) -> Listing:
    return exception_listing(caller, now).where("x.id = {}", number)


def exemption_listing(caller: Caller, now: datetime) -> Listing:
    """Exempt cells in the caller's reach, ended ones included."""
    listing = Listing(
        columns={},
        source=f"""{SCHEMA}.exemptions e JOIN {SCHEMA}.org_units u ON u.id = e.dependencia_id
            JOIN {SCHEMA}.assignments a ON a.dependencia_id = e.dependencia_id AND a.id = e.assignment_id""",
        keys={
            "assignment": Key("a.code"),
            "period": Key("e.period"),
            "recorded_at": Key("e.recorded_at", "timestamptz"),
        },
        order="assignment,period,recorded_at",
        unique="assignment,period,recorded_at",
    )
    at = listing.bind(now)
    listing.columns = {
        "assignment": "a.code",
        "dependencia": "u.code",
        "plan": "a.plan",
        "period": "e.period",
        "reason": "e.reason",
        "recorded_by": "e.recorded_by",
        "recorded_at": instant("e.recorded_at"),
        "ended_at": f"CASE WHEN e.ended_at < 'infinity' THEN {instant('e.ended_at')} END",
        "active": f"e.ended_at > {at}",
    }
    clause, values = scope_clause(caller, MEASUREMENT_READ, "e.dependencia_id", SCHEMA)
    return listing.where(clause, *values)


def last_exemption(caller: Caller, now: datetime, assignment: str, period: str) -> Listing:
    """Of a cell: the one in force, or the last there was."""
    listing = exemption_listing(caller, now).where("a.code = {}", assignment).where("e.period = {}", period)
    return listing.where(
        f"""e.recorded_at = (SELECT max(o.recorded_at) FROM {SCHEMA}.exemptions o
            WHERE o.dependencia_id = e.dependencia_id AND o.assignment_id = e.assignment_id AND o.period = e.period)"""
    )


def owed_listing(caller: Caller, knowledge: Knowledge) -> Listing:
    """Cells that are due and have no value, and whoever owes them; earliest deadline first."""
    listing = Listing(
        columns={},
        source="",
        keys={"due_on": Key("c.due_on", "date"), "assignment": Key("a.code"), "period": Key("c.period")},
        order="due_on,assignment,period",
        unique="assignment,period",
    )
    now, today = listing.bind(knowledge.instant), listing.bind(knowledge.today)
    listing.source = f"""{knowledge.assignments(now)} a
        JOIN {knowledge.indicators(now)} i ON i.id = a.indicator_id
        JOIN {SCHEMA}.org_units u ON u.id = a.dependencia_id
        JOIN {knowledge.calendars(now)} k ON k.plan = a.plan
        JOIN {SCHEMA}.calendar_periods c
          ON c.plan = k.plan AND c.version = k.version AND c.frequency = a.frequency
        LEFT JOIN {knowledge.measurements(now)} m
          ON m.dependencia_id = a.dependencia_id AND m.assignment_id = a.id AND m.period = c.period"""
    listing.columns = {
        "assignment": "a.code",
        "indicator": "json_build_object('code', i.code, 'name', i.name)",
        "dependencia": f"json_build_object('code', u.code, 'name', {knowledge.name_on('u', today, now)})",
        "plan": "a.plan",
        "period": "c.period",
        "opens_on": "c.opens_on",
        "due_on": "c.due_on",
        "locks_on": "c.locks_on",
        "state": knowledge.state(now, today),
        "days_late": f"greatest(0, {today}::date - c.due_on)",
        "responsible": "a.responsible",
    }
    clause, values = scope_clause(caller, MEASUREMENT_READ, "a.dependencia_id", SCHEMA)
    return listing.where(clause, *values).where("m.value IS NULL")


async def pending_deadlines(reader: Pool, owed: Listing, plan: str) -> list[Deadline]:
    """One deadline for each dependencia and period of what is owed, the earliest first."""
    clauses = " AND ".join(f"({clause})" for clause in owed.clauses)
    rows = await reader.fetch(
        f"""SELECT u.code, u.name, c.period, c.due_on, count(*) AS cells FROM {owed.source} WHERE {clauses}
            GROUP BY u.code, u.name, c.period, c.due_on ORDER BY c.due_on, u.code LIMIT {MAX_DEADLINES}""",
        *owed.arguments,
    )
    return [
        Deadline(
            uid=f"{plan}.{row['code']}.{row['period']}@iesspr",
            day=row["due_on"],
            summary=f"{row['name']}: {row['cells']} mediciones de {row['period']}",
            description=f"{row['cells']} celdas de {plan} sin reportar.",
        )
        for row in rows
    ]
