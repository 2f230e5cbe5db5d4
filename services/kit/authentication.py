"""Inner tokens in, callers out: the only way a service learns who is calling."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import Request

from services.kit.access import Caller, caller_from_claims
from services.kit.clients import PeerUnavailable, fetch_public
from services.kit.clock import Clock
from services.kit.identity import InvalidToken, KeySet, UnknownKey, verify
from services.kit.problems import Unauthorized, Unavailable

INNER_TYP = "iesspr-inner+jwt"
CACHE_SIZE = 2048
# Tokens of unknown keys cannot make a service ask for the keys much more often than this.
REFETCH_S = 0.1


class InnerTokens:
    """Verifies inner tokens for one audience. Verified tokens are remembered until they expire, by their exact text."""

    def __init__(self, jwks_url: str, *, audience: str, clock: Clock, keys: KeySet | None = None) -> None:
        self._jwks_url = jwks_url
        self._audience = audience
        self._clock = clock
        self._keys = keys
        self._fetch_began_at = 0.0
        self._fetching: asyncio.Task[None] | None = None
        self._verified: OrderedDict[str, tuple[float, Caller]] = OrderedDict()

    async def __call__(self, request: Request) -> Caller:
        """The caller of a request. Raises Unauthorized; Unavailable while the gateway's keys cannot be had."""
        known: Caller | None = getattr(request.state, "caller", None)
        if known is None:
            known = request.state.caller = await self.caller(request.headers.get("authorization", ""))
        return known

    def remembered(self, authorization: str) -> Caller | None:
        """The caller of a token verified before and still valid, or None."""
        found = self._verified.get(authorization.removeprefix("Bearer "))
        return found[1] if found is not None and found[0] > self._clock.now().timestamp() else None

    async def caller(self, authorization: str) -> Caller:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized
        remembered = self._verified.get(token)
        if remembered is not None and remembered[0] > self._clock.now().timestamp():
            return remembered[1]
        claims = await self._claims(token)
        caller = caller_from_claims(claims)
        self._verified[token] = (float(claims["exp"]), caller)
        if len(self._verified) > CACHE_SIZE:
            self._verified.popitem(last=False)
        return caller

    async def _claims(self, token: str) -> Mapping[str, Any]:
        """Raises Unauthorized; Unavailable while no keys are known."""
        if self._keys is not None:
            try:
                return self._verify(token, self._keys)
            except UnknownKey as error:
                # A new key of the gateway is unknown until the key set is read again.
                if time.monotonic() - self._fetch_began_at < REFETCH_S and self._fetching is None:
                    raise Unauthorized from error
            except InvalidToken as error:
                raise Unauthorized from error
        keys = await self._newer_keys(time.monotonic())
        if keys is None:
            raise Unavailable
        try:
            return self._verify(token, keys)
        except InvalidToken as error:
            raise Unauthorized from error

    def _verify(self, token: str, keys: KeySet) -> Mapping[str, Any]:
        return verify(token, keys, self._audience, INNER_TYP, self._clock.now()).values

    async def _newer_keys(self, came_at: float) -> KeySet | None:
        """The keys as read by a reading that began after `came_at`; those who wait together share it."""
        if self._fetching is not None:
            await asyncio.shield(self._fetching)
        if self._fetch_began_at < came_at:
            if self._fetching is None:
                self._fetching = asyncio.create_task(self._fetch_keys(), name="verifying-keys")
            await asyncio.shield(self._fetching)
        return self._keys

    async def _fetch_keys(self) -> None:
        self._fetch_began_at = time.monotonic()
        try:
            if self._jwks_url:
                self._keys = KeySet.from_jwks(msgspec.json.decode(await fetch_public(self._jwks_url)))
        except PeerUnavailable:
            return  # the keys that are known stay in use
        finally:
            self._fetching = None
