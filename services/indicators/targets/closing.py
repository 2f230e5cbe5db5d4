"""Closing the targets of a plan, and reopening them."""

from services.indicators.filters import SCHEMA
from services.indicators.permissions import TARGET_WRITE
from services.indicators.targets.schemas import ClosureBody
from services.indicators.work import Author, seal_as
from services.kit.database import Connection
from services.kit.problems import NotFound
from services.kit.scope import reachable_ids
from services.kit.writing import Event

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
