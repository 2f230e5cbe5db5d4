"""One service as the gateway sees it: its connections, its bounded queue, its circuit.

Each upstream has its own, so that a service that hangs fills its own queue and nobody else's.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from gateway.problems import QueueFull, UpstreamDown
from gateway.proxy.circuit import Circuit
from gateway.proxy.line import Broken, Line

CONNECT_S: Final = 1.0
# Shorter than the services' own keep-alive: a connection must not be closed under a request that is being sent.
KEEPALIVE_S: Final = 15.0


class Upstream:
    """A service's address with a bound on requests in flight (`concurrency`) and waiting (`queue`)."""

    def __init__(self, name: str, url: str, *, concurrency: int, queue: int, queue_wait_s: float) -> None:
        self.name = name
        self.url = url.rstrip("/")
        self._slots = asyncio.Semaphore(concurrency)
        self._concurrency = concurrency
        self._queue = queue
        self._queue_wait_s = queue_wait_s
        self.circuit = Circuit()
        self._session: aiohttp.ClientSession | None = None
        address = urlsplit(self.url)
        self._host = address.hostname or ""
        self._tls = ssl.create_default_context() if address.scheme == "https" else None
        self._port = address.port or (443 if self._tls else 80)
        self.authority = address.netloc.encode("ascii")
        # The base of paths, when the service does not answer at the root of its host.
        self.base = address.path.encode("ascii")
        self._idle: list[Line] = []
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
        for line in self._idle[:]:
            line.abort()
        if self._session is not None:
            await self._session.close()

    async def line(self) -> Line:
        """A connection for one exchange: the one used last, while it is fresh, or a new one. Raises Broken.

        Whoever takes it gives it back with `give_back`, however the exchange ended.
        """
        stale = time.monotonic() - KEEPALIVE_S
        while self._idle:
            line = self._idle.pop()
            if line.idle_since > stale:
                return line
            line.abort()
        return await self.new_line()

    async def new_line(self) -> Line:
        try:
            async with asyncio.timeout(CONNECT_S):
                _, line = await asyncio.get_running_loop().create_connection(
                    lambda: Line(self._forget), self._host, self._port, ssl=self._tls
                )
                return line
        except (OSError, TimeoutError) as error:
            raise Broken(f"cannot connect: {type(error).__name__}") from error

    def give_back(self, line: Line, *, is_reusable: bool) -> None:
        if is_reusable and line.is_reusable:
            line.rest(time.monotonic())
            self._idle.append(line)
        else:
            line.abort()

    def _forget(self, line: Line) -> None:
        if line in self._idle:
            self._idle.remove(line)

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the upstream is not open")
        return self._session

    async def enter(self) -> None:
        """Takes a place among the requests in flight; `leave` gives it back. Raises QueueFull, UpstreamDown."""
        if not self.circuit.admits():
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
