"""Acts on targets: set one, close or reopen many, start from another baseline. What was is kept."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import asyncpg

from services.indicators.domain.achievement import Direction
from services.indicators.domain.periods import Frequency, Period
from services.indicators.domain.targets import Target, TargetKind, level_of
from services.indicators.filters import SCHEMA
from services.indicators.locking import lock_dependencias
from services.indicators.permissions import ASSIGNMENT_READ, TARGET_WRITE
from services.indicators.targets.problems import RangeMismatch, TargetClosed, TargetPeriodMismatch
from services.indicators.targets.schemas import BaselineBody, ClosureBody, TargetBody
from services.indicators.work import Author, seal_as
from services.kit.access import Caller
from services.kit.database import Connection
from services.kit.problems import FieldError, Forbidden, NotFound
from services.kit.scope import reachable_ids, reaches
from services.kit.writing import Event


async def writable_assignment(connection: Connection, caller: Caller, code: str) -> asyncpg.Record:
    """The assignment, locked with its dependencia. Raises NotFound or Forbidden."""
    row = await connection.fetchrow(
        """SELECT a.*, u.code AS dependencia FROM indicators.assignments a
           JOIN indicators.org_units u ON u.id = a.dependencia_id WHERE a.code = $1""",
        code,
    )
    if row is None or not await reaches(connection, caller, ASSIGNMENT_READ, row["dependencia_id"], SCHEMA):
        raise NotFound
    if not await reaches(connection, caller, TARGET_WRITE, row["dependencia_id"], SCHEMA):
        raise Forbidden
    await lock_dependencias(connection, [row["dependencia_id"]])
    return row


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
    await _keep(connection, author.now, *key)
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
    detail = {"kind": body.kind.value, "value": _text(body.value), "value_to": _text(body.value_to)}
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


async def _keep(connection: Connection, now: datetime, dependencia_id: int, assignment_id: int, period: str) -> None:
    """Copy the version about to be replaced to the revisions; its interval ends where the new one's begins."""
    await connection.execute(
        """INSERT INTO indicators.target_revisions
           SELECT t.*, greatest($4, t.recorded_at + interval '1 microsecond') FROM indicators.targets t
           WHERE (t.dependencia_id, t.assignment_id, t.period) = ($1, $2, $3)""",
        dependencia_id,
        assignment_id,
        period,
        now,
    )


async def keep_assignment(
    connection: Connection, now: datetime, dependencia_id: int, assignment_id: int, why: str
) -> None:
    """Copy the assignment about to be changed to its revisions."""
    await connection.execute(
        """INSERT INTO indicators.assignment_revisions
           SELECT a.*, greatest($3, a.recorded_at + interval '1 microsecond'), $4 FROM indicators.assignments a
           WHERE a.dependencia_id = $1 AND a.id = $2""",
        dependencia_id,
        assignment_id,
        now,
        why,
    )


_HAS_ASSIGNMENTS = """SELECT EXISTS (SELECT FROM indicators.assignments
    WHERE plan = $1 AND ($2::bigint[] IS NULL OR dependencia_id = ANY ($2)))"""


async def close_or_reopen(connection: Connection, author: Author, body: ClosureBody) -> int:
    """Close or reopen targets in the caller's reach. Returns how many changed.

    Raises NotFound for foreign dependencias, and for a plan that has nothing in reach.
    """
    ids = await reachable_ids(connection, author.caller, TARGET_WRITE, SCHEMA)
    if not await connection.fetchval(_HAS_ASSIGNMENTS, body.plan, ids):
        raise NotFound
    wanted = None
    if body.dependencias is not None:
        rows = await connection.fetch(
            "SELECT id FROM indicators.org_units WHERE code = ANY ($1::text[])", body.dependencias
        )
        wanted = [row["id"] for row in rows]
        if len(wanted) < len(set(body.dependencias)) or (ids is not None and not {*wanted} <= {*ids}):
            raise NotFound
    closing = body.action == "close"
    changed: int = await connection.fetchval(
        """WITH chosen AS (
               SELECT t.dependencia_id, t.assignment_id, t.period FROM indicators.targets t
               JOIN indicators.assignments a ON a.dependencia_id = t.dependencia_id AND a.id = t.assignment_id
               WHERE a.plan = $1 AND ($2::bigint[] IS NULL OR a.dependencia_id = ANY ($2))
                 AND ($3::bigint[] IS NULL OR a.dependencia_id = ANY ($3)) AND t.closed <> $4
           ), done AS (
               UPDATE indicators.targets t SET closed = $4 FROM chosen c
               WHERE (t.dependencia_id, t.assignment_id, t.period) = (c.dependencia_id, c.assignment_id, c.period)
               RETURNING 1
           ) SELECT count(*) FROM done""",
        body.plan,
        ids,
        wanted,
        closing,
    )
    detail = {"plan": body.plan, "dependencias": body.dependencias, "changed": changed}
    event = Event("targets.closed" if closing else "targets.reopened", body.plan, detail)
    action = f"targets.{body.action}"
    await seal_as(connection, author, action, f"targets/{body.plan}", event, reason=body.reason, detail=detail)
    return changed


async def rebaseline(
    connection: Connection, author: Author, assignment: asyncpg.Record, period: Period, body: BaselineBody
) -> int:
    """Start from another baseline; open targets that are a change on it get their level anew. Returns how many."""
    key = (assignment["dependencia_id"], assignment["id"])
    await keep_assignment(connection, author.now, *key, body.reason)
    await connection.execute(
        """UPDATE indicators.assignments SET baseline_value = $3, baseline_period = $4, baseline_kind = 'result',
               baseline_text = $5, version = version + 1, recorded_by = $7,
               recorded_at = greatest($6, recorded_at + interval '1 microsecond')
           WHERE dependencia_id = $1 AND id = $2""",
        *key,
        body.value,
        period.code,
        body.reason,
        author.now,
        author.caller.subject,
    )
    rows = await connection.fetch(
        """SELECT period, kind, value FROM indicators.targets
           WHERE dependencia_id = $1 AND assignment_id = $2 AND NOT closed
             AND (kind = 'change_on_baseline' OR (kind = 'maintain' AND value IS NULL)) ORDER BY period""",
        *key,
    )
    for row in rows:
        target = Target(TargetKind(row["kind"]), row["value"])
        level = level_of(target, Direction(assignment["direction"]), baseline=body.value)
        await _keep(connection, author.now, *key, row["period"])
        await connection.execute(
            """UPDATE indicators.targets SET level = $4, version = version + 1, recorded_by = $6, reason = $7,
                   recorded_at = greatest($5, recorded_at + interval '1 microsecond')
               WHERE (dependencia_id, assignment_id, period) = ($1, $2, $3)""",
            *key,
            row["period"],
            level,
            author.now,
            author.caller.subject,
            body.reason,
        )
    detail = {
        "before": {"value": _text(assignment["baseline_value"]), "period": assignment["baseline_period"]},
        "after": {"value": _text(body.value), "period": period.code},
    }
    target_name = f"assignments/{assignment['code']}/baseline"
    periods = [row["period"] for row in rows]
    await record(connection, author, "baseline.set", target_name, assignment, periods, body.reason, detail)
    return len(rows)


async def record(
    connection: Connection,
    author: Author,
    action: str,
    target: str,
    assignment: asyncpg.Record,
    periods: list[str],
    reason: str,
    detail: dict[str, Any],
) -> None:
    """Feed and audit rows of an act on one assignment's targets."""
    group = {"dependencia": assignment["dependencia"], "plan": assignment["plan"], "periods": periods}
    event = Event(
        "targets.changed",
        assignment["code"],
        {"action": action, "groups": [group]},
        dependencia=assignment["dependencia"],
    )
    await seal_as(connection, author, action, target, event, reason=reason, detail=detail)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
