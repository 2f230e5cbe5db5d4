"""Many GETs at once over keep-alive connections, from a generator that costs little beside what it measures.

On two cores the generator runs beside the server and takes its processor from it: whatever it wastes is missing from
the figure, and most where a request crosses two servers. So the answers are read into one buffer per connection and
counted, never kept; only their heads are looked at.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import cast
from urllib.parse import urlsplit

import uvloop

from benchmarks.harness import Action

_BUFFER = 256 * 1024


class Caller(asyncio.BufferedProtocol):
    """One connection: the next request as soon as the answer to the last one is whole."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._buffer = memoryview(bytearray(_BUFFER))
        self._filled = 0
        # Bytes of the body still to come; None while the head is awaited.
        self._missing: int | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # a TCP transport, which uvloop does not derive
        self._ask()

    def _ask(self) -> None:
        request = self._run.next_request()
        if self._transport is None or request is None:
            if self._transport is not None:
                self._transport.close()
            return
        self._filled, self._missing = 0, None
        self._transport.write(request)

    def get_buffer(self, sizehint: int) -> memoryview:
        # A body is read over itself; a head must stay until it is whole.
        return self._buffer[self._filled :] if self._missing is None else self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._missing is None:
            self._filled += nbytes
            head, found, rest = bytes(self._buffer[: min(self._filled, 8192)]).partition(b"\r\n\r\n")
            if not found:
                return
            if not head.startswith(b"HTTP/1.1 200"):
                self._run.fail(f"{head[:200]!r} {rest[:200]!r}")
                return
            nbytes, self._missing = self._filled - len(head) - 4, _length(head)
        self._missing -= nbytes
        if self._missing <= 0:
            self._run.answered()
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if self._missing is None or self._missing > 0:
            self._run.fail(f"the connection was lost: {error!r}")


class Run:
    """`times` requests, shared by all connections."""

    def __init__(self, requests: Iterator[bytes], times: int) -> None:
        self._requests = requests
        self._unsent = self._unanswered = times
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def next_request(self) -> bytes | None:
        if self._unsent == 0:
            return None
        self._unsent -= 1
        return next(self._requests)

    def answered(self) -> None:
        self._unanswered -= 1
        if self._unanswered == 0 and not self.done.done():
            self.done.set_result(None)

    def fail(self, why: str) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(why))


def load(base_url: str, paths: Iterator[str], token: str, times: int, *, connections: int) -> Action:
    """An action: `times` GETs over `connections` at once, each answered with 200. Seconds per request."""
    address = urlsplit(base_url)
    rest = f" HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n"
    requests = (f"GET {path}{rest}".encode() for path in paths)

    async def run() -> float:
        loop = asyncio.get_running_loop()
        shared = Run(requests, times)
        started = time.perf_counter()
        for _ in range(connections):
            await loop.create_connection(lambda: Caller(shared), address.hostname or "", address.port or 80)
        await shared.done
        return (time.perf_counter() - started) / times

    def act() -> float:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(run())

    return act


def _length(head: bytes) -> int:
    lower = head.lower()
    start = lower.index(b"content-length:") + 15
    end = lower.find(b"\r\n", start)
    return int(lower[start:] if end < 0 else lower[start:end])
