"""What every act on targets has around its change: it locks, keeps what was, and tells what happened."""

from datetime import datetime
from typing import Any

import asyncpg

from services.indicators.filters import SCHEMA
from services.indicators.locking import lock_dependencias
from services.indicators.permissions import ASSIGNMENT_READ, TARGET_WRITE
from services.indicators.work import Author, seal_as
from services.kit.access import Caller
from services.kit.database import Connection
from services.kit.problems import Forbidden, NotFound
from services.kit.scope import reaches
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


async def keep_target(
    connection: Connection, now: datetime, dependencia_id: int, assignment_id: int, period: str
) -> None:
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
