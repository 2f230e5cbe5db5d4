"""The outermost layer: every request is checked, marked and sent to a service or to the gateway's own API."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Final, Protocol

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.paths import check_path, check_query, is_own, upstream_of
from gateway.proxy.forwarder import Forwarder
from services.kit.edge import request_id_from, send_problem, traceparent_from
from services.kit.problems import InternalError, NotFound, Problem

log = logging.getLogger("iesspr.request")
SECURITY: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)


class Resource(Protocol):
    """Something open for as long as the server runs."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...


class Front:
    """The ASGI application that the server runs."""

    def __init__(self, api: ASGIApp, forwarder: Forwarder, resources: Sequence[Resource]) -> None:
        self.api = api
        self._forwarder = forwarder
        self._resources = resources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        for resource in self._resources:
            await resource.open()
        try:
            await self.api(scope, receive, send)
        finally:
            for resource in self._resources:
                await resource.close()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started_at = time.perf_counter()
        headers = Headers(scope=scope)
        request_id, trace = request_id_from(headers), traceparent_from(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        marks = [("x-request-id", request_id)] + ([("traceparent", trace)] if trace else [])
        back = [(name.encode(), value.encode()) for name, value in marks] + list(SECURITY)
        status = 0

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = {name for name, _ in back}
                message["headers"] = [h for h in message.get("headers", ()) if h[0].lower() not in own] + back
            await send(message)

        upstream = None
        try:
            raw: bytes = scope["raw_path"]
            check_path(raw)
            check_query(scope["query_string"])
            upstream = upstream_of(scope["path"])
            if upstream is not None:
                await self._forwarder.forward(upstream, scope, receive, marked, marks)
                return
            if not is_own(scope["path"]):
                raise NotFound
            await self.api(_with_request_id(scope, request_id), receive, marked)
        except Problem as problem:
            await _refuse(problem, scope, marked, request_id, status)
        except Exception:
            log.exception("unhandled error", extra={"request_id": request_id, "path": scope["path"]})
            await _refuse(InternalError(), scope, marked, request_id, status)
        finally:
            if upstream is not None or status == 404:
                _log(scope, request_id, upstream, status, started_at)


async def _refuse(problem: Problem, scope: Scope, send: Send, request_id: str, status: int) -> None:
    if not status:
        await send_problem(send, problem, scope["path"], request_id)


def _with_request_id(scope: Scope, request_id: str) -> Scope:
    """The API sees the checked request id only, so that both logs agree."""
    kept = [(name, value) for name, value in scope["headers"] if name != b"x-request-id"]
    return {**scope, "headers": [*kept, (b"x-request-id", request_id.encode())]}


def _log(scope: Scope, request_id: str, upstream: str | None, status: int, started_at: float) -> None:
    log.info(
        "request",
        extra={
            "request_id": request_id,
            "service": "gateway",
            "upstream": upstream,
            "subject": scope["state"].get("subject"),
            "method": scope["method"],
            "path": scope["path"],
            "status": status,
            "duration_ms": round((time.perf_counter() - started_at) * 1000, 1),
        },
    )
