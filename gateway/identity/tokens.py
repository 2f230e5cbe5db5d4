"""Outer tokens in (who you are), inner tokens out (what you may do, for one service and one minute)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from gateway.grants.access import Access
from gateway.identity.keys import KeyRing
from gateway.problems import TooManyGrants
from services.kit.clock import Clock
from services.kit.identity import (
    INNER_TYPE,
    OUTER_AUDIENCE,
    OUTER_TYPE,
    Claims,
    InvalidToken,
    issue,
    verify,
)
from services.kit.problems import Unauthorized

CHECKED: Final = 10_000
REUSE_MARGIN_S: Final = 30
CHALLENGE: Final = 'Bearer realm="iesspr", error="invalid_token"'


@dataclass(frozen=True, slots=True)
class Identified:
    """Who a verified outer token names. session: None for clients."""

    subject: str
    session: UUID | None
    expires_at: int


class Tokens:
    """Issues and checks tokens. A checked token is remembered by its exact text until it expires."""

    def __init__(self, keys: KeyRing, clock: Clock, *, outer_s: int, inner_s: int) -> None:
        self.keys = keys
        self._clock = clock
        self.outer_s = outer_s
        self.inner_s = inner_s
        self._checked: OrderedDict[str, Identified] = OrderedDict()

    def outer(self, subject: str, kind: str, session: UUID | None) -> str:
        claims: dict[str, Any] = {"sub": subject, "aud": OUTER_AUDIENCE, "kind": kind}
        if session is not None:
            claims["sid"] = str(session)
        return issue(self.keys.signing, claims, OUTER_TYPE, self.outer_s, self._clock.now())

    def identify(self, authorization: str) -> Identified:
        """The subject of an `Authorization` header. Raises Unauthorized for anything but one good outer token."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized
        now = self._clock.now()
        known = self._checked.get(token)
        if known is not None and known.expires_at > now.timestamp():
            return known
        try:
            claims = self._verified(token, now)
            session = claims.get("sid")
            known = Identified(claims.subject, UUID(session) if session is not None else None, claims.expires_at)
        except (InvalidToken, ValueError, TypeError, AttributeError) as error:
            raise Unauthorized(headers={"WWW-Authenticate": CHALLENGE}) from error
        self._remember(token, known)
        return known

    def _verified(self, token: str, now: datetime) -> Claims:
        try:
            return verify(token, self.keys.public, OUTER_AUDIENCE, OUTER_TYPE, now)
        except InvalidToken:
            # Another gateway may have rotated the keys a moment ago; looking at the file's date costs microseconds.
            if not self.take_rotated_keys():
                raise
        return verify(token, self.keys.public, OUTER_AUDIENCE, OUTER_TYPE, now)

    def take_rotated_keys(self) -> bool:
        """True when another gateway has rotated the keys: what the retired one signed is forgotten."""
        if not self.keys.reread():
            return False
        self.forget()
        return True

    def _remember(self, token: str, identified: Identified) -> None:
        self._checked[token] = identified
        if len(self._checked) > CHECKED:
            self._checked.popitem(last=False)

    def forget(self) -> None:
        """After a rotation that retires a key: its tokens must not live on in memory."""
        self._checked.clear()

    def inner(self, access: Access, audience: str) -> str:
        """A token of this access for one service, reused while at least REUSE_MARGIN_S of its life is left."""
        now = self._clock.now().timestamp()
        kept = access.inner_tokens.get(audience)
        if kept is not None and kept[1] - now > min(REUSE_MARGIN_S, self.inner_s / 2):
            return kept[0]
        claims = {
            "sub": access.subject,
            "aud": audience,
            "kind": access.kind,
            "name": access.name,
            "grants": access.as_claims(),
        }
        try:
            token = issue(self.keys.signing, claims, INNER_TYPE, self.inner_s, self._clock.now())
        except ValueError as error:
            raise TooManyGrants from error
        access.inner_tokens[audience] = (token, now + self.inner_s)
        return token

    def service(self, client_id: str, audience: str) -> str:
        """An inner token for a service that calls another one: it may read what services share, everywhere."""
        claims = {
            "sub": client_id,
            "aud": audience,
            "kind": "service",
            "name": client_id,
            "grants": [{"permissions": ["internal:read"], "dependencia": "IESS", "subtree": True}],
        }
        return issue(self.keys.signing, claims, INNER_TYPE, self.inner_s, self._clock.now())
