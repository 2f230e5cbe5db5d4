"""Who may grant what to whom. Nobody grants more than they hold, nor to themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from gateway.grants.access import Access, Held, touch
from gateway.grants.held import in_force
from gateway.identity.accounts import SCHEMA, Actor
from gateway.problems import (
    AlreadyEnded,
    EndsBeforeItBegins,
    GrantExists,
    GrantOutOfReach,
    GrantToOneself,
    TooManyGrants,
    UnknownDependencia,
    UnknownSubject,
)
from services.kit.clock import GUAYAQUIL
from services.kit.database import Connection, Pool
from services.kit.pages import instant
from services.kit.problems import FieldError, NotFound
from services.kit.writing import Audit, Event, digest, seal

# An inner token holds every grant and must stay under 8 KiB.
MOST_IN_FORCE: Final = 12

COLUMNS: Final = {
    "id": "g.id::text",
    "subject": "a.subject",
    "role": "g.role",
    "feed": "nullif(g.feed, '')",
    "dependencia": "g.dependencia",
    "subtree": "g.subtree",
    "valid_from": "g.valid_from",
    "valid_to": "g.valid_to",
    "source": "g.source",
    "reason": "g.reason",
    "granted_by": "g.granted_by",
    "granted_at": instant("g.granted_at"),
    "ended_at": instant("g.ended_at"),
    "ended_by": "g.ended_by",
    "ended_reason": "g.ended_reason",
}
SOURCE: Final = "gateway.grants g JOIN gateway.accounts a ON a.id = g.account_id"
_ONE: Final = f"""SELECT json_build_object({", ".join(f"'{n}', {sql}" for n, sql in COLUMNS.items())})::text
    FROM {SOURCE} WHERE g.id = $1"""


@dataclass(frozen=True, slots=True)
class Wish:
    """A grant somebody asks for. valid_to: inclusive, None for without end."""

    subject: str
    role: str
    feed: str
    dependencia: str
    subtree: bool
    valid_from: date
    valid_to: date | None
    reason: str | None
    source: str


async def read_grant(connection: Connection | Pool, number: int) -> str:
    document: str | None = await connection.fetchval(_ONE, number)
    if document is None:
        raise NotFound
    return document


async def grant(connection: Connection, actor: Actor, granter: Access, wish: Wish, needed: str) -> str:
    """The new grant's JSON. needed: the permission that lets the granter grant; "" asks for the same role instead.

    Raises GrantToOneself, EndsBeforeItBegins, UnknownDependencia, GrantOutOfReach, UnknownSubject, GrantExists,
    TooManyGrants.
    """
    if wish.subject == granter.subject:
        raise GrantToOneself
    if wish.valid_to is not None and wish.valid_to < wish.valid_from:
        raise EndsBeforeItBegins(
            errors=[FieldError("/valid_to", EndsBeforeItBegins.code, EndsBeforeItBegins.default_detail)]
        )
    above = await _with_ancestors(connection, wish.dependencia)
    if not above:
        raise UnknownDependencia(errors=[FieldError("/dependencia", UnknownDependencia.code, wish.dependencia)])
    if not any(_covers(held, wish, above, needed) for held in granter.grants):
        raise GrantOutOfReach
    number = await _insert(connection, actor, wish)
    await touch(connection)
    document = await read_grant(connection, number)
    await _seal(connection, actor, "grant.given", wish.subject, wish.dependencia, wish.reason, None, document)
    return document


async def end_grant(connection: Connection, actor: Actor, number: int, reason: str | None) -> None:
    """The grant is refused from the next request on. Raises NotFound, AlreadyEnded."""
    before = await read_grant(connection, number)
    facts = msgspec.json.decode(before)
    ended = await connection.fetchval(
        """UPDATE gateway.grants SET ended_at = $2, ended_by = $3, ended_reason = $4, version = version + 1
           WHERE id = $1 AND ended_at IS NULL RETURNING true""",
        number,
        actor.now,
        actor.subject,
        reason,
    )
    if not ended:
        raise AlreadyEnded
    await touch(connection)
    after = await read_grant(connection, number)
    await _seal(connection, actor, "grant.ended", facts["subject"], facts["dependencia"], reason, before, after)


async def _with_ancestors(connection: Connection, code: str) -> dict[str, int]:
    """Codes of the dependencia and of everything above it, with their distance. Empty when there is none."""
    rows = await connection.fetch(
        """SELECT a.code, c.depth FROM gateway.org_closure c JOIN gateway.org_units d ON d.id = c.descendant_id
           JOIN gateway.org_units a ON a.id = c.ancestor_id WHERE d.code = $1""",
        code,
    )
    return {row["code"]: row["depth"] for row in rows}


def _covers(held: Held, wish: Wish, above: dict[str, int], needed: str) -> bool:
    """Does this grant of the granter reach place, role and dates of the wish."""
    if needed and needed not in held.permissions:
        return False
    if not needed and (held.role, held.feed) != (wish.role, wish.feed):
        return False
    if not needed and held.source not in ("manual", "demo"):
        return False
    distance = above.get(held.dependencia)
    if distance is None or (distance > 0 and not held.subtree) or (wish.subtree and not held.subtree):
        return False
    if held.valid_to is not None and (wish.valid_to is None or wish.valid_to > held.valid_to):
        return False
    return bool(needed) or wish.valid_from >= held.valid_from


# A grant that would add nothing. The account's row is locked: two requests at once cannot both pass. A delegation falls
# with its giver's grant or account, so only what the same giver delegates once more adds nothing while it stands.
_COVERED: Final = f"""SELECT EXISTS (SELECT 1 FROM gateway.grants g WHERE g.account_id = $1 AND g.role = $2
    AND g.feed = $3 AND g.dependencia = $4 AND g.subtree = $5 AND g.ended_at IS NULL AND g.valid_from <= $6
    AND (g.valid_to IS NULL OR g.valid_to >= $7::date)
    AND (g.source <> 'delegation' OR $8 = 'delegation' AND g.granted_by = $9 AND {in_force("g", "$10::date")}))"""


def _place_of(wish: Wish) -> tuple[str, str, str, bool, date, date | None]:
    return wish.role, wish.feed, wish.dependencia, wish.subtree, wish.valid_from, wish.valid_to


async def _insert(connection: Connection, actor: Actor, wish: Wish) -> int:
    today = actor.now.astimezone(GUAYAQUIL).date()
    account = await connection.fetchrow(
        """SELECT a.id, (SELECT count(*) FROM gateway.grants g WHERE g.account_id = a.id AND g.ended_at IS NULL
               AND (g.valid_to IS NULL OR g.valid_to >= $2)) AS in_force
           FROM gateway.accounts a WHERE a.subject = $1 AND a.status <> 'disabled' FOR UPDATE OF a""",
        wish.subject,
        today,
    )
    if account is None:
        raise UnknownSubject(errors=[FieldError("/subject", UnknownSubject.code, UnknownSubject.default_detail)])
    made_by = wish.source, actor.subject, max(today, wish.valid_from)
    if await connection.fetchval(_COVERED, account["id"], *_place_of(wish), *made_by):
        raise GrantExists
    if account["in_force"] >= MOST_IN_FORCE:
        raise TooManyGrants
    number: int = await connection.fetchval(
        """INSERT INTO gateway.grants (id, account_id, role, feed, dependencia, subtree, valid_from, valid_to, source,
               reason, granted_by, granted_at, version)
           VALUES (nextval('gateway.grant_ids'), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1) RETURNING id""",
        account["id"],
        wish.role,
        wish.feed,
        wish.dependencia,
        wish.subtree,
        wish.valid_from,
        wish.valid_to,
        wish.source,
        wish.reason,
        actor.subject,
        actor.now,
    )
    return number


async def _seal(
    connection: Connection,
    actor: Actor,
    action: str,
    subject: str,
    dependencia: str,
    reason: str | None,
    before: str | None,
    after: str,
) -> None:
    audit = Audit(
        actor.subject,
        action,
        f"account:{subject}",
        dependencia,
        request_id=actor.request_id,
        reason=reason,
        before_digest=None if before is None else digest(msgspec.json.decode(before)),
        after_digest=digest(msgspec.json.decode(after)),
        detail={key: msgspec.json.decode(after)[key] for key in ("id", "role", "subtree", "valid_from", "valid_to")},
    )
    event = Event("grant.changed", subject, {"action": action, "dependencia": dependencia}, dependencia)
    await seal(connection, SCHEMA, now=actor.now, events=[event], audit=[audit])
