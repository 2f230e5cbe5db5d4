"""Following the plans service's feed for approved reforms and rollovers; one process does it at a time.

A reform and the cursor are one transaction. A target that cannot be set is noted and passed; only an unreachable peer
stops the reading, and the next round goes on from where it was.
"""

import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from services.indicators.feeding.statements import MOVE_CURSOR, READ_CURSOR
from services.indicators.reforming.applying import PEER, apply_reform
from services.indicators.reforming.asked import asked_by
from services.indicators.reforming.rolling import roll_assignments, rolled_by
from services.indicators.reforming.statements import CURSOR
from services.kit.clients import PeerRefused, PeerUnavailable, ServiceClient
from services.kit.clock import Clock
from services.kit.database import Connection

log = logging.getLogger("iesspr.reforming")
PAGE = 1000


class ReformFollower:
    """Applies to targets what reforms of plans decided, and takes assignments along when a plan rolls over."""

    def __init__(self, clients: Mapping[str, ServiceClient], clock: Clock) -> None:
        self._clients = clients
        self._clock = clock

    async def follow(self, connection: Connection) -> int:
        """Read the feed to its end. Returns how many targets and assignments were set."""
        client = self._clients.get(PEER)
        done = 0
        while client is not None:
            position: int = await connection.fetchval(READ_CURSOR, CURSOR) or 0
            try:
                page = await client.get("/feed", params={"after": position, "limit": PAGE})
            except (PeerUnavailable, PeerRefused) as error:
                log.warning("reforms of plans cannot be read: %s", error)
                break
            if page["position"] == position:
                break
            for event in page["items"]:
                done += await self._take(connection, event)
            await connection.execute(MOVE_CURSOR, CURSOR, page["position"])
        return done

    async def _take(self, connection: Connection, event: Mapping[str, Any]) -> int:
        """One event, one transaction: the locks of its dependencias come before the feed's, as for every writer."""
        try:
            reform, plan = asked_by(event), rolled_by(event)
        except msgspec.ValidationError as error:
            # One that says it in another shape than ours changes nothing and stops nobody.
            log.error("event %s of plans cannot be read: %s", event.get("id"), error)
            return 0
        if reform is None and plan is None:
            return 0
        async with connection.transaction():
            now = self._clock.now()
            done = 0 if reform is None else await apply_reform(connection, reform, now)
            done += 0 if plan is None else await roll_assignments(connection, plan, now)
            await connection.execute(MOVE_CURSOR, CURSOR, event["position"])
        return done
