"""Waking the follower when a peer publishes something, instead of at its next round."""

import asyncio
import logging
from collections.abc import Callable

from services.kit.clients import PeerRefused, PeerUnavailable, ServiceClient

log = logging.getLogger("iesspr.feeding")
WAIT_S = 20
RETRY_S = 2.0


class PeerWatch:
    """Holds a call to the peer's feed open; what has happened is read by those it wakes, each from its own cursor."""

    def __init__(self, client: ServiceClient, wake: Callable[[], None]) -> None:
        self._client = client
        self._wake = wake
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="peer-watch")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        position = 0
        while True:
            params = {"after": position, "limit": 1000, "wait": WAIT_S}
            try:
                page = await self._client.get("/feed", params=params, deadline_s=WAIT_S + 5.0, attempts=1)
            except (PeerUnavailable, PeerRefused) as error:
                log.debug("the feed of plans is not reachable: %s", error)
                await asyncio.sleep(RETRY_S)
                continue
            if page["position"] != position:
                position = page["position"]
                self._wake()
