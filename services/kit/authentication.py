"""Inner tokens in, callers out: the only way a service learns who is calling."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import Request

from services.kit.access import Caller, caller_from_claims
from services.kit.clients import PeerUnavailable, fetch_public
from services.kit.clock import Clock
from services.kit.identity import InvalidToken, KeySet, verify
from services.kit.problems import Unauthorized, Unavailable

INNER_TYP = "iesspr-inner+jwt"
CACHE_SIZE = 2048
REFETCH_S = 2.0


class InnerTokens:
    """Verifies inner tokens for one audience. Verified tokens are remembered until they expire, by their exact text."""

    def __init__(self, jwks_url: str, *, audience: str, clock: Clock, keys: KeySet | None = None) -> None:
        self._jwks_url = jwks_url
        self._audience = audience
        self._clock = clock
        self._keys = keys
        self._fetched_at = 0.0
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
        if self._keys is not None:
            try:
                return verify(token, self._keys, self._audience, INNER_TYP, self._clock.now()).values
            except InvalidToken as error:
                # A rotated key looks like a bad token until the key set is read again, at most every REFETCH_S.
                if time.monotonic() - self._fetched_at < REFETCH_S:
                    raise Unauthorized from error
        await self._fetch_keys()
        if self._keys is None:
            raise Unavailable
        try:
            return verify(token, self._keys, self._audience, INNER_TYP, self._clock.now()).values
        except InvalidToken as error:
            raise Unauthorized from error

    async def _fetch_keys(self) -> None:
        if not self._jwks_url:
            return
        self._fetched_at = time.monotonic()
        try:
            self._keys = KeySet.from_jwks(msgspec.json.decode(await fetch_public(self._jwks_url)))
        except PeerUnavailable:
            return  # the keys that are known stay in use
