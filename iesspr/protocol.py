"""HTTP as uvicorn speaks it, with what it lacks: an end to waiting for headers, a limit to their size, and refusals
that are problems like every other (design: RFC 9457 for every 4xx).
"""

from __future__ import annotations

import asyncio
from typing import Any, cast
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from iesspr.gathered import Gathered
from services.kit.problems import HeadersTooLarge, MalformedRequest, Problem

HEADERS_TIMEOUT_S = 15.0
LARGEST_HEADERS_BYTES = 64 * 1024
_REASONS = {400: "Bad Request", 431: "Request Header Fields Too Large"}


class Protocol(HttpToolsProtocol):
    """One connection. Between requests uvicorn's own keep-alive time-out rules."""

    _waiting: asyncio.TimerHandle | None = None
    _in_headers = True
    _headers_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(cast(asyncio.Transport, Gathered(transport, self.loop)))
        self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_headers:
            self._headers_bytes += len(data)
        super().data_received(data)
        if self._in_headers and self._headers_bytes > LARGEST_HEADERS_BYTES and not self.transport.is_closing():
            self._refuse(HeadersTooLarge())

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_headers = True
        self._wait_for_headers()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        self._in_headers = False
        self._headers_bytes = 0
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """uvicorn calls this with an English sentence for whatever the parser refuses."""
        self._refuse(MalformedRequest())

    def _refuse(self, problem: Problem) -> None:
        cycle: Any = self.cycle
        if cycle is None or cycle.response_complete:  # otherwise the bytes would land inside another answer
            request_id = str(uuid4())
            body = problem.body("/", request_id)
            head = (
                f"HTTP/1.1 {problem.status} {_REASONS[problem.status]}\r\n"
                f"content-type: application/problem+json\r\ncontent-length: {len(body)}\r\n"
                f"x-request-id: {request_id}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode("ascii") + body)
        self.transport.close()

    def _wait_for_headers(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEADERS_TIMEOUT_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        if not self.transport.is_closing():
            self.transport.close()
