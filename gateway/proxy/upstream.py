"""One service as the gateway sees it: its connections, its bounded queue, its circuit.

Each upstream has its own, so that a service that hangs fills its own queue and nobody else's.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

import aiohttp

from gateway.problems import QueueFull, UpstreamDown

CONNECT_S: Final = 1.0
# Shorter than the services' own keep-alive: a connection must not be closed under a request that is being sent.
KEEPALIVE_S: Final = 15.0
FAILURES_TO_OPEN: Final = 5
OPEN_S: Final = 2.0


class Upstream:
    """A service's address with a bound on requests in flight (`concurrency`) and waiting (`queue`)."""

    def __init__(self, name: str, url: str, *, concurrency: int, queue: int, queue_wait_s: float) -> None:
        self.name = name
        self.url = url.rstrip("/")
        self._slots = asyncio.Semaphore(concurrency)
        self._concurrency = concurrency
        self._queue = queue
        self._queue_wait_s = queue_wait_s
        self._failures = 0
        self._open_until = 0.0
        self._session: aiohttp.ClientSession | None = None
        self.waiting = 0
        self.in_flight = 0

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._concurrency, keepalive_timeout=KEEPALIVE_S, force_close=False, use_dns_cache=True
            ),
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_S, sock_connect=CONNECT_S),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            trust_env=False,
            read_bufsize=256 * 1024,
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the upstream is not open")
        return self._session

    async def enter(self) -> None:
        """Takes a place among the requests in flight; `leave` gives it back. Raises QueueFull, UpstreamDown."""
        if self.is_open:
            raise UpstreamDown
        if self._slots.locked():
            await self._wait()
        else:
            await self._slots.acquire()
        self.in_flight += 1

    def leave(self) -> None:
        self.in_flight -= 1
        self._slots.release()

    async def _wait(self) -> None:
        if self.waiting >= self._queue:
            raise QueueFull
        self.waiting += 1
        try:
            async with asyncio.timeout(self._queue_wait_s):
                await self._slots.acquire()
        except TimeoutError as error:
            raise QueueFull from error
        finally:
            self.waiting -= 1

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self._open_until

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        """After some failures in a row the circuit opens: requests are answered at once instead of timing out."""
        self._failures += 1
        if self._failures >= FAILURES_TO_OPEN:
            self._open_until = time.monotonic() + OPEN_S
