"""What feeds indicators from another service: follow its feed, count again when it has news, store what has changed.

A chore of the follower. An unreachable peer costs a warning; the next round tries again from where it was.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

import asyncpg

from services.indicators.feeding.sources import Ratio
from services.indicators.feeding.statements import MOVE_CURSOR, READ_CURSOR, cells_fed_by
from services.indicators.feeding.storing import announce, store
from services.indicators.locking import lock_dependencias
from services.kit.clients import PeerRefused, PeerUnavailable, ServiceClient
from services.kit.clock import Clock
from services.kit.database import Connection

log = logging.getLogger("iesspr.feeding")
Counted = Sequence[tuple[asyncpg.Record, Ratio]]


class FedByPeer(ABC):
    """Brings the cells of some sources up to date with a peer.

    peer: whose feed; cursor: its name in summary_cursor; watched: beginnings of the types of events that are news;
    sources: of the cells; author: of the values, in feed and audit.
    """

    peer: ClassVar[str]
    cursor: ClassVar[str]
    watched: ClassVar[tuple[str, ...]]
    sources: ClassVar[tuple[str, ...]]
    author: ClassVar[str]

    def __init__(self, clients: Mapping[str, ServiceClient], clock: Clock) -> None:
        self._clients = clients
        self._clock = clock
        self._done: tuple[date, tuple[Any, ...]] | None = None

    @abstractmethod
    async def count(self, client: ServiceClient, cells: list[asyncpg.Record]) -> Counted:
        """What the peer says now of each cell; cells it says nothing of are left out."""

    async def feed(self, connection: Connection) -> int:
        """Count again when the peer has news, the day has turned, or who is fed has changed. Returns values changed."""
        client = self._clients.get(self.peer)
        cells = await connection.fetch(cells_fed_by(*self.sources), self._clock.today()) if client is not None else []
        if client is None or not cells:
            return 0
        try:
            return await self._feed_from(connection, client, cells)
        except (PeerUnavailable, PeerRefused) as error:
            log.warning("%s cannot feed indicators: %s", self.peer, error)
            return 0

    async def _feed_from(self, connection: Connection, client: ServiceClient, cells: list[asyncpg.Record]) -> int:
        position: int = await connection.fetchval(READ_CURSOR, self.cursor) or 0
        page = await client.get("/feed", params={"after": position, "limit": 1000})
        news = any(event["type"].startswith(self.watched) for event in page["items"])
        asked = (self._clock.today(), tuple((cell["id"], cell["version"], cell["period"]) for cell in cells))
        found = await self.count(client, cells) if news or asked != self._done else []
        async with connection.transaction():
            await lock_dependencias(connection, [cell["dependencia_id"] for cell, _ in found])
            now = self._clock.now()
            changed = [
                cell
                for cell, ratio in found
                if await store(connection, cell, ratio.numerator, ratio.denominator, cell["feed_source"], now)
            ]
            await connection.execute(MOVE_CURSOR, self.cursor, page["position"])
            if changed:
                await announce(connection, self.author, changed, now)
        self._done = asked
        return len(changed)
