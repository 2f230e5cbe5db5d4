"""Following the plans service's feed for approved reforms. A chore of the follower: one process does it at a time.

A reform and the cursor are one transaction. A target that cannot be set is noted and passed; only an unreachable peer
stops the reading, and the next round goes on from where it was.
"""

import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from services.indicators.feeding.statements import MOVE_CURSOR, READ_CURSOR
from services.indicators.reforming.applying import PEER, apply_reform
from services.indicators.reforming.asked import AskedReform, asked_by
from services.indicators.reforming.statements import CURSOR
from services.kit.clients import PeerRefused, PeerUnavailable, ServiceClient
from services.kit.clock import Clock
from services.kit.database import Connection

log = logging.getLogger("iesspr.reforming")
PAGE = 1000


class ReformFollower:
    """Applies to targets what reforms of plans decided."""

    def __init__(self, clients: Mapping[str, ServiceClient], clock: Clock) -> None:
        self._clients = clients
        self._clock = clock

    async def follow(self, connection: Connection) -> int:
        """Read the feed to its end. Returns how many targets were set."""
        client = self._clients.get(PEER)
        applied = 0
        while client is not None:
            position: int = await connection.fetchval(READ_CURSOR, CURSOR) or 0
            try:
                page = await client.get("/feed", params={"after": position, "limit": PAGE})
            except (PeerUnavailable, PeerRefused) as error:
                log.warning("reforms of plans cannot be read: %s", error)
                break
            if page["position"] == position:
                break
            applied += await self._take(connection, page)
        return applied

    async def _take(self, connection: Connection, page: Mapping[str, Any]) -> int:
        """One reform, one transaction: the locks of its dependencias come before the feed's, as for every writer."""
        applied = 0
        for event in page["items"]:
            reform = _read(event)
            if reform is not None:
                async with connection.transaction():
                    applied += await apply_reform(connection, reform, self._clock.now())
                    await connection.execute(MOVE_CURSOR, CURSOR, event["position"])
        await connection.execute(MOVE_CURSOR, CURSOR, page["position"])
        return applied


def _read(event: Mapping[str, Any]) -> AskedReform | None:
    """The reform of an event. One that says it in another shape than ours changes nothing and stops nobody."""
    try:
        return asked_by(event)
    except msgspec.ValidationError as error:
        log.error("reform event %s cannot be read: %s", event.get("id"), error)
        return None
