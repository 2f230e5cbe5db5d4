"""Plain ASGI on aiohttp: one request in, one request out, streaming both ways under one total deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import aiohttp
from multidict import CIMultiDict
from starlette.types import Receive, Scope, Send
from yarl import URL

from gateway.grants.access import AccessBook
from gateway.identity.tokens import Tokens
from gateway.problems import SlowBody, UpstreamDown
from gateway.proxy.body import Body, CallerGone
from gateway.proxy.headers import towards_caller, towards_service
from gateway.proxy.upstream import Upstream
from services.kit.problems import GatewayTimeout, MethodNotAllowed, Unauthorized

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PUBLIC: Final = "/api/v1/public/"
WHOLE: Final = 256 * 1024


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

    async def forward(
        self, name: str, scope: Scope, receive: Receive, send: Send, marks: list[tuple[str, str]]
    ) -> None:
        """Answers through `send`. marks: headers for the service (request id, trace). Raises Problem before the start.

        When a service breaks off after the start, returns without completing: the server then cuts the connection, so
        that nobody takes half a body for a whole one.
        """
        if scope["method"] not in METHODS:
            raise MethodNotAllowed(headers={"Allow": ", ".join(sorted(METHODS))})
        headers: dict[bytes, bytes] = dict(scope["headers"])
        body = Body(headers, receive, limit=self._limits.body_bytes)
        is_large = body.expected and not body.is_small
        answer = Answer(send, is_head=scope["method"] == "HEAD")
        try:
            async with asyncio.timeout(self._limits.upload_deadline_s if is_large else self._limits.deadline_s):
                token = await self._inner_token(scope, headers, name)
                sent = CIMultiDict([*towards_service(scope["headers"]), *marks])
                if token is not None:
                    sent["Authorization"] = f"Bearer {token}"
                upstream = self._upstreams[name]
                await upstream.enter()
                try:
                    await self._exchange(upstream, scope, sent, body, answer)
                finally:
                    upstream.leave()
        except TimeoutError as error:
            if answer.started:
                return
            raise (GatewayTimeout() if body.complete or not body.expected else SlowBody()) from error
        except CallerGone:
            return

    async def _inner_token(self, scope: Scope, headers: Mapping[bytes, bytes], audience: str) -> str | None:
        authorization = headers.get(b"authorization")
        if authorization is None:
            if scope["path"].startswith(PUBLIC):
                return None
            raise Unauthorized
        if sum(name == b"authorization" for name, _ in scope["headers"]) > 1:
            raise Unauthorized
        identified = self._tokens.identify(authorization.decode("latin-1"))
        access = await self._access.current(identified.subject, identified.session)
        scope["state"]["subject"] = access.subject
        return self._tokens.inner(access, audience)

    async def _exchange(
        self, upstream: Upstream, scope: Scope, headers: CIMultiDict[str], body: Body, answer: Answer
    ) -> None:
        try:
            data: Any = None
            if body.expected:
                data = await body.whole() if body.is_small else body.chunks()
                if body.length is not None and not body.is_small:
                    headers["Content-Length"] = str(body.length)
            async with upstream.session.request(
                scope["method"],
                _url(upstream.url, scope["raw_path"], scope["query_string"]),
                headers=headers,
                data=data,
                allow_redirects=False,
            ) as response:
                await answer.relay(response)
        except (aiohttp.ClientError, OSError) as error:
            if body.trouble is not None:
                raise body.trouble from error
            upstream.failed()
            if answer.started:
                return
            raise UpstreamDown from error
        except TimeoutError:
            upstream.failed()
            raise
        upstream.succeeded()


class Answer:
    """A service's answer on its way back."""

    def __init__(self, send: Send, *, is_head: bool) -> None:
        self._send = send
        self._is_head = is_head
        self.started = False

    async def relay(self, response: aiohttp.ClientResponse) -> None:
        length = response.content_length
        if length is not None and length <= WHOLE and not self._is_head:
            # Read before the start: a service that breaks off then still gives a clean 503.
            body = await response.read()
            await self._start(response)
            await self._send({"type": "http.response.body", "body": body})
            return
        await self._start(response)
        async for chunk in response.content.iter_any():
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        await self._send({"type": "http.response.body", "body": b""})

    async def _start(self, response: aiohttp.ClientResponse) -> None:
        self.started = True
        headers = towards_caller(response.raw_headers)
        await self._send({"type": "http.response.start", "status": response.status, "headers": headers})


@lru_cache(2048)
def _url(base: str, path: bytes, query: bytes) -> URL:
    """encoded=True: the path goes on byte for byte as it was checked. Remembered: parsing costs, addresses repeat."""
    target = base + path.decode("ascii")
    return URL(f"{target}?{query.decode('ascii')}" if query else target, encoded=True)
