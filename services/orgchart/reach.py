"""Where a permission reaches on orgchart's own tables, as kit's scope does on a replica's.

The structure in force on a day; a closed unit keeps its last place and a future one has its first, so that what hung
on a closed unit stays with those who answered for it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from services.kit.access import Caller, judged
from services.kit.database import Connection, Pool

# Values in order: the day, the codes held with their subtree, the codes held alone.
_REACHED = """WITH RECURSIVE asked AS (
        SELECT {}::date AS day, {}::text[] AS subtree, {}::text[] AS own
    ), place AS MATERIALIZED (
        SELECT DISTINCT ON (v.dependencia_id) v.dependencia_id AS id, v.parent_id
        FROM orgchart.dependencia_versions v, asked
        ORDER BY v.dependencia_id, (v.valid_from > asked.day), abs(v.valid_from - asked.day)
    ), below (id) AS (
        SELECT d.id FROM orgchart.dependencias d, asked WHERE d.code = ANY (asked.subtree)
        UNION
        SELECT place.id FROM below JOIN place ON place.parent_id = below.id
    ) SELECT id FROM below UNION SELECT d.id FROM orgchart.dependencias d, asked WHERE d.code = ANY (asked.own)"""


def reach_clause(caller: Caller, permission: str, column: str, day: date) -> tuple[str, tuple[Any, ...]]:
    """A condition on a dependencia id column, for Listing.where(clause, *values)."""
    scopes = caller.scopes(permission)
    if scopes.everything:
        return "true", ()
    return f"{column} IN ({_REACHED})", (day, list(scopes.subtree), list(scopes.own))


async def reachable_ids(connection: Connection | Pool, caller: Caller, permission: str, day: date) -> list[int] | None:
    """Ids of the dependencias in reach, or None for all of them."""
    scopes = caller.scopes(permission)
    if scopes.everything:
        return None
    rows = await connection.fetch(_REACHED.format("$1", "$2", "$3"), day, list(scopes.subtree), list(scopes.own))
    return [row[0] for row in rows]


async def reaches(
    connection: Connection | Pool, caller: Caller, permission: str, dependencia_id: int, day: date
) -> bool:
    """True when the caller holds the permission on this dependencia."""
    ids = await reachable_ids(connection, caller, permission, day)
    return judged(dependencia_id, ids is None or dependencia_id in ids)
