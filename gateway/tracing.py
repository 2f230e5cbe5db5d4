"""The gateway's spans: the request as its caller made it, and the part of it that a service answered.

Classes of their own, so that nothing is added to a request while traces are off.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from opentelemetry import propagate, trace
from starlette.types import Message, Receive, Scope, Send

from gateway.front import Front
from gateway.paths import BASE, OWN_PATHS, ROUTES
from gateway.proxy.forwarder import Forwarder
from gateway.visit import Visit
from services.kit.telemetry import Telemetry, carried
from services.kit.whole import without_sender

HEADER = b"traceparent"


class TracedFront(Front):
    """The front with a server span around every request. The caller's own trace is continued."""

    def __init__(self, *parts: Any, telemetry: Telemetry, paths: Iterable[str], **rest: Any) -> None:
        """paths: of the gateway's own calls; spans are named by the first segment of known addresses only."""
        super().__init__(*parts, **rest)
        self._telemetry = telemetry
        own = {path[len(BASE) :].partition("/")[0] for path in paths if path.startswith(BASE)}
        self._known = frozenset(BASE + first for first in own | ROUTES.keys())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        sent = [value for name, value in scope["headers"] if name == HEADER]
        parent = propagate.extract({"traceparent": sent[0].decode("latin-1")} if len(sent) == 1 else {})
        method, route = scope["method"], self._route(scope["path"])
        attributes = {"http.request.method": method, "http.route": route, "url.scheme": scope.get("scheme", "http")}
        span = self._telemetry.tracer.start_span(
            f"{method} {route}", parent, kind=trace.SpanKind.SERVER, attributes=attributes
        )

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                span.set_attribute("http.response.status_code", message["status"])
                if message["status"] >= 500:
                    span.set_status(trace.StatusCode.ERROR)
                # The caller gets its own header back, as without traces.
                kept = [(name, value) for name, value in message.get("headers", ()) if name.lower() != HEADER]
                message["headers"] = kept + [(HEADER, value) for value in sent]
            await send(message)

        with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            await super().__call__({**without_sender(scope), "headers": _continued(scope)}, receive, answer)

    def _route(self, path: str) -> str:
        """The rest of an address may hold what a caller typed, a name for instance."""
        if path in OWN_PATHS:
            return path
        known = BASE + path[len(BASE) :].partition("/")[0] if path.startswith(BASE) else ""
        return known if known in self._known else "-"


class TracedForwarder(Forwarder):
    """A client span around what a service does with a request; the service continues it."""

    def __init__(self, *parts: Any, telemetry: Telemetry) -> None:
        super().__init__(*parts)
        self._telemetry = telemetry

    async def forward(self, name: str, visit: Visit, receive: Receive) -> None:
        with self._telemetry.tracer.start_as_current_span(
            f"{name} {visit.scope['method']}",
            kind=trace.SpanKind.CLIENT,
            attributes={"http.request.method": visit.scope["method"], "peer.service": f"iesspr-{name}"},
            record_exception=False,
            set_status_on_exception=True,
        ):
            own = [mark for mark in visit.marks if mark[0] != HEADER]
            visit.marks = own + [(HEADER, value.encode()) for name, value in carried().items() if name == "traceparent"]
            await super().forward(name, visit, receive)


def _continued(scope: Scope) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in scope["headers"] if name != HEADER]
    return kept + [(name.encode(), value.encode()) for name, value in carried().items()]
