"""One connection to a service: HTTP/1.1 on a socket, one exchange at a time, parsed by llhttp.

A client made for one hop costs a third of a general one (docs/decisions/0070): nothing here follows redirects, keeps
cookies, decompresses or guesses. What it must be strict about it leaves to the parser (two lengths, a length beside
chunks, bare line ends) and to three rules of its own: an answer that does not say where it ends is broken, a connection
that said anything unasked is not used again, and no byte of a request is sent twice unless nothing can come of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final, cast

import httptools

WHOLE: Final = 256 * 1024
MOST_HELD: Final = 256 * 1024
MOST_HEADERS: Final = 64 * 1024
# What a socket is read into. One for all lines: both loops ask for it, fill it and say so in one step, and the parser
# has taken what it keeps when `buffer_updated` returns.
_ARRIVING: Final = memoryview(bytearray(256 * 1024))


class Broken(Exception):
    """The connection could not be made, broke off, or carried something that is no HTTP answer."""


class Line(asyncio.BufferedProtocol):
    """`ask` once, then `status`, `headers` and the body; `is_reusable` says whether another exchange may follow."""

    def __init__(self, on_lost: Callable[[Line], None]) -> None:
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._is_reading_paused = False
        self._writable: asyncio.Future[None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._trouble: str | None = None
        self._is_asking = False
        self.exchanges = 0
        self.idle_since = 0.0
        self._begin(is_head=False)

    def _begin(self, *, is_head: bool) -> None:
        self._is_head = is_head
        self._chunks: list[bytes] = []
        self._held = 0
        self._head_bytes = 0
        self._has_headers = False
        self._is_chunked = False
        self._is_streamed = False
        self._is_complete = False
        self._keeps_alive = False
        self._length: int | None = None
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.has_answered = False

    # What the forwarder does

    async def ask(self, request: bytes, *, is_head: bool) -> None:
        """Sends a request (or its beginning) and waits for its answer: whole when small, else for its headers.

        Raises Broken.
        """
        self.begin(request, is_head=is_head)
        await self.answered()

    def begin(self, request: bytes, *, is_head: bool) -> None:
        if self._trouble is not None or self._transport is None:
            raise Broken(self._trouble or "not connected")
        self._begin(is_head=is_head)
        self._is_asking = True
        self.exchanges += 1
        self._transport.write(request)

    async def answered(self) -> None:
        """Until there is an answer to pass on. Raises Broken."""
        while not self._is_ready():
            await self._wait()

    async def send(self, chunk: bytes) -> None:
        """A piece of the request's body, when the service takes it. Raises Broken."""
        if self._trouble is not None or self._transport is None:
            raise Broken(self._trouble or "not connected")
        self._transport.write(chunk)
        if self._writable is not None:
            await self._writable
            if self._trouble is not None:
                raise Broken(self._trouble)

    @property
    def is_whole(self) -> bool:
        """The body is here to its end, or there is none."""
        return self._is_complete

    @property
    def says_its_length(self) -> bool:
        """Its headers tell whoever gets them where the body ends."""
        return self._length is not None or self.status in (204, 304)

    def take(self) -> bytes:
        """What has come of the body and was not taken yet."""
        taken = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks, self._held = [], 0
        if self._is_reading_paused and self._transport is not None:
            self._is_reading_paused = False
            self._transport.resume_reading()
        return taken

    async def pieces(self) -> AsyncIterator[bytes]:
        """The rest of the body as it comes, no more than MOST_HELD of it ahead of its reader. Raises Broken."""
        while True:
            if self._chunks:
                yield self.take()
            elif self._is_complete:
                return
            else:
                await self._wait()

    @property
    def is_reusable(self) -> bool:
        """The exchange ended as both sides agreed, and nothing else has been said."""
        return self._is_complete and self._keeps_alive and self._trouble is None

    def rest(self, now: float) -> None:
        """Between two exchanges: whatever is said now was not asked for."""
        self._is_asking = False
        self.idle_since = now

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # Waiting

    def _is_ready(self) -> bool:
        if self._is_complete:
            return True
        if self._trouble is not None:
            raise Broken(self._trouble)
        return self._is_streamed

    async def _wait(self) -> None:
        if self._trouble is not None:
            raise Broken(self._trouble)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
        if self._trouble is not None and not self._is_complete:
            raise Broken(self._trouble)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, why: str) -> None:
        if self._trouble is None:
            self._trouble = why
        self.abort()
        self._wake()

    # What the socket says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not say that they are asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        return _ARRIVING

    def buffer_updated(self, nbytes: int) -> None:
        if not self._is_asking or self._is_complete:
            self._fail("spoke unasked")
            return
        self.has_answered = True
        try:
            self._parser.feed_data(_ARRIVING[:nbytes])
        except httptools.HttpParserError as error:
            if not self._is_complete:
                self._fail(f"{type(error).__name__}: {error}")
                return
            # What follows a complete answer was not asked for; the answer itself stands.
            self._keeps_alive = False
        if not self._has_headers:
            self._head_bytes += nbytes
            if self._head_bytes > MOST_HEADERS:
                self._fail("headers without end")
                return
        if self._held > MOST_HELD and not self._is_reading_paused and not self._is_complete:
            self._is_reading_paused = True
            if self._transport is not None:
                self._transport.pause_reading()
        if self._is_complete or self._is_streamed:
            self._wake()

    def eof_received(self) -> None:
        """The transport closes by itself; connection_lost tells."""

    def connection_lost(self, error: Exception | None) -> None:
        if self._trouble is None:
            self._trouble = f"closed ({type(error).__name__})" if error is not None else "closed"
        self._transport = None
        self.resume_writing()
        self._wake()
        self._on_lost(self)

    def pause_writing(self) -> None:
        if self._writable is None:
            self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._writable is not None:
            if not self._writable.done():
                self._writable.set_result(None)
            self._writable = None

    # What the parser says

    def on_message_begin(self) -> None:
        if self._is_complete:
            self._keeps_alive = False  # a second answer to one request

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._has_headers:
            return  # a trailer
        name = name.lower()
        if name == b"content-length":
            self._length = int(value)
        elif name == b"transfer-encoding":
            self._is_chunked = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._is_complete:
            return
        status = self._parser.get_status_code()
        if status < 200:
            return  # an interim answer; on_message_complete clears it away
        if status > 599:
            raise ValueError("no status of HTTP")
        self.status = status
        self._has_headers = True
        if self._is_head:
            # The parser does not know that no body follows, so it cannot be asked to read another answer.
            self._is_complete = True
        elif self._length is None and not self._is_chunked and status not in (204, 304):
            raise ValueError("an answer that does not say where it ends")
        else:
            self._is_streamed = self._is_chunked or (self._length or 0) > WHOLE

    def on_body(self, body: bytes) -> None:
        if not self._is_complete:
            self._chunks.append(body)
            self._held += len(body)

    def on_message_complete(self) -> None:
        if self._is_complete:
            return
        if not self._has_headers:
            if self._parser.get_status_code() == 101:
                raise ValueError("switches to a protocol that nobody asked for")
            self.headers, self._length, self._is_chunked = [], None, False
            return
        self._is_complete = True
        self._keeps_alive = self._parser.should_keep_alive()
