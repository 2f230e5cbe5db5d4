"""What every audit row of a request shares: its id, for whom the caller acts, and the state before and after.

Whoever writes names action and target; the rest is filled in when the rows are sealed, in one place, so that no route
can forget it. The state before is what another connection sees at that moment: nothing of this transaction is
committed yet. The state after is what this transaction sees.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from services.kit.access import ADMITTED, Caller
from services.kit.database import Connection, Pool

# Beginning of actions → SELECT of one text column for the target ($1). The longest beginning that fits counts.
States = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Note:
    """One writing request. permissions: what its route asked for; pool: readers that see committed rows only."""

    caller: Caller
    request_id: str | None
    states: States
    pool: Pool | None
    permissions: frozenset[str] = frozenset()

    def told_refusal(self) -> None:
        """The trail has the refusal of this request already (services/kit/turned_away.py)."""
        admitted = ADMITTED.get()
        if admitted is not None:
            admitted.request.state.refusal_sealed = True


def current_note() -> Note | None:
    """Of the request at hand; None in nobody's request (seeds, followers)."""
    admitted = ADMITTED.get()
    if admitted is None:
        return None
    state = admitted.request.app.state
    database = getattr(state, "database", None)
    return Note(
        admitted.caller,
        getattr(admitted.request.state, "request_id", None),
        getattr(state, "audited", {}),
        database.open_pool if database is not None else None,
        admitted.permissions,
    )


async def digests(note: Note, connection: Connection, action: str, target: str) -> tuple[str | None, str | None]:
    """Of the target's state before and after an act; None where the action changes nothing that is kept."""
    statement = _statement(note.states, action)
    if statement is None:
        return None, None
    return await state_digest(note.pool, statement, target), await state_digest(connection, statement, target)


def _statement(states: States, action: str) -> str | None:
    fitting = [beginning for beginning in states if action.startswith(beginning)]
    return states[max(fitting, key=len)] if fitting else None


async def state_digest(connection: Connection | Pool | None, statement: str, target: str) -> str | None:
    """SHA-256 of the rows that make up a target, sorted as text; None when there are none."""
    if connection is None:
        return None
    rows = sorted(row[0] for row in await connection.fetch(statement, target))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest() if rows else None


async def acting_for(connection: Connection, schema: str, note: Note, dependencia: str | None) -> str | None:
    """The holder in whose place the caller may do this there; None when the caller may do it in their own right."""
    held = [grant for grant in note.caller.grants if grant.permissions & note.permissions]
    if not any(grant.acting_for for grant in held):
        return None
    above = {dependencia} if dependencia is None else await _with_ancestors(connection, schema, dependencia)
    reaching = [g for g in held if g.dependencia == dependencia or (g.subtree and g.dependencia in above)] or held
    return None if any(grant.acting_for is None for grant in reaching) else reaching[0].acting_for


async def in_place_of(
    connection: Connection, schema: str, caller: Caller, dependencia: str, *permissions: str
) -> str | None:
    """As `acting_for`, for acts that two people must do, of whatever request."""
    return await acting_for(connection, schema, Note(caller, None, {}, None, frozenset(permissions)), dependencia)


async def holders_by_dependencia(
    connection: Connection, schema: str, caller: Caller, permission: str
) -> dict[int, tuple[str, str]]:
    """Where the caller may do this only in somebody's place: code and holder by the dependencia's id.

    As `in_place_of` for each of them; without a word to the database for who acts in their own right alone.
    """
    held = [grant for grant in caller.grants if permission in grant.permissions]
    if not any(grant.acting_for for grant in held):
        return {}
    rows = await connection.fetch(
        f"""SELECT d.id, d.code, (array_agg(g.holder ORDER BY g.place))[1] AS holder
            FROM unnest($1::text[], $2::boolean[], $3::text[]) WITH ORDINALITY AS g (code, subtree, holder, place)
            JOIN {schema}.org_units a ON a.code = g.code
            CROSS JOIN LATERAL (
                SELECT a.id UNION SELECT c.descendant_id FROM {schema}.org_closure c
                WHERE g.subtree AND c.ancestor_id = a.id) reached
            JOIN {schema}.org_units d ON d.id = reached.id
            GROUP BY d.id, d.code HAVING bool_and(g.holder IS NOT NULL)""",
        [grant.dependencia for grant in held],
        [grant.subtree for grant in held],
        [grant.acting_for for grant in held],
    )
    return {row["id"]: (row["code"], row["holder"]) for row in rows}


async def _with_ancestors(connection: Connection, schema: str, code: str) -> set[str | None]:
    """From the replica. Orgchart, which has none, knows the dependencia itself."""
    if schema == "orgchart":
        return {code}
    rows = await connection.fetch(
        f"""SELECT a.code FROM {schema}.org_closure c JOIN {schema}.org_units d ON d.id = c.descendant_id
            JOIN {schema}.org_units a ON a.id = c.ancestor_id WHERE d.code = $1""",
        code,
    )
    return {code, *(row["code"] for row in rows)}
