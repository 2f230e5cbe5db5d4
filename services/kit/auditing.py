"""What every audit row of a request shares: its id, for whom the caller acts, and the state before and after.

Whoever writes names action and target; the rest is filled in when the rows are sealed, in one place, so that no route
can forget it. The state before is what another connection sees at that moment: nothing of this transaction is
committed yet. The state after is what this transaction sees.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from services.kit.access import Caller
    from services.kit.database import Connection, Pool
    from services.kit.writing import Audit

# Beginning of actions → SELECT of one text column for the target ($1). The longest beginning that fits counts.
States = Mapping[str, str]
READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(slots=True)
class Note:
    """One writing request. permissions: what its route asked for; pool: readers that see committed rows only."""

    caller: Caller
    request_id: str | None
    states: States
    pool: Pool | None
    permissions: frozenset[str] = frozenset()


CURRENT: ContextVar[Note | None] = ContextVar("audit_note", default=None)


def begin(request: Any, caller: Caller, permissions: Sequence[str] = ()) -> None:
    """Called where a caller has become known. Reading requests write no rows."""
    if request.method in READS:
        return
    state = request.app.state
    database = getattr(state, "database", None)
    pool = database.open_pool if database is not None else None
    request_id = getattr(request.state, "request_id", None)
    CURRENT.set(Note(caller, request_id, getattr(state, "audited", {}), pool, frozenset(permissions)))


async def completed(connection: Connection, schema: str, entries: Sequence[Audit]) -> list[Audit]:
    """The rows with what this request knows. Rows of nobody's request (seeds, followers) stay as they are."""
    note = CURRENT.get()
    if note is None:
        return list(entries)
    return [await _completed(connection, schema, note, entry) for entry in entries]


async def _completed(connection: Connection, schema: str, note: Note, entry: Audit) -> Audit:
    if entry.request_id is None:
        entry = replace(entry, request_id=note.request_id)
    if entry.acting_for is None and entry.actor == note.caller.subject:
        entry = replace(entry, acting_for=await acting_for(connection, schema, note, entry.dependencia))
    statement = _statement(note.states, entry.action)
    if statement is not None and entry.before_digest is None and entry.after_digest is None:
        before = await state_digest(note.pool, statement, entry.target)
        after = await state_digest(connection, statement, entry.target)
        entry = replace(entry, before_digest=before, after_digest=after)
    return entry


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
