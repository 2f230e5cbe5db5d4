"""The outermost layer: every request is checked, marked, counted and sent to a service or to the gateway's own API."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from gateway import cors
from gateway.audit.refusals import Refusals
from gateway.head import check_head
from gateway.identity.tokens import Tokens
from gateway.limits import RateLimits, kind_of, refusal
from gateway.metrics import Metrics
from gateway.paths import BASE, check_path, check_query, is_own, upstream_of
from gateway.patience import Patience
from gateway.problems import SlowBody
from gateway.proxies import Proxies
from gateway.proxy.forwarder import Forwarder
from gateway.requestlog import NAME, Answered, RequestLog
from gateway.visit import Visit
from services.kit.browsers import SECURITY
from services.kit.edge import request_id_from, send_problem, traceparent_from
from services.kit.problems import InternalError, NotFound, Problem, Unauthorized

log = logging.getLogger(NAME)
UNLIMITED: Final = frozenset({"/livez", "/readyz", "/metrics"})


class Resource(Protocol):
    """Something open for as long as the server runs."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...


class Front:
    """The ASGI application that the server runs."""

    def __init__(
        self,
        api: FastAPI,
        forwarder: Forwarder,
        resources: Sequence[Resource],
        *,
        tokens: Tokens,
        limits: RateLimits,
        metrics: Metrics,
        refusals: Refusals,
        request_log: RequestLog,
        origins: Sequence[str],
        proxies: Proxies,
        body_deadline_s: float,
    ) -> None:
        """body_deadline_s: how long a body of the gateway's own calls may take."""
        self.api = api
        self.metrics = metrics
        self._forwarder = forwarder
        self._resources = resources
        self._tokens = tokens
        self._limits = limits
        self._refusals = refusals
        self._request_log = request_log
        self._origins = frozenset(origin.encode("ascii") for origin in origins)
        self._proxies = proxies
        self._body_deadline_s = body_deadline_s

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
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = request_id_from(_text(headers, b"x-request-id"))
        trace = traceparent_from(_text(headers, b"traceparent"))
        scope.setdefault("state", {})["request_id"] = request_id
        if self._proxies and (peer := scope.get("client")) is not None:
            scope["client"] = (self._proxies.caller(peer[0], scope["headers"]), peer[1])
        marks = [(b"x-request-id", request_id.encode())] + ([(b"traceparent", trace.encode())] if trace else [])
        own = [*marks, *SECURITY, *cors.answers(headers.get(b"origin"), self._origins)]
        visit = Visit(scope, send, headers, request_id, marks, own)
        upstream = None
        try:
            check_head(scope["http_version"], scope["headers"], headers)
            check_path(scope["raw_path"])
            check_query(scope["query_string"])
            upstream = upstream_of(scope["path"])
            if scope["method"] == "OPTIONS" and self._origins and b"access-control-request-method" in headers:
                await _preflight(visit)
                return
            self._count(visit)
            await self._serve(upstream, visit, receive)
        except Problem as problem:
            visit.refused = problem
            await _refuse(problem, visit)
        except Exception:
            log.exception("unhandled error", extra={"request_id": request_id, "path": scope["path"]})
            await _refuse(InternalError(), visit)
        finally:
            self._record(visit, upstream)

    async def _serve(self, upstream: str | None, visit: Visit, receive: Receive) -> None:
        if upstream is not None:
            await self._forwarder.forward(upstream, visit, receive)
            return
        if not is_own(visit.scope["path"]):
            raise NotFound
        patience = Patience(receive, visit.answer, self._body_deadline_s)
        await self.api(_with_request_id(visit.scope, visit.request_id), patience.receive, patience.send)
        if patience.is_over and not visit.status:
            raise SlowBody

    def _count(self, visit: Visit) -> None:
        """Takes the request from the caller's quota. Raises TooManyRequests."""
        path = visit.scope["path"]
        if path in UNLIMITED:
            return
        kind = kind_of(visit.scope["method"], path)
        if not self._limits.applies_to(kind):
            return
        standing = self._limits.take(kind, self._caller(visit, kind))
        visit.back += standing.headers()
        if not standing.is_allowed:
            raise refusal(standing)

    def _caller(self, visit: Visit, kind: str) -> str:
        """Whose quota it is: the token's subject, or the address of whoever has no good token."""
        authorization = visit.headers.get(b"authorization")
        if kind != "sign_in" and authorization is not None:
            try:
                visit.identified = self._tokens.identify(authorization.decode("latin-1"))
                visit.scope["state"]["subject"] = visit.identified.subject
            except Unauthorized:
                pass  # told to the caller by whoever needs to know who it is
            else:
                return visit.identified.subject
        client = visit.scope.get("client")
        return f"@{client[0]}" if client else "@"

    def _record(self, visit: Visit, upstream: str | None) -> None:
        seconds = time.perf_counter() - visit.started_at
        scope = visit.scope
        route = scope["path"][len(BASE) :].partition("/")[0] if upstream is not None else "-"
        subject = _subject_of(scope)
        if 400 <= visit.status < 500:
            place = f"{upstream}/{route}" if upstream else "gateway"
            self._refusals.note(subject, visit.status, scope["method"], place, visit.request_id, visit.refused)
        self.metrics.count(upstream or "gateway", route, scope["method"], visit.status, seconds)
        if upstream is None and visit.status not in (400, 404, 429):
            return  # the API's own edge has logged it
        self._request_log.note(
            Answered(
                visit.request_id,
                scope["method"],
                scope["path"],
                visit.status,
                round(seconds * 1000, 1),
                subject,
                upstream,
            )
        )


def _subject_of(scope: Scope) -> str | None:
    """Known by the data plane, or by the API's own authentication."""
    caller = scope["state"].get("caller")
    subject: str | None = scope["state"].get("subject") or (caller.subject if caller is not None else None)
    return subject


async def _preflight(visit: Visit) -> None:
    is_allowed = any(name == b"access-control-allow-origin" for name, _ in visit.back)
    headers = cors.preflight() if is_allowed else []
    await visit.answer({"type": "http.response.start", "status": 204, "headers": headers})
    await visit.answer({"type": "http.response.body", "body": b""})


async def _refuse(problem: Problem, visit: Visit) -> None:
    if not visit.status:
        await send_problem(visit.answer, problem, visit.scope["path"], visit.request_id)


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")


def _with_request_id(scope: Scope, request_id: str) -> Scope:
    """The API sees the checked request id only, so that both logs agree."""
    kept = [(name, value) for name, value in scope["headers"] if name != b"x-request-id"]
    return {**scope, "headers": [*kept, (b"x-request-id", request_id.encode())]}
