"""Plain ASGI in, one line to a service out: one request, one answer, streaming both ways under one total deadline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.types import Receive, Scope

from gateway.grants.access import AccessBook
from gateway.identity.tokens import Tokens
from gateway.problems import SlowBody, UpstreamDown
from gateway.proxy.body import Body, CallerGone
from gateway.proxy.deadline import Deadline
from gateway.proxy.exchange import Answer, Exchange
from gateway.proxy.headers import towards_service
from gateway.proxy.line import Broken
from gateway.proxy.request import head_of
from gateway.proxy.upstream import Upstream
from gateway.visit import Visit
from services.kit.problems import GatewayTimeout, MethodNotAllowed, Unauthorized

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PUBLIC: Final = "/api/v1/public/"
Marks = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of a body; seconds for a request with a small body and for one with a large body."""

    body_bytes: int
    deadline_s: float
    upload_deadline_s: float


class Forwarder:
    """Authenticates a request and forwards it to its service."""

    def __init__(self, upstreams: Mapping[str, Upstream], tokens: Tokens, access: AccessBook, limits: Limits) -> None:
        self._upstreams = upstreams
        self._tokens = tokens
        self._access = access
        self._limits = limits

    async def forward(self, name: str, visit: Visit, receive: Receive) -> None:
        """Answers through the visit, telling the service its marks. Raises Problem before the start.

        When a service breaks off after the start, returns without completing: the server then cuts the connection, so
        that nobody takes half a body for a whole one.
        """
        scope = visit.scope
        if scope["method"] not in METHODS:
            raise MethodNotAllowed(headers={"Allow": ", ".join(sorted(METHODS))})
        body = Body(visit.headers, receive, limit=self._limits.body_bytes)
        is_large = body.expected and not body.is_small
        answer = Answer(visit.answer, visit.relay)
        is_asked = False
        try:
            with Deadline(self._limits.upload_deadline_s if is_large else self._limits.deadline_s):
                token = await self._inner_token(visit, name)
                sent = towards_service(scope["headers"]) + visit.marks
                if token is not None:
                    sent.append((b"authorization", b"Bearer " + token.encode("ascii")))
                upstream = self._upstreams[name]
                await upstream.enter()
                is_asked = True
                try:
                    await self._exchange(upstream, scope, sent, body, answer)
                finally:
                    upstream.leave()
        except TimeoutError as error:
            if answer.started:
                return
            if body.expected and not body.complete:
                raise SlowBody from error
            if is_asked:
                self._upstreams[name].circuit.failed()
            raise GatewayTimeout from error
        except CallerGone:
            return

    async def _inner_token(self, visit: Visit, audience: str) -> str | None:
        authorization = visit.headers.get(b"authorization")
        if authorization is None:
            if visit.scope["path"].startswith(PUBLIC):
                return None
            raise Unauthorized
        identified = visit.identified or self._tokens.identify(authorization.decode("latin-1"))
        # Before the account's state is known: a refusal names whoever was refused.
        visit.scope["state"]["subject"] = identified.subject
        access = await self._access.current(identified.subject, identified.session)
        return self._tokens.inner(access, audience)

    async def _exchange(self, upstream: Upstream, scope: Scope, headers: Marks, body: Body, answer: Answer) -> None:
        head = head_of(scope, upstream.authority, upstream.base, headers, body)
        try:
            await Exchange(upstream, scope["method"], head, body).run(answer)
        except Broken as error:
            if body.trouble is not None:
                raise body.trouble from error
            upstream.circuit.failed()
            if answer.started:
                return
            raise UpstreamDown from error
        upstream.circuit.succeeded()
