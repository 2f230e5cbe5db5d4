"""Object-level access in SQL: which dependencias a caller's permission reaches, by closure rows.

Never by code or path prefix: DP-AZUAY is a prefix of DP-AZUAY-CAC and would be one of DP-AZUAYO. Never by row-level
security alone, which hides indexes from the planner.
"""

from __future__ import annotations

from typing import Any

from services.kit.access import Caller, Scopes, judged
from services.kit.database import Connection, Pool
from services.kit.memory import once_a_revision


def visible_ids(scopes: Scopes, schema: str) -> tuple[str, tuple[Any, ...]]:
    """SQL (with `{}` per value) that selects the ids of the dependencias in reach, and its values."""
    return (
        f"""SELECT c.descendant_id FROM {schema}.org_closure c JOIN {schema}.org_units u ON u.id = c.ancestor_id
            WHERE u.code = ANY({{}}::text[])
            UNION ALL SELECT u.id FROM {schema}.org_units u WHERE u.code = ANY({{}}::text[])""",
        (list(scopes.subtree), list(scopes.own)),
    )


def scope_clause(caller: Caller, permission: str, column: str, schema: str) -> tuple[str, tuple[Any, ...]]:
    """A WHERE condition on a dependencia id column, for Listing.where(clause, *values).

    An array, not a semi-join: with eight tables or more the planner leaves a semi-join to the end, after the rows of
    everybody else have been read.
    """
    scopes = caller.scopes(permission)
    if scopes.everything:
        return "true", ()
    sql, values = visible_ids(scopes, schema)
    return f"{column} = ANY (ARRAY({sql}))", values


async def reachable_ids(
    connection: Connection | Pool, caller: Caller, permission: str, schema: str
) -> list[int] | None:
    """Ids of the dependencias in reach, or None for all of them."""
    scopes = caller.scopes(permission)
    if scopes.everything:
        return None
    sql, values = visible_ids(scopes, schema)

    async def ask() -> list[int]:
        return [row[0] for row in await connection.fetch(sql.format("$1", "$2"), *values)]

    return await once_a_revision(("reach", schema, scopes.own, scopes.subtree), ask)


async def reaches(
    connection: Connection | Pool, caller: Caller, permission: str, dependencia_id: int, schema: str
) -> bool:
    """True when the caller holds the permission on this dependencia."""
    ids = await reachable_ids(connection, caller, permission, schema)
    return judged(dependencia_id, ids is None or dependencia_id in ids)
