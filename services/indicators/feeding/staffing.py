"""Appointments that human resources report feed the turnover of personnel (`hr`), without anybody typing it again.

A chore of the follower, like that of budgets: it reads orgchart's feed and, when appointments have changed, counts
again. Turnover is 100 · who left / average staff: persons who stopped being holders below the dependencia in the
period and held nothing there the day after, over the mean of the holders of its first and last day (policy v1).
What human resources do not send, such as who was trained, no assignment can be fed with.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import asyncpg

from services.indicators.feeding.sources import PAGE, Ratio
from services.indicators.feeding.statements import MOVE_CURSOR, READ_CURSOR, cells_fed_by
from services.indicators.feeding.storing import announce, store
from services.indicators.locking import lock_dependencias
from services.kit.clients import PeerRefused, PeerUnavailable, ServiceClient
from services.kit.clock import Clock
from services.kit.database import Connection

log = logging.getLogger("iesspr.feeding")
PEER, SOURCE, CURSOR = "orgchart", "hr", "orgchart-feed"
WATCHED = "appointment."


@dataclass(frozen=True, slots=True)
class Tenure:
    """A person's time as holder of a post; until None is without end."""

    person: str
    since: date
    until: date | None

    def covers(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


def turnover(tenures: Iterable[Tenure], first: date, last: date) -> Ratio | None:
    """Who left in [first, last] over the average staff. None when there was no staff on either day."""
    held = list(tenures)
    left = {
        gone.person
        for gone in held
        if gone.until is not None
        and first <= gone.until <= last
        and not any(t.person == gone.person and t.covers(gone.until + timedelta(days=1)) for t in held)
    }
    staff = [len({t.person for t in held if t.covers(day)}) for day in (first, last)]
    average = Decimal(sum(staff)) / 2
    return Ratio(Decimal(len(left)), average) if average else None


class StaffFeeder:
    """Brings cells fed by `hr` up to date."""

    def __init__(self, clients: Mapping[str, ServiceClient], clock: Clock) -> None:
        self._clients = clients
        self._clock = clock
        self._done: tuple[date, tuple[Any, ...]] | None = None

    async def feed(self, connection: Connection) -> int:
        """Count again when the peer has news, the day has turned, or who is fed has changed. Returns values changed."""
        client = self._clients.get(PEER)
        cells = await connection.fetch(cells_fed_by(SOURCE), self._clock.today()) if client is not None else []
        if client is None or not cells:
            return 0
        try:
            return await self._feed_from(connection, client, cells)
        except (PeerUnavailable, PeerRefused) as error:
            log.warning("orgchart cannot feed indicators: %s", error)
            return 0

    async def _feed_from(self, connection: Connection, client: ServiceClient, cells: list[asyncpg.Record]) -> int:
        position: int = await connection.fetchval(READ_CURSOR, CURSOR) or 0
        page = await client.get("/feed", params={"after": position, "limit": 1000})
        news = any(event["type"].startswith(WATCHED) for event in page["items"])
        asked = (self._clock.today(), tuple((cell["id"], cell["version"], cell["period"]) for cell in cells))
        found = await self._counted(client, cells) if news or asked != self._done else []
        async with connection.transaction():
            await lock_dependencias(connection, [cell["dependencia_id"] for cell, _ in found])
            now = self._clock.now()
            changed = [
                cell
                for cell, ratio in found
                if await store(connection, cell, ratio.numerator, ratio.denominator, SOURCE, now)
            ]
            await connection.execute(MOVE_CURSOR, CURSOR, page["position"])
            if changed:
                await announce(connection, SOURCE, changed, now)
        self._done = asked
        return len(changed)

    async def _counted(self, client: ServiceClient, cells: list[asyncpg.Record]) -> list[tuple[asyncpg.Record, Ratio]]:
        tenures = {code: await _tenures(client, code) for code in sorted({cell["dependencia"] for cell in cells})}
        counted = [
            (cell, turnover(tenures[cell["dependencia"]], cell["first_day"], cell["last_day"])) for cell in cells
        ]
        return [(cell, ratio) for cell, ratio in counted if ratio is not None]


async def _tenures(client: ServiceClient, dependencia: str) -> list[Tenure]:
    """Every holder there was, is or will be at or below a dependencia; revoked appointments never were."""
    asked: dict[str, Any] = {"dependencia": dependencia, "subtree": "true", "kind": "holder", "limit": PAGE}
    found: list[Tenure] = []
    cursor: str | None = None
    while True:
        page = await client.get("/api/v1/appointments", params={**asked, **({"cursor": cursor} if cursor else {})})
        for item in page["items"]:
            until = item["valid_to"]
            since = date.fromisoformat(item["valid_from"])
            found.append(Tenure(item["person"], since, None if until is None else date.fromisoformat(until)))
        cursor = page["next_cursor"]
        if cursor is None:
            return found
