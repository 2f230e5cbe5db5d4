"""A new assignment with its targets; changes of what may change."""

from decimal import Decimal
from typing import Any

import asyncpg

from services.indicators.assigning.problems import HasMeasurements, UnknownPart
from services.indicators.assigning.schemas import AssignmentChanges, FeedRuleBody, NewAssignmentBody
from services.indicators.domain.achievement import Direction
from services.indicators.domain.targets import Target, TargetKind, level_of
from services.indicators.filters import SCHEMA
from services.indicators.locking import lock_dependencias
from services.indicators.permissions import ASSIGNMENT_READ, TARGET_WRITE
from services.indicators.targets.keeping import keep_assignment, record
from services.indicators.targets.problems import RangeMismatch
from services.indicators.work import Author
from services.kit.database import Connection
from services.kit.organisation import resolve_code
from services.kit.problems import FieldError, Forbidden
from services.kit.scope import reaches

_INSERT = """
INSERT INTO indicators.assignments (dependencia_id, id, code, plan, ordinal, indicator_id, objective, level, number,
    statement, frequency, unit, direction, tolerance, by_progress, weight, target_text, feed_source, evidence_required,
    numerator_bounded, warnings, notes, version, recorded_at, recorded_by)
SELECT $1, nextval('indicators.assignment_ids'), $2 || '.' || $3 || '.' || lpad(next.ordinal::text, 3, '0'), $2,
    next.ordinal, i.id, $5, $6, $7, $8, $9, coalesce($10, i.unit), coalesce($11, i.direction), $12, $13, $14, $15, $16,
    i.evidence_required, i.numerator_bounded, '{}', '{}', 1, $17, $18
FROM indicators.indicators i
CROSS JOIN LATERAL (SELECT coalesce(max(a.ordinal), 0) + 1 AS ordinal FROM indicators.assignments a
                    WHERE a.dependencia_id = $1 AND a.plan = $2) next
WHERE i.code = $4
RETURNING *, $3::text AS dependencia"""

_PERIODS = """
SELECT c.period FROM indicators.calendar_periods c
WHERE c.plan = $1 AND c.frequency = $2 AND c.version = (SELECT max(version) FROM indicators.calendars WHERE plan = $1)
ORDER BY c.period"""


async def assign(connection: Connection, author: Author, body: NewAssignmentBody) -> str:
    """A new assignment, its code the next one of dependencia and plan. Returns the code.

    Raises UnknownPart for a dependencia, plan or indicator that does not exist or is not seen, Forbidden, and
    RangeMismatch.
    """
    dependencia = await _dependencia(connection, author, body)
    known = await connection.fetchval("SELECT EXISTS (SELECT FROM indicators.calendars WHERE plan = $1)", body.plan)
    if not known:
        raise _unknown("plan", f"No existe un calendario del plan «{body.plan}».")
    await lock_dependencias(connection, [dependencia])
    row = await connection.fetchrow(
        _INSERT,
        dependencia,
        body.plan,
        body.dependencia,
        body.indicator,
        body.objective,
        body.level,
        body.number,
        body.statement,
        body.frequency,
        body.unit,
        body.direction,
        body.tolerance,
        body.by_progress,
        body.weight,
        body.target_text,
        body.feed_source,
        author.now,
        author.caller.subject,
    )
    if row is None:
        raise _unknown("indicator", f"No existe el indicador «{body.indicator}».")
    periods: list[str] = []
    if body.target is not None:
        target = Target(body.target.kind, body.target.value, body.target.value_to)
        periods = await _set_every(connection, author, row, target, body.reason)
    detail = {"indicator": body.indicator, "frequency": body.frequency.value}
    name = f"assignments/{row['code']}"
    await record(connection, author, "assignment.add", name, row, periods, body.reason, detail)
    return str(row["code"])


async def change(connection: Connection, author: Author, assignment: asyncpg.Record, body: AssignmentChanges) -> None:
    """Set what was sent. A new frequency gives the targets new periods; raises HasMeasurements when it is too late."""
    sent = {name: getattr(body, name) for name in body.model_fields_set - {"reason"}}
    if body.feed_rule is not None:
        await _known_parts(connection, body.feed_rule)
        sent["feed_rule"] = body.feed_rule.model_dump_json()
    periods: list[str] = []
    if sent.get("frequency") not in (None, assignment["frequency"]):
        periods = await _change_frequency(connection, author, assignment, body)
    key = (assignment["dependencia_id"], assignment["id"])
    await keep_assignment(connection, author.now, *key, body.reason)
    names = sorted(sent)
    places = ", ".join(f"{name} = ${place}" for place, name in enumerate(names, 5))
    await connection.execute(
        f"""UPDATE indicators.assignments SET {places}, version = version + 1, recorded_by = $4,
                recorded_at = greatest($3, recorded_at + interval '1 microsecond')
            WHERE dependencia_id = $1 AND id = $2""",
        *key,
        author.now,
        author.caller.subject,
        *(sent[name] for name in names),
    )
    detail = {name: _plain(value) for name, value in sent.items()}
    name = f"assignments/{assignment['code']}"
    await record(connection, author, "assignment.change", name, assignment, periods, body.reason, detail)


async def _known_parts(connection: Connection, rule: FeedRuleBody) -> None:
    """Raises UnknownPart for a dependencia that does not exist: nobody could answer for it."""
    for name in ("reliability_of", "reforms_of"):
        dependencia = getattr(rule, name)
        if dependencia is not None and await resolve_code(connection, SCHEMA, dependencia) is None:
            raise _unknown(f"feed_rule/{name}", f"No existe la dependencia «{dependencia}».")


async def _dependencia(connection: Connection, author: Author, body: NewAssignmentBody) -> int:
    found: int | None = await connection.fetchval(
        "SELECT id FROM indicators.org_units WHERE code = $1", body.dependencia
    )
    if found is None or not await reaches(connection, author.caller, ASSIGNMENT_READ, found, SCHEMA):
        raise _unknown("dependencia", f"No existe la dependencia «{body.dependencia}».")
    if not await reaches(connection, author.caller, TARGET_WRITE, found, SCHEMA):
        raise Forbidden
    return found


async def _change_frequency(
    connection: Connection, author: Author, assignment: asyncpg.Record, body: AssignmentChanges
) -> list[str]:
    key = (assignment["dependencia_id"], assignment["id"])
    if await connection.fetchval(
        """SELECT EXISTS (SELECT FROM indicators.measurements m
                          WHERE m.dependencia_id = $1 AND m.assignment_id = $2)""",
        *key,
    ):
        raise HasMeasurements
    first = await connection.fetchrow(
        """SELECT kind, value, value_to FROM indicators.targets
           WHERE dependencia_id = $1 AND assignment_id = $2 ORDER BY period LIMIT 1""",
        *key,
    )
    await connection.execute(
        """WITH gone AS (DELETE FROM indicators.targets t
               WHERE t.dependencia_id = $1 AND t.assignment_id = $2 RETURNING t.*)
           INSERT INTO indicators.target_revisions
           SELECT g.*, greatest($3, g.recorded_at + interval '1 microsecond') FROM gone g""",
        *key,
        author.now,
    )
    if first is None:
        return []
    target = Target(TargetKind(first["kind"]), first["value"], first["value_to"])
    changed = {**dict(assignment), "frequency": body.frequency}
    return await _set_every(connection, author, changed, target, body.reason)


async def _set_every(connection: Connection, author: Author, assignment: Any, target: Target, reason: str) -> list[str]:
    """The target in every period of the frequency. A period that had one before goes on with its versions."""
    direction = Direction(assignment["direction"])
    if (direction is Direction.RANGE) != (target.value_to is not None):
        raise RangeMismatch(errors=[FieldError("/target/value_to", RangeMismatch.code, RangeMismatch.default_detail)])
    level = level_of(target, direction, baseline=assignment["baseline_value"])
    rows = await connection.fetch(_PERIODS, assignment["plan"], assignment["frequency"])
    periods = [row["period"] for row in rows]
    await connection.execute(
        """INSERT INTO indicators.targets (dependencia_id, assignment_id, period, version, kind, value, value_to, level,
               level_to, closed, recorded_at, recorded_by, reason)
           SELECT $1, $2, p, coalesce((SELECT max(r.version) FROM indicators.target_revisions r
                      WHERE r.dependencia_id = $1 AND r.assignment_id = $2 AND r.period = p), 0) + 1,
                  $4, $5, $6, $7, $8, false, $9, $10, $11
           FROM unnest($3::text[]) AS p""",
        assignment["dependencia_id"],
        assignment["id"],
        periods,
        target.kind,
        target.value,
        target.value_to,
        level,
        target.value_to if level is not None else None,
        author.now,
        author.caller.subject,
        reason,
    )
    return periods


def _plain(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else value


def _unknown(field: str, detail: str) -> UnknownPart:
    return UnknownPart(detail, errors=[FieldError(f"/{field}", UnknownPart.code, detail)])
