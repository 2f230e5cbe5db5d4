"""HTTP as uvicorn speaks it, with what it lacks: an end to waiting, limits to what waits and to the size of headers,
and refusals that are problems like every other (design: RFC 9457 for every 4xx).
"""

from __future__ import annotations

import asyncio
from typing import Any, Self, cast
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from iesspr.gathered import Gathered
from iesspr.whole import WholeAnswer
from services.kit.browsers import SECURITY
from services.kit.problems import HeadersTooLarge, MalformedRequest, Problem
from services.kit.whole import EXTENSION

HEADERS_TIMEOUT_S = 15.0
LARGEST_HEADERS_BYTES = 64 * 1024
# Requests of one connection that were sent ahead and wait for their turn; each holds memory.
MOST_WAITING = 32
VERSIONS = frozenset({"1.0", "1.1"})
# RFC 9112 §9.6: closed with data unread, a connection is reset, and the refusal may never be seen.
LINGER_S = 1.0
_REASONS = {400: "Bad Request", 431: "Request Header Fields Too Large"}
_SECURITY = "".join(f"{name.decode()}: {value.decode()}\r\n" for name, value in SECURITY)
_NO_VERSION = "La versión de HTTP no se admite. Use HTTP/1.1."
_NO_CHUNK = "Un fragmento del cuerpo no tiene la forma que Transfer-Encoding: chunked exige. Revise sus longitudes."


class _UntilClose(int):
    """In uvicorn's count of the bytes that are still to come: as many as come before the connection ends."""

    def __lt__(self, other: int) -> bool:
        return False

    def __isub__(self, other: int) -> Self:
        return self

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = int.__hash__


class Protocol(HttpToolsProtocol):
    """One connection. Between requests uvicorn's own keep-alive time-out rules, until anything comes.

    One timer bounds what must come to an end by itself: headers, and the rest of a body that was answered already.
    """

    _waiting: asyncio.TimerHandle | None = None
    _in_message = False
    _is_refused = False
    _trouble: Problem | None = None  # with the headers that are being parsed
    _fruitless_bytes = 0  # since headers or a piece of a body last came to an end

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        self._gathered = Gathered(transport, self.loop)
        super().connection_made(cast(asyncio.Transport, self._gathered))
        self._wait_for_the_end()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        self._fruitless_bytes += len(data)
        super().data_received(data)
        # Headers, what may follow a body, and extensions of chunks: nothing else bounds them.
        if self._fruitless_bytes > LARGEST_HEADERS_BYTES and not self._is_refused and not self.transport.is_closing():
            self._refuse(HeadersTooLarge())
        elif not self._in_message and self._owes_nothing():
            self._wait_for_the_end()  # what came began nothing, and ended uvicorn's own time-out

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_message = True
        self._wait_for_the_end()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        self._fruitless_bytes = 0
        version = self.parser.get_http_version()
        if version not in VERSIONS:
            self._trouble = MalformedRequest(_NO_VERSION)
            raise ValueError("unknown version")
        if len(self.pipeline) >= MOST_WAITING:
            raise ValueError("too many requests ahead")
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > LARGEST_HEADERS_BYTES:
            # They may come in one piece, which is counted only when it has been parsed.
            self._trouble = HeadersTooLarge()
            raise ValueError("headers too large")
        super().on_headers_complete()
        # The application runs when this callback has returned.
        self.scope["extensions"] = {EXTENSION: {"send": WholeAnswer(self.cycle, self._gathered)}}
        if version == "1.0":
            self._end_with_the_connection()
        # The parser gives the fields after a body as headers too; whether they came in time would decide who sees them.
        self.headers = []

    def _end_with_the_connection(self) -> None:
        """Who speaks HTTP/1.0 knows no chunks (RFC 9112 §6.1): what has no length ends where the connection does."""
        cycle: Any = self.cycle
        cycle.chunked_encoding, cycle.expected_content_length = False, _UntilClose()
        cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._fruitless_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_message = False
        if self._owes_nothing():
            self._stop_waiting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._in_message and self._owes_nothing() and not self.transport.is_closing():
            self._wait_for_the_end()  # of a body that was answered before it was whole

    def _owes_nothing(self) -> bool:
        cycle: Any = self.cycle
        return cycle is None or cycle.response_complete

    def send_400_response(self, msg: str) -> None:
        """uvicorn calls this with an English sentence for whatever the parser refuses."""
        self._refuse(self._trouble or MalformedRequest(_NO_CHUNK if self._is_in_body() else None))

    def _is_in_body(self) -> bool:
        cycle: Any = self.cycle
        return cycle is not None and cycle.more_body and not cycle.response_complete

    def _refuse(self, problem: Problem) -> None:
        """Answers where no other answer has begun and none is owed to an earlier request; ends the connection."""
        cycle: Any = self.cycle
        self._is_refused = True
        self._stop_waiting()
        if self._owes_nothing():
            self._answer(problem, "/", None)
        elif self._is_in_body() and not cycle.response_started and not self.pipeline:
            cycle.disconnected = True  # the application must not take what has come for the whole, nor answer it
            cycle.waiting_for_100_continue = False
            cycle.message_event.set()
            self.flow.resume_reading()
            self._answer(problem, cycle.scope["path"], cycle.scope["state"].get("request_id"))
        elif self._is_in_body():
            self.transport.close()
        else:
            cycle.keep_alive = False  # whole requests came before: they are answered, and the last answer is the end

    def _answer(self, problem: Problem, path: str, known_id: str | None) -> None:
        request_id = known_id or str(uuid4())
        body = problem.body(path, request_id)
        head = (
            f"HTTP/1.1 {problem.status} {_REASONS[problem.status]}\r\n"
            f"content-type: application/problem+json\r\ncontent-length: {len(body)}\r\n"
            f"x-request-id: {request_id}\r\n{_SECURITY}connection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.write_eof()
        self._waiting = self.loop.call_later(LINGER_S, self._give_up)

    def _wait_for_the_end(self) -> None:
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
