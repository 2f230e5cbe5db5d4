"""What a subject may do now: the account's state and its grants, fresh at every request.

Every change of an account or a grant moves one stamp in the same transaction (`touch`). A request reads the stamp and
uses what is remembered under it; requests that come together share one reading, but only one that *began after* they
came. So a removed grant is refused at the next request in every gateway process, at a fraction of a query each.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from gateway.grants.held import held
from services.kit.access import ROOT, Caller, Grant
from services.kit.clock import Clock
from services.kit.database import Connection, Database, asyncpg_arguments
from services.kit.problems import Unauthorized, Unavailable

REMEMBERED: Final = 10_000
UNKNOWN: Final = -1
GATHER_S: Final = 0.001
TIMEOUT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Held:
    """A grant in force today, with the permissions of its role."""

    id: int
    role: str
    feed: str
    dependencia: str
    subtree: bool
    valid_from: date
    valid_to: date | None
    source: str
    permissions: tuple[str, ...]
    acting_for: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """An active account and everything it may do on `day`, as of one version of the stamp."""

    account_id: int
    subject: str
    kind: str
    name: str
    version: int
    day: date
    grants: tuple[Held, ...]
    common: tuple[str, ...]
    ended_sessions: frozenset[UUID]
    inner_tokens: dict[str, tuple[str, float]] = field(default_factory=dict, compare=False, repr=False)

    def as_claims(self) -> list[dict[str, Any]]:
        """The grants as inner tokens carry them: permissions added up per place, common ones on the whole.

        `for` names the holder in whose place an appointment, or the giver for whom a delegation, lets the subject act.
        """
        places: dict[tuple[str, bool, str | None], set[str]] = {(ROOT, True, None): set(self.common)}
        for grant in self.grants:
            place = (grant.dependencia, grant.subtree, grant.acting_for)
            places.setdefault(place, set()).update(grant.permissions)
        return [
            {"permissions": sorted(permissions), "dependencia": code, "subtree": subtree}
            | ({"for": holder} if holder is not None else {})
            for (code, subtree, holder), permissions in places.items()
        ]

    def as_caller(self) -> Caller:
        grants = tuple(
            Grant(frozenset(place["permissions"]), place["dependencia"], place["subtree"], place.get("for"))
            for place in self.as_claims()
        )
        return Caller(subject=self.subject, kind=self.kind, name=self.name, grants=grants)


async def touch(connection: Connection) -> None:
    """Makes every request after this transaction read accounts and grants anew."""
    await connection.execute("UPDATE gateway.access_stamp SET version = version + 1")


_STAMP: Final = "SELECT version FROM gateway.access_stamp"


class Stamp:
    """Reads the version of accounts and grants; callers that wait together share a reading begun after they came."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._waiting: list[asyncio.Future[int]] = []
        self._reader: asyncio.Task[None] | None = None

    async def read(self) -> int:
        """The version at some moment after the call. Raises Unavailable: without it nobody can be let in."""
        mine: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._serve(), name="access-stamp")
        version = await mine
        if version == UNKNOWN:
            raise Unavailable
        return version

    async def _serve(self) -> None:
        is_first = True
        while self._waiting:
            if not is_first:
                # Under load a moment's wait lets more requests share the next reading; an idle gateway never waits.
                await asyncio.sleep(GATHER_S)
            is_first = False
            waiting, self._waiting = self._waiting, []
            version = UNKNOWN
            try:
                version = await self._query()
            finally:
                # Whatever happened, nobody is left waiting for ever.
                for future in waiting:
                    if not future.done():
                        future.set_result(version)

    async def _query(self) -> int:
        try:
            if self._connection is None or self._connection.is_closed():
                self._connection = await asyncpg.connect(**asyncpg_arguments(self._database.url), timeout=TIMEOUT_S)
            version: int = await self._connection.fetchval(_STAMP, timeout=TIMEOUT_S)
            return version
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await self.close()
            return UNKNOWN

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


_LOAD = f"""
WITH account AS (
    SELECT id, kind, subject, name, totp_confirmed_at IS NOT NULL AS has_second_factor
    FROM gateway.accounts WHERE subject = $1 AND status = 'active'
), held AS (
    {held("$2", "a.subject = $1")}
)
SELECT a.id, a.kind, a.subject, a.name, a.has_second_factor,
    (SELECT coalesce(array_agg(permission ORDER BY permission), '{{}}') FROM gateway.common_permissions) AS common,
    (SELECT coalesce(array_agg(s.id), '{{}}') FROM gateway.sessions s
      WHERE s.account_id = a.id AND s.ended_at > $3) AS ended_sessions,
    (SELECT coalesce(json_agg(json_build_object('id', h.id, 'role', h.role, 'feed', h.feed,
        'dependencia', h.dependencia, 'subtree', h.subtree, 'valid_from', h.valid_from, 'valid_to', h.valid_to,
        'source', h.source, 'acting_for', h.acting_for,
        'permissions', (SELECT coalesce(json_agg(p.permission ORDER BY p.permission), '[]')
            FROM gateway.role_permissions p WHERE p.role = h.role AND p.feed = h.feed)) ORDER BY h.id), '[]')
       FROM held h)::text AS grants
FROM account a
"""


class AccessBook:
    """Access by subject, remembered under the stamp."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        access_token_s: int,
        second_factor_roles: frozenset[str] = frozenset(),
        on_change: Callable[[], object] = lambda: None,
    ) -> None:
        """second_factor_roles: roles that do not approve while their account has no second factor.

        on_change: called when the stamp has moved, in whichever gateway, before anybody is let in under it.
        """
        self._on_change = on_change
        self._version = UNKNOWN
        self._second_factor_roles = second_factor_roles
        self._database = database
        self._clock = clock
        self._stamp = Stamp(database)
        # A session that ended longer ago than an outer token lives has no token left to refuse.
        self._memory_of_ended = timedelta(seconds=access_token_s + 60)
        self._remembered: OrderedDict[str, Access] = OrderedDict()

    async def current(self, subject: str, session: UUID | None = None) -> Access:
        """Raises Unauthorized unless the account is active and the session (if any) has not ended."""
        version = await self._stamp.read()
        if version != self._version:
            self._version = version
            self._on_change()
        today = self._clock.today()
        known = self._remembered.get(subject)
        if known is None or known.version != version or known.day != today:
            known = await self._load(subject, version, today)
        if session is not None and session in known.ended_sessions:
            raise Unauthorized("La sesión terminó. Inicie sesión otra vez.")
        return known

    async def _load(self, subject: str, version: int, today: date) -> Access:
        since = self._clock.now() - self._memory_of_ended
        row = await self._database.pool.fetchrow(_LOAD, subject, today, since)
        if row is None:
            self._remembered.pop(subject, None)
            raise Unauthorized("La cuenta no existe o no está activa.")
        without = frozenset() if row["has_second_factor"] else self._second_factor_roles
        access = access_from_row(dict(row), version, today, without)
        self._remembered[subject] = access
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return access

    async def forget(self) -> None:
        """After a rotation: inner tokens that a retired key signed must not be used again."""
        self._remembered.clear()

    async def open(self) -> None:
        """Nothing to do: the database opens with the application."""

    async def close(self) -> None:
        await self._stamp.close()


def access_from_row(row: Mapping[str, Any], version: int, today: date, not_approving: frozenset[str]) -> Access:
    return Access(
        account_id=row["id"],
        subject=row["subject"],
        kind=row["kind"],
        name=row["name"],
        version=version,
        day=today,
        grants=tuple(_held(grant, not_approving) for grant in msgspec.json.decode(row["grants"], type=list[Held])),
        common=tuple(row["common"]),
        ended_sessions=frozenset(row["ended_sessions"]),
    )


def _held(grant: Held, not_approving: frozenset[str]) -> Held:
    if grant.role not in not_approving:
        return grant
    return replace(grant, permissions=tuple(p for p in grant.permissions if not p.endswith(":approve")))
