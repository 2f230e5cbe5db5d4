"""A request on a line and its answer on the way back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.types import Send

from gateway.proxy.body import Body, CallerGone
from gateway.proxy.headers import towards_caller
from gateway.proxy.line import Broken, Line
from gateway.proxy.request import chunk_of
from gateway.proxy.upstream import Upstream
from services.kit.problems import MEDIA_TYPE, ContentTooLarge, InternalError

Relay = Callable[[int, list[tuple[bytes, bytes]], bytes], Awaitable[None]]
PROBLEM: Final = MEDIA_TYPE.encode()
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Answer:
    """Where a service's answer goes."""

    def __init__(self, send: Send, relay: Relay) -> None:
        """relay: takes an answer that is all there, and whose headers say how long it is."""
        self._send = send
        self._relay = relay
        self.started = False

    async def relay(self, line: Line) -> None:
        """Passes on an answer that has come, or its beginning and then the rest as it comes.

        Raises Broken, and InternalError for an error that is no problem: nobody knows what it would tell the caller.
        """
        headers = towards_caller(line.headers)
        if line.status >= 500 and (b"content-type", PROBLEM) not in headers:
            raise InternalError
        self.started = True
        if line.is_whole and line.says_its_length:
            await self._relay(line.status, headers, line.take())
            return
        await self._send({"type": "http.response.start", "status": line.status, "headers": headers})
        if line.is_whole:
            await self._send({"type": "http.response.body", "body": line.take()})
            return
        async for piece in line.pieces():
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        await self._send({"type": "http.response.body", "body": b""})


class Exchange:
    """One request to one service: `run` sends it and relays the answer."""

    def __init__(self, upstream: Upstream, method: str, head: bytes, body: Body) -> None:
        self._upstream = upstream
        self._is_head = method == "HEAD"
        self._may_repeat = method in SAFE and not body.expected
        self._head = head
        self._body = body

    async def run(self, answer: Answer) -> None:
        """Raises Broken; then `body.trouble` tells whether it was the caller's doing."""
        if self._body.expected and not self._body.is_small:
            await self._stream(answer)
            return
        request = self._head + await self._body.whole() if self._body.expected else self._head
        line = await self._upstream.line()
        ended = False
        try:
            line = await self._ask(line, request)
            await answer.relay(line)
            ended = True
        finally:
            self._upstream.give_back(line, is_reusable=ended)

    async def _ask(self, line: Line, request: bytes) -> Line:
        """The line that answered: a connection that the service closed while it was idle may be found out only now."""
        try:
            await line.ask(request, is_head=self._is_head)
        except Broken:
            if not self._may_repeat or line.exchanges == 1 or line.has_answered:
                raise
            line = await self._upstream.new_line()
            try:
                await line.ask(request, is_head=self._is_head)
            except BaseException:
                line.abort()
                raise
        return line

    async def _stream(self, answer: Answer) -> None:
        """The body goes up while the answer is awaited: a service may refuse it before it has come to its end."""
        line = await self._upstream.line()
        line.begin(self._head, is_head=self._is_head)
        upload = asyncio.create_task(self._upload(line))
        ended = False
        try:
            await line.answered()
            await answer.relay(line)
            ended = upload.done() and self._body.complete
        finally:
            upload.cancel()
            await asyncio.gather(upload, return_exceptions=True)
            self._upstream.give_back(line, is_reusable=ended)

    async def _upload(self, line: Line) -> None:
        is_chunked = self._body.length is None
        try:
            async for chunk in self._body.chunks():
                await line.send(chunk_of(chunk) if is_chunked else chunk)
            if is_chunked:
                await line.send(chunk_of(b""))
        except (CallerGone, ContentTooLarge):
            # The service must not take what has come so far for the whole.
            line.abort()
        except Broken:
            """Whoever waits for the answer is told, unless it came before."""
