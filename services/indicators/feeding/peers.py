"""Budget execution and reforms of the PAC feed indicators, without anybody typing them again.

A chore of the follower: it reads the plans service's feed and, when something of these has arrived, computes what
depends on it. An unreachable peer costs a warning; the next round tries again from where it was.
"""

import logging
from collections.abc import Mapping
from datetime import date
from typing import Any

import asyncpg
import msgspec

from services.indicators.feeding.sources import FeedRule, Ratio, answered_in_time, budget_of, executed
from services.indicators.feeding.statements import MOVE_CURSOR, PEER_CELLS, READ_CURSOR
from services.indicators.feeding.storing import announce, store
from services.indicators.locking import lock_dependencias
from services.kit.clients import PeerRefused, PeerUnavailable, ServiceClient
from services.kit.clock import Clock
from services.kit.database import Connection

log = logging.getLogger("iesspr.feeding")
PEER, CURSOR = "plans", "plans-feed"
WATCHED = ("budget-execution.", "pac-reform.")


class PeerFeeder:
    """Brings cells fed by `budget` and `pac` up to date."""

    def __init__(self, clients: Mapping[str, ServiceClient], clock: Clock) -> None:
        self._clients = clients
        self._clock = clock
        self._done: tuple[date, tuple[Any, ...]] | None = None

    async def feed(self, connection: Connection) -> int:
        """Recompute when the peer has news, the day has turned, or who is fed has changed. Returns values changed."""
        client = self._clients.get(PEER)
        cells = await connection.fetch(PEER_CELLS, self._clock.today()) if client is not None else []
        if client is None or not cells:
            return 0
        try:
            return await self._feed_from(connection, client, cells)
        except (PeerUnavailable, PeerRefused) as error:
            log.warning("plans cannot feed indicators: %s", error)
            return 0

    async def _feed_from(self, connection: Connection, client: ServiceClient, cells: list[asyncpg.Record]) -> int:
        position: int = await connection.fetchval(READ_CURSOR, CURSOR) or 0
        page = await client.get("/feed", params={"after": position, "limit": 1000})
        news = any(event["type"].startswith(WATCHED) for event in page["items"])
        asked = (self._clock.today(), tuple((cell["id"], cell["version"], cell["period"]) for cell in cells))
        found = await self._ratios(client, cells) if news or asked != self._done else []
        async with connection.transaction():
            await lock_dependencias(connection, [cell["dependencia_id"] for cell, _ in found])
            now = self._clock.now()
            changed = [
                cell
                for cell, ratio in found
                if await store(connection, cell, ratio.numerator, ratio.denominator, cell["feed_source"], now)
            ]
            await connection.execute(MOVE_CURSOR, CURSOR, page["position"])
            if changed:
                await announce(connection, PEER, changed, now)
        self._done = asked
        return len(changed)

    async def _ratios(self, client: ServiceClient, cells: list[asyncpg.Record]) -> list[tuple[asyncpg.Record, Ratio]]:
        years = {cell["first_day"].year for cell in cells if cell["feed_source"] == "budget"}
        budgets = {year: await budget_of(client, year) for year in sorted(years)}
        found: list[tuple[asyncpg.Record, Ratio]] = []
        for cell in cells:
            first, last = cell["first_day"], cell["last_day"]
            rule = msgspec.json.decode(cell["feed_rule"] or "{}", type=FeedRule)
            if cell["feed_source"] == "pac":
                # Who answers reforms is measured by those of others: the planning office by the institution's.
                whose, below = rule.reforms_of or cell["dependencia"], rule.reforms_of is not None
                ratio = await answered_in_time(client, whose, first, last, subtree=below)
            else:
                ratio = executed(budgets[first.year], rule, first, last)
            if ratio is not None:
                found.append((cell, ratio))
        return found
