"""Documents that the services share with everybody, fetched together and kept for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from gateway.peers import Peer
from services.kit.clients import PeerRefused, PeerUnavailable

FRESH_S: Final = 60.0
RETRY_S: Final = 2.0


class Gathered:
    """One document per service, from the same path. A service that is down keeps its last one."""

    def __init__(self, peers: Mapping[str, Peer], path: str) -> None:
        self._peers = peers
        self._path = path
        self._documents: dict[str, Any] = {}
        self._due_at: dict[str, float] = {}
        self._lock = asyncio.Lock()
        # Moves whenever a document comes that is not the one before: what is made of them can be kept until then.
        self.version = 0

    async def get(self) -> tuple[dict[str, Any], list[str]]:
        """Documents by service, and the services that have never answered."""
        async with self._lock:
            now = time.monotonic()
            due = [name for name in self._peers if now >= self._due_at.get(name, 0.0)]
            await asyncio.gather(*(self._fetch(name, now) for name in due))
        return dict(self._documents), [name for name in self._peers if name not in self._documents]

    async def _fetch(self, name: str, now: float) -> None:
        try:
            document = await self._peers[name].get(self._path, attempts=1)
            if self._documents.get(name) != document:
                self._documents[name] = document
                self.version += 1
            self._due_at[name] = now + FRESH_S
        except (PeerUnavailable, PeerRefused):
            self._due_at[name] = now + RETRY_S
