"""The gateway's own calls to a service: as itself, with a token it signs for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import msgspec

from gateway.identity.tokens import Tokens
from gateway.proxy.upstream import Upstream
from services.kit.clients import PeerRefused, PeerUnavailable

CLIENT_ID: Final = "svc-gateway"


class Peer:
    """Reads from one service. Fits what the kit's replica asks of a client."""

    def __init__(self, upstream: Upstream, tokens: Tokens) -> None:
        self.name = upstream.name
        self.upstream = upstream
        self._tokens = tokens

    async def get(
        self, path: str, *, params: Mapping[str, Any] | None = None, deadline_s: float = 5.0, attempts: int = 3
    ) -> Any:
        """The decoded JSON of a GET. Raises PeerUnavailable, PeerRefused."""
        return msgspec.json.decode(await self.get_bytes(path, params=params, deadline_s=deadline_s, attempts=attempts))

    async def get_bytes(
        self, path: str, *, params: Mapping[str, Any] | None = None, deadline_s: float = 5.0, attempts: int = 3
    ) -> bytes:
        try:
            async with asyncio.timeout(deadline_s):
                return await self._retried(path, params or {}, attempts)
        except TimeoutError as error:
            raise PeerUnavailable(f"{self.name} did not answer within {deadline_s} s") from error

    async def _retried(self, path: str, params: Mapping[str, Any], attempts: int) -> bytes:
        for attempt in range(1, attempts):
            try:
                return await self._once(path, params)
            except PeerUnavailable:
                await asyncio.sleep(0.1 * 2**attempt)
        return await self._once(path, params)

    async def _once(self, path: str, params: Mapping[str, Any]) -> bytes:
        headers = {"Authorization": f"Bearer {self._tokens.service(CLIENT_ID, self.name)}"}
        sent = {name: str(value) for name, value in params.items()}
        try:
            async with self.upstream.session.get(self.upstream.url + path, params=sent, headers=headers) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, OSError) as error:
            raise PeerUnavailable(f"{self.name}: {type(error).__name__}") from error
        if answer.status >= 500 or answer.status == 429:
            raise PeerUnavailable(f"{self.name} answered {answer.status}")
        if answer.status >= 400:
            raise PeerRefused(answer.status, body)
        return body
