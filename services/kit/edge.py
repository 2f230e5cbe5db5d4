"""The outermost layer of every service, plain ASGI: request id, readiness, body limit, last-resort 500."""

from __future__ import annotations

import logging
import os
import re
import time

import asyncpg
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit.answers import matches
from services.kit.memory import Memory, Recorder, Remembered, question_of
from services.kit.problems import MEDIA_TYPE, ContentTooLarge, InternalError, Problem, Unavailable
from services.kit.turned_away import refused_write

log = logging.getLogger("iesspr.request")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
# Nobody is left to be answered; the log uses the number that web servers use for it.
_HUNG_UP = 499
_BODY_HEADERS = (b"content-length", b"content-type")
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class BodyTooLarge(Exception):
    """Raised inside `receive` when the streamed body passes the limit."""


def request_id_from(sent: str) -> str:
    """What the caller sent as X-Request-Id, where it is one; else a new one."""
    return sent if _REQUEST_ID.fullmatch(sent) else os.urandom(16).hex()


def traceparent_from(sent: str) -> str | None:
    return sent if _TRACEPARENT.fullmatch(sent) else None


async def send_problem(send: Send, problem: Problem, instance: str, request_id: str) -> None:
    body = problem.body(instance, request_id)
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Edge:
    """Wraps the whole application. `app.state.ready` decides whether `/api/` is served yet."""

    def __init__(self, app: ASGIApp, *, service: str, max_body_bytes: int, memory: Memory | None = None) -> None:
        self.app = app
        self.memory = memory
        self.service = service
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = request_id_from(headers.get("x-request-id", ""))
        trace = traceparent_from(headers.get("traceparent", ""))
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                marked = MutableHeaders(scope=message)
                marked["X-Request-Id"] = request_id
                if trace is not None:
                    marked["traceparent"] = trace
                # Before the answer leaves: whoever has it finds the refusal in the trail.
                if (refused := await refused_write(scope, status)) is not None:
                    scope["app"].state.turned_away.note(refused)
            await send(message)

        try:
            # RFC 9110 §9.3.2: HEAD is GET without the body, which the server leaves out; no route need know of it.
            asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
            await self._serve(asked, self._limited(receive, headers), send_marked)
        except ClientDisconnect:
            status = status or _HUNG_UP
        except Exception as error:
            problem = ContentTooLarge() if _is_body_limit(error) else InternalError()
            if not isinstance(problem, ContentTooLarge):
                log.exception("unhandled error", extra={"request_id": request_id, "path": scope["path"]})
            scope["state"]["problem"] = problem
            if status:
                raise  # the answer has begun; the server must cut the connection, not append to it
            await send_problem(send_marked, problem, scope["path"], request_id)
        finally:
            log.info(
                "request",
                extra={
                    "request_id": request_id,
                    "service": self.service,
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "duration_ms": round((time.perf_counter() - started) * 1000, 1),
                },
            )

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/api/") and not scope["app"].state.ready:
            problem = Unavailable("El servicio está arrancando. Espere los segundos que indica Retry-After y repita.")
            await send_problem(send, problem, scope["path"], scope["state"]["request_id"])
            return
        if self.memory is None or not self.memory.covers(scope):
            await self.app(scope, receive, send)
            return
        await self._serve_from_memory(self.memory, scope, receive, send)

    async def _serve_from_memory(self, memory: Memory, scope: Scope, receive: Receive, send: Send) -> None:
        """The remembered answer when nothing has changed since; otherwise the route's, which is then remembered."""
        headers = Headers(scope=scope)
        state = scope["app"].state
        recall_caller = getattr(state.authenticate, "remembered", None)
        caller = recall_caller(headers.get("authorization", "")) if recall_caller else None
        if caller is None:  # first call with this token: the route will verify it
            await self.app(scope, receive, send)
            return
        question = question_of(scope, caller, state.clock.today(), headers.get("accept", "").encode())
        try:
            revision = await memory.revision(state.database)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            await self.app(scope, receive, send)  # the route will say what is wrong
            return
        condition = headers.get("if-none-match")
        known = memory.recall(question, revision)
        if known is not None:
            await _send_remembered(send, known, condition)
            return
        recorder, send_if_changed = Recorder(), _conditional(send, condition)

        async def send_recorded(message: Message) -> None:
            recorder.see(message)
            await send_if_changed(message)

        # The route is asked for the whole answer, so that it is remembered also when all who ask have it already.
        with memory.reading(revision):
            await self.app(_unconditional(scope), receive, send_recorded)
        answer = recorder.remembered(revision)
        if answer is not None and not scope["state"].get("forget", False):
            memory.keep(question, answer)

    def _limited(self, receive: Receive, headers: Headers) -> Receive:
        """The body, cut off as soon as it passes the limit, whatever Content-Length claimed."""
        declared = headers.get("content-length", "")
        received = 0

        async def limited() -> Message:
            nonlocal received
            if declared.isdigit() and int(declared) > self.max_body_bytes:
                raise BodyTooLarge
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_body_bytes:
                raise BodyTooLarge
            return message

        return limited


async def _send_remembered(send: Send, known: Remembered, condition: str | None) -> None:
    send_if_changed = _conditional(send, condition)
    await send_if_changed({"type": "http.response.start", "status": 200, "headers": list(known.headers)})
    await send_if_changed({"type": "http.response.body", "body": known.body})


def _unconditional(scope: Scope) -> Scope:
    return {**scope, "headers": [header for header in scope["headers"] if header[0] != b"if-none-match"]}


def _conditional(send: Send, condition: str | None) -> Send:
    """Sends a 200 whose ETag is among those of If-None-Match as 304, without its body."""
    if condition is None:
        return send
    is_fresh = False

    async def send_if_changed(message: Message) -> None:
        nonlocal is_fresh
        if message["type"] == "http.response.start" and message["status"] == 200:
            tag = next((value.decode() for name, value in message["headers"] if name.lower() == b"etag"), None)
            if tag is not None and matches(condition, tag):
                is_fresh = True
                kept = [header for header in message["headers"] if header[0].lower() not in _BODY_HEADERS]
                message = {**message, "status": 304, "headers": kept}
        elif is_fresh and message["type"] == "http.response.body":
            if message.get("more_body", False):
                return
            message = {**message, "body": b""}
        await send(message)

    return send_if_changed


def _is_body_limit(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, BodyTooLarge):
            return True
        error = error.__cause__ or error.__context__
    return False
