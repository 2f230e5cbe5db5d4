"""Calls from one service to another. The only importer of httpx.

httpx's time-outs are per read: a peer that drips one byte a second never times out. Every call here has a total
deadline. Only safe calls are retried, and only here, so that retries never multiply.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from services.kit.telemetry import carried

CONNECT_S = 1.0
ATTEMPTS = 3
TOKEN_MARGIN_S = 15


class PeerUnavailable(Exception):
    """The other service could not be reached, took too long, or answered 5xx."""


class PeerRefused(Exception):
    """The other service answered 4xx."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.body = body
        super().__init__(f"peer answered {status}: {body[:200]!r}")


class ServiceClient:
    """Calls one peer as this service. audience: the peer's name; tokens come from the gateway and are reused."""

    def __init__(self, base_url: str, *, audience: str, gateway_url: str, client_id: str, client_secret: str) -> None:
        self.audience = audience
        self._gateway_url = gateway_url
        self._credentials = {"client_id": client_id, "client_secret": client_secret, "audience": audience}
        self._http = httpx.AsyncClient(
            base_url=base_url,
            timeout=httpx.Timeout(30.0, connect=CONNECT_S),
            limits=httpx.Limits(max_connections=16, keepalive_expiry=4),
            trust_env=False,
        )
        self._token = ""
        self._token_until = 0.0

    async def close(self) -> None:
        await self._http.aclose()

    async def get(
        self,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        deadline_s: float = 5.0,
        attempts: int = ATTEMPTS,
    ) -> Any:
        """The decoded JSON of a GET. Raises PeerUnavailable or PeerRefused."""
        body = await self._retried("GET", path, params=params, deadline_s=deadline_s, attempts=attempts)
        return msgspec.json.decode(body)

    async def post(
        self, path: str, document: Any, *, idempotency_key: str | None = None, deadline_s: float = 10.0
    ) -> Any:
        """The decoded JSON of a POST; retried only when an idempotency key makes that harmless."""
        headers = {"Content-Type": "application/json"}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        body = await self._retried(
            "POST", path, content=msgspec.json.encode(document), headers=headers, deadline_s=deadline_s,
            attempts=ATTEMPTS if idempotency_key is not None else 1,
        )  # fmt: skip
        return msgspec.json.decode(body) if body else None

    async def _retried(self, method: str, path: str, *, deadline_s: float, attempts: int, **rest: Any) -> bytes:
        try:
            async with asyncio.timeout(deadline_s):
                for attempt in range(1, attempts + 1):
                    try:
                        return await self._once(method, path, **rest)
                    except PeerUnavailable:
                        if attempt == attempts:
                            raise
                        await asyncio.sleep(0.1 * 2**attempt)
        except TimeoutError as error:
            raise PeerUnavailable(f"{self.audience} did not answer within {deadline_s} s") from error
        raise PeerUnavailable(f"{self.audience}: no attempt was made")

    async def _once(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **rest: Any) -> bytes:
        sent = {**(headers or {}), **carried(), "Authorization": f"Bearer {await self._bearer()}"}
        try:
            response = await self._http.request(method, path, headers=sent, **rest)
        except httpx.HTTPError as error:
            raise PeerUnavailable(f"{self.audience}: {type(error).__name__}") from error
        if response.status_code >= 500 or response.status_code == 429:
            raise PeerUnavailable(f"{self.audience} answered {response.status_code}")
        if response.status_code >= 400:
            if response.status_code == 401:
                self._token_until = 0.0
            raise PeerRefused(response.status_code, response.content)
        return response.content

    async def _bearer(self) -> str:
        if time.monotonic() < self._token_until:
            return self._token
        try:
            response = await self._http.post(f"{self._gateway_url}/internal/service-token", json=self._credentials)
        except httpx.HTTPError as error:
            raise PeerUnavailable(f"gateway: {type(error).__name__}") from error
        if response.status_code != 200:
            raise PeerUnavailable(f"gateway gave no service token: {response.status_code}")
        granted = response.json()
        self._token = granted["access_token"]
        self._token_until = time.monotonic() + granted["expires_in"] - TOKEN_MARGIN_S
        return self._token


async def fetch_public(url: str, *, deadline_s: float = 3.0) -> bytes:
    """A document that needs no token, such as the gateway's public keys. Raises PeerUnavailable."""
    try:
        async with (
            asyncio.timeout(deadline_s),
            httpx.AsyncClient(timeout=deadline_s, trust_env=False) as http,
        ):
            response = await http.get(url)
    except (httpx.HTTPError, TimeoutError) as error:
        raise PeerUnavailable(f"{url}: {type(error).__name__}") from error
    if response.status_code != 200:
        raise PeerUnavailable(f"{url} answered {response.status_code}")
    return response.content


async def post_as_service(url: str, document: Any, *, deadline_s: float = 5.0) -> Any:
    """The decoded answer of a POST that carries its own credentials, such as the gateway's internal calls.

    Raises PeerUnavailable or PeerRefused.
    """
    try:
        async with (
            asyncio.timeout(deadline_s),
            httpx.AsyncClient(timeout=deadline_s, trust_env=False) as http,
        ):
            response = await http.post(url, json=document)
    except (httpx.HTTPError, TimeoutError) as error:
        raise PeerUnavailable(f"{url}: {type(error).__name__}") from error
    if response.status_code >= 500:
        raise PeerUnavailable(f"{url} answered {response.status_code}")
    if response.status_code >= 400:
        raise PeerRefused(response.status_code, response.content)
    return msgspec.json.decode(response.content)
