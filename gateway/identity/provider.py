"""The institution's OpenID Connect provider: discovery, keys and the exchange of codes.

Keys are kept: sign-ins that are under way go on when the provider's key document cannot be had for a while.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import aiohttp

from gateway.problems import ForeignTokenRefused, ProviderUnavailable
from services.kit.identity import ForeignClaims, InvalidToken, verify_foreign
from services.kit.strict import json_object

DEADLINE_S: Final = 5.0
FRESH_S: Final = 3_600.0
REFETCH_S: Final = 10.0
MAX_DOCUMENT: Final = 256 * 1024
SCOPES: Final = "openid"


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str


class Provider:
    """One provider, found by its issuer (`<issuer>/.well-known/openid-configuration`)."""

    def __init__(self, settings: ProviderSettings) -> None:
        self.settings = settings
        self._configuration: dict[str, Any] | None = None
        self._configured_at = 0.0
        self._keys: dict[str, Any] | None = None
        self._keys_at = 0.0
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=DEADLINE_S), trust_env=False
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def authorization_url(self, state: str, nonce: str, challenge: str) -> str:
        """Where the browser goes. Raises ProviderUnavailable."""
        endpoint = (await self._discovered())["authorization_endpoint"]
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.settings.redirect_uri,
            "scope": SCOPES,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    async def identity(self, code: str, verifier: str, nonce: str, now: datetime) -> ForeignClaims:
        """Who the code stands for. Raises ProviderUnavailable, ForeignTokenRefused."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.settings.redirect_uri,
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret,
            "code_verifier": verifier,
        }
        answer = await self._fetch("POST", (await self._discovered())["token_endpoint"], data=form)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ForeignTokenRefused
        try:
            return await self._verified(token, nonce, now)
        except InvalidToken as error:
            raise ForeignTokenRefused from error

    async def _verified(self, token: str, nonce: str, now: datetime) -> ForeignClaims:
        issuer, audience = self.settings.issuer, self.settings.client_id
        try:
            return verify_foreign(token, await self._known_keys(), issuer, audience, nonce, now)
        except InvalidToken:
            # The provider may have rotated its keys since they were read; asked again at most every REFETCH_S.
            if time.monotonic() - self._keys_at < REFETCH_S:
                raise
        await self._read_keys()
        return verify_foreign(token, await self._known_keys(), issuer, audience, nonce, now)

    async def _known_keys(self) -> dict[str, Any]:
        if self._keys is None or time.monotonic() - self._keys_at > FRESH_S:
            await self._read_keys()
        if self._keys is None:
            raise ProviderUnavailable
        return self._keys

    async def _read_keys(self) -> None:
        """Keeps the keys that are known when new ones cannot be had."""
        self._keys_at = time.monotonic()
        try:
            found = await self._fetch("GET", (await self._discovered())["jwks_uri"])
            self._keys = {"keys": _key_documents(found)}
        except ProviderUnavailable:
            if self._keys is None:
                raise

    async def _discovered(self) -> dict[str, Any]:
        if self._configuration is None or time.monotonic() - self._configured_at > FRESH_S:
            try:
                found = await self._fetch("GET", f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
            except ProviderUnavailable:
                if self._configuration is None:
                    raise
                return self._configuration
            endpoints = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if found.get("issuer") != self.settings.issuer or not all(_is_address(found.get(e)) for e in endpoints):
                raise ProviderUnavailable
            self._configuration, self._configured_at = found, time.monotonic()
        return self._configuration

    async def _fetch(self, method: str, url: str, **rest: Any) -> dict[str, Any]:
        if self._session is None:
            raise RuntimeError("the provider is not open")
        try:
            async with (
                asyncio.timeout(DEADLINE_S),
                self._session.request(method, url, allow_redirects=False, **rest) as answer,
            ):
                body = await _whole(answer.content)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise ProviderUnavailable from error
        if 400 <= answer.status < 500 and method == "POST":
            raise ForeignTokenRefused
        if answer.status != 200:
            raise ProviderUnavailable
        try:
            return json_object(body)
        except ValueError as error:
            raise ProviderUnavailable from error


def _key_documents(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The keys of a key document, leaving out what is none: one odd entry must not hide the others.

    Raises ProviderUnavailable when nothing is left: a page of maintenance that says 200.
    """
    listed = found.get("keys")
    keys = [key for key in listed if isinstance(key, dict)] if isinstance(listed, list) else []
    if not keys:
        raise ProviderUnavailable
    return keys


def _is_address(value: Any) -> bool:
    """Whether it is a web address. One that is not would otherwise be kept, and fail every sign-in, for FRESH_S."""
    try:
        parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
        return parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a bracket without its end, a port beyond 65535
        return False


async def _whole(content: aiohttp.StreamReader) -> bytes:
    """The body to its end, however many pieces it comes in. Raises ProviderUnavailable beyond MAX_DOCUMENT."""
    body = bytearray()
    async for piece in content.iter_any():
        body += piece
        if len(body) > MAX_DOCUMENT:
            raise ProviderUnavailable
    return bytes(body)
