"""SQL of measurement lists: cells with their judgement, one row each."""

from dataclasses import dataclass

from services.indicators.domain.policy import Policy
from services.indicators.filters import SCHEMA
from services.indicators.measurements.knowledge import Knowledge
from services.indicators.permissions import MEASUREMENT_READ, reading_as
from services.indicators.scoring.expressions import GoalColumns, achievement_sql, capped_sql, edge_sql, light_sql
from services.kit.access import Caller
from services.kit.pages import Key, Listing, instant
from services.kit.scope import scope_clause

GOAL = GoalColumns(
    value="m.value",
    target="t.level",
    target_to="t.level_to",
    direction="a.direction",
    tolerance="coalesce(a.tolerance, i.tolerance)",
    baseline="a.baseline_value",
    by_progress="a.by_progress",
)

ON_TIME = "(m.first_recorded_at AT TIME ZONE 'America/Guayaquil')::date <= c.due_on"


@dataclass(frozen=True, slots=True)
class Cells:
    """What a list of cells shows: only those with a value, or every cell the calendar knows.

    by_light: a condition asks for the judgement `s`, so that it is made for every cell and not only for those shown.
    """

    with_empty: bool
    by_light: bool = False


def cell_listing(caller: Caller, policy: Policy, knowledge: Knowledge, cells: Cells) -> Listing:
    """Cells in the caller's reach, judged by the policy, as known at the instant."""
    listing = Listing(
        columns={},
        source="",
        keys={
            "assignment": Key("a.code"),
            "period": Key("c.period"),
            "recorded_at": Key("coalesce(m.recorded_at, '-infinity')", "timestamptz"),
        },
        order="assignment,period",
        unique="assignment,period",
    )
    now = listing.bind(knowledge.instant) if cells.with_empty or knowledge.is_past else ""
    state = "'reported'"
    if cells.with_empty:
        state = knowledge.state(now, listing.bind(knowledge.today))
    listing.columns = _columns(policy, state)
    # OFFSET 0 keeps the planner from copying the expression into each of the columns that use it.
    judgement = f"(SELECT {achievement_sql(GOAL, policy.cap)} AS percent OFFSET 0) s"
    listing.source = _source(knowledge, cells, now)
    if cells.by_light:
        listing.source += f" CROSS JOIN LATERAL {judgement}"
    else:
        listing.shown_from = f"FROM {judgement}"
    clause, values = scope_clause(caller, reading_as(caller, MEASUREMENT_READ), "a.dependencia_id", SCHEMA)
    return listing.where(clause, *values)


def _columns(policy: Policy, state: str) -> dict[str, str]:
    return {
        "assignment": "a.code",
        "dependencia": "u.code",
        "plan": "a.plan",
        "indicator": "i.code",
        "period": "c.period",
        "value": "m.value::text",
        "numerator": "m.numerator::text",
        "denominator": "m.denominator::text",
        "unit": "a.unit",
        "target": "t.level::text",
        "target_to": "t.level_to::text",
        "state": state,
        "review": "m.review",
        "achievement": edge_sql("s.percent"),
        "achievement_capped": edge_sql(capped_sql("s.percent", policy.cap)),
        "traffic_light": light_sql("s.percent", policy),
        "policy": f"'{policy.name}'",
        "source": "m.source",
        "note": "m.note",
        "evidence": "CASE WHEN m.evidence_url IS NOT NULL THEN "
        "json_build_object('url', m.evidence_url, 'sha256', m.evidence_sha256) END",
        "warnings": "coalesce(m.warnings, '{}')",
        "approved_value": "m.approved_value::text",
        "drifted": "coalesce(m.approved_version < m.version AND m.review <> 'approved', false)",
        "due_on": "c.due_on",
        "on_time": ON_TIME,
        "submitted_by": "m.submitted_by",
        "recorded_at": instant("m.recorded_at"),
        "version": "m.version",
    }


def _source(knowledge: Knowledge, cells: Cells, now: str) -> str:
    """Cells with what they are judged by, from each assignment to its own and in no other order (`OFFSET 0`).

    The planner takes the columns of the key for independent: it expects one cell where there are thousands, and would
    read all of them to show a page.
    """
    values = f"{knowledge.measurements(now)} m"
    matching = "m.dependencia_id = a.dependencia_id AND m.assignment_id = a.id"
    assignments = f"{knowledge.assignments(now)} a"
    calendar = f"""{knowledge.calendars(now)} k ON k.plan = a.plan
        JOIN indicators.calendar_periods c ON c.plan = k.plan AND c.version = k.version"""
    if cells.with_empty:
        base = f"""{assignments} JOIN {calendar} AND c.frequency = a.frequency
            LEFT JOIN LATERAL (SELECT m.* FROM {values} WHERE {matching} AND m.period = c.period OFFSET 0) m ON true"""
    else:
        base = f"""{assignments} CROSS JOIN LATERAL (SELECT m.* FROM {values} WHERE {matching} OFFSET 0) m
            JOIN {calendar} AND c.period = m.period"""
    return f"""{base}
        LEFT JOIN LATERAL (SELECT t.* FROM {knowledge.targets(now)} t WHERE t.dependencia_id = a.dependencia_id
                           AND t.assignment_id = a.id AND t.period = c.period OFFSET 0) t ON true
        JOIN {knowledge.indicators(now)} i ON i.id = a.indicator_id
        JOIN indicators.org_units u ON u.id = a.dependencia_id"""
