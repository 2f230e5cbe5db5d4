"""Tokens that the gateway signs and every service verifies: ES256 JWTs.

The compact form is taken apart here, because jose accepts spellings (padding, duplicate members, `alg` from the token)
that a strict reader must refuse, and lets errors such as RecursionError escape its JWTError.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.kit.identity.claims import (
    MAX_TOKEN_BYTES,
    InvalidToken,
    UnknownKey,
    identifier,
    instant,
    refusing_whatever_fails,
)
from services.kit.identity.keys import ALGORITHM, COORDINATE_BYTES, ORDER, KeySet, SigningKey
from services.kit.strict import base64url, base64url_bytes, json_object

ISSUER: Final = "iesspr-gateway"
OUTER_TYPE: Final = "at+jwt"
OUTER_AUDIENCE: Final = "iesspr-api"
INNER_TYPE: Final = "iesspr-inner+jwt"
IAT_LEEWAY_S: Final = 5
_HEADER_MEMBERS: Final = {"alg", "kid", "typ"}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says; `values` holds every claim, the registered ones included."""

    subject: str
    issuer: str
    audience: str
    issued_at: int
    expires_at: int
    token_id: str
    key_id: str
    values: Mapping[str, Any]

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)


def issue(key: SigningKey, claims: Mapping[str, Any], typ: str, lifetime_s: int, now: datetime | None = None) -> str:
    """A signed token. claims: at least `sub` and `aud`; `iss`, `iat`, `exp` and `jti` are set here.

    Raises ValueError when the token would be longer than a verifier accepts.
    """
    issued_at = int((now or datetime.now().astimezone()).timestamp())
    payload = {
        **claims,
        "iss": ISSUER,
        "iat": issued_at,
        "exp": issued_at + lifetime_s,
        "jti": secrets.token_urlsafe(16),
    }
    signed = f"{_encode({'alg': ALGORITHM, 'kid': key.kid, 'typ': typ})}.{_encode(payload)}"
    token = f"{signed}.{base64url(key.sign(signed.encode('ascii')))}"
    if len(token) > MAX_TOKEN_BYTES:
        raise ValueError(f"the token has {len(token)} bytes; at most {MAX_TOKEN_BYTES} are accepted")
    return token


def verify(token: str, keys: KeySet, audience: str, typ: str, now: datetime) -> Claims:
    """The claims of a token that the gateway signed for this audience and that is valid at `now`.

    Raises InvalidToken for everything else, whatever goes wrong inside.
    """
    with refusing_whatever_fails():
        return _verified(token, keys, audience, typ, int(now.timestamp()))


def _verified(token: str, keys: KeySet, audience: str, typ: str, now_s: int) -> Claims:
    if len(token) > MAX_TOKEN_BYTES:
        raise InvalidToken("longer than 8 KiB")
    if not token.isascii() or token.count(".") != 2:
        raise InvalidToken("not a compact JWS")
    header_text, payload_text, signature_text = token.split(".")
    kid = _checked_header(json_object(base64url_bytes(header_text)), typ)
    key = keys.key(kid)
    if key is None:
        raise UnknownKey("unknown kid")
    signature = base64url_bytes(signature_text)
    if len(signature) != 2 * COORDINATE_BYTES:
        raise InvalidToken("signature has another length")
    if int.from_bytes(signature[COORDINATE_BYTES:], "big") > ORDER // 2:
        raise InvalidToken("signature is not in its low-s form")
    if not key.verify(f"{header_text}.{payload_text}".encode("ascii"), signature):
        raise InvalidToken("signature does not verify")
    return _checked_claims(json_object(base64url_bytes(payload_text)), kid, audience, now_s)


def _checked_header(header: Mapping[str, Any], typ: str) -> str:
    if header.keys() != _HEADER_MEMBERS:
        raise InvalidToken("header has other members than alg, kid and typ")
    if header["alg"] != ALGORITHM or header["typ"] != typ:
        raise InvalidToken("wrong alg or typ")
    return identifier(header, "kid")


def _checked_claims(claims: Mapping[str, Any], kid: str, audience: str, now_s: int) -> Claims:
    issued_at, expires_at = instant(claims, "iat"), instant(claims, "exp")
    if identifier(claims, "iss") != ISSUER or identifier(claims, "aud") != audience:
        raise InvalidToken("wrong issuer or audience")
    if expires_at <= now_s or expires_at <= issued_at:
        raise InvalidToken("expired")
    if issued_at > now_s + IAT_LEEWAY_S:
        raise InvalidToken("issued in the future")
    if "nbf" in claims and instant(claims, "nbf") > now_s:
        raise InvalidToken("not valid yet")
    return Claims(
        subject=identifier(claims, "sub"),
        issuer=ISSUER,
        audience=audience,
        issued_at=issued_at,
        expires_at=expires_at,
        token_id=identifier(claims, "jti"),
        key_id=kid,
        values=claims,
    )


def _encode(members: Mapping[str, Any]) -> str:
    return base64url(json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode("utf-8"))
