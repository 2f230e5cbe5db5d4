"""Setting the target of one period. What was is kept."""

from decimal import Decimal

import asyncpg

from services.indicators.domain.achievement import Direction
from services.indicators.domain.numbers import written
from services.indicators.domain.periods import Frequency, Period
from services.indicators.domain.targets import Target, level_of
from services.indicators.targets.keeping import keep_target, record
from services.indicators.targets.problems import RangeMismatch, TargetClosed, TargetPeriodMismatch
from services.indicators.targets.schemas import TargetBody
from services.indicators.work import Author
from services.kit.database import Connection
from services.kit.problems import FieldError

# A target that no calendar reaches would never be shown.
_PLAN_HAS_YEAR = """SELECT EXISTS (SELECT FROM indicators.calendar_periods c
    WHERE c.plan = $1 AND c.version = (SELECT max(k.version) FROM indicators.calendars k WHERE k.plan = $1)
      AND extract(year FROM c.last_day) = $2::integer)"""


async def set_target(
    connection: Connection, author: Author, assignment: asyncpg.Record, period: Period, body: TargetBody
) -> None:
    """Set the target of one period; an annual one beside finer periods is kept for comparison only.

    Raises TargetPeriodMismatch, RangeMismatch, or TargetClosed.
    """
    if period.frequency not in (assignment["frequency"], Frequency.ANNUAL):
        raise TargetPeriodMismatch
    if not await connection.fetchval(_PLAN_HAS_YEAR, assignment["plan"], period.year):
        raise TargetPeriodMismatch(f"El plan {assignment['plan']} no llega a {period.code}; consulte /calendar.")
    if (assignment["direction"] == Direction.RANGE) != (body.value_to is not None):
        raise RangeMismatch(errors=[FieldError("/value_to", RangeMismatch.code, RangeMismatch.default_detail)])
    key = (assignment["dependencia_id"], assignment["id"], period.code)
    closed = await connection.fetchval(
        "SELECT closed FROM indicators.targets WHERE (dependencia_id, assignment_id, period) = ($1, $2, $3)", *key
    )
    if closed:
        raise TargetClosed
    level = level_asked(assignment, body)
    await keep_target(connection, author.now, *key)
    await connection.execute(
        """INSERT INTO indicators.targets AS t (dependencia_id, assignment_id, period, version, kind, value, value_to,
               level, level_to, closed, recorded_at, recorded_by, reason)
           VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, false, $9, $10, $11)
           ON CONFLICT (dependencia_id, assignment_id, period) DO UPDATE SET version = t.version + 1,
               kind = excluded.kind, value = excluded.value, value_to = excluded.value_to, level = excluded.level,
               level_to = excluded.level_to, reason = excluded.reason, recorded_by = excluded.recorded_by,
               recorded_at = greatest(excluded.recorded_at, t.recorded_at + interval '1 microsecond')""",
        *key,
        body.kind.value,
        body.value,
        body.value_to,
        level,
        body.value_to if level is not None else None,
        author.now,
        author.caller.subject,
        body.reason,
    )
    detail = {"kind": body.kind.value, "value": written(body.value), "value_to": written(body.value_to)}
    target = f"targets/{assignment['code']}/{period.code}"
    await record(connection, author, "target.set", target, assignment, [period.code], body.reason, detail)


def level_asked(assignment: asyncpg.Record, body: TargetBody) -> Decimal | None:
    """The level a target asks for, None while its reference is not known or when it is last year's result: that one is
    looked up at every reading."""
    return level_of(
        Target(body.kind, body.value, body.value_to),
        Direction(assignment["direction"]),
        baseline=assignment["baseline_value"],
    )
