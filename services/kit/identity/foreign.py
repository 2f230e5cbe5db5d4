"""ID tokens of another OpenID Connect issuer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.kit.identity.claims import MAX_TOKEN_BYTES, InvalidToken, identifier, instant, refusing_whatever_fails
from services.kit.identity.keys import foreign_key
from services.kit.strict import base64url_bytes, json_object

FOREIGN_ALGORITHMS: Final = {"RSA": "RS256", "EC": "ES256"}
FOREIGN_LEEWAY_S: Final = 60


@dataclass(frozen=True, slots=True)
class ForeignClaims:
    """Who another issuer says somebody is."""

    issuer: str
    subject: str


def verify_foreign(
    token: str, jwks: Mapping[str, Any], issuer: str, audience: str, nonce: str, now: datetime
) -> ForeignClaims:
    """The subject of an OpenID Connect ID token. The algorithm is the key's, never the token's.

    Raises InvalidToken for everything but a token of this issuer for this audience and nonce, valid at `now`.
    """
    with refusing_whatever_fails():
        return _verified_foreign(token, jwks, issuer, audience, nonce, int(now.timestamp()))


def _verified_foreign(
    token: str, jwks: Mapping[str, Any], issuer: str, audience: str, nonce: str, now_s: int
) -> ForeignClaims:
    if len(token) > 2 * MAX_TOKEN_BYTES or token.count(".") != 2:
        raise InvalidToken("not a compact JWS")
    header_text, payload_text, signature_text = token.split(".")
    header = json_object(base64url_bytes(header_text))
    if "crit" in header:
        raise InvalidToken("critical header members are not understood")
    candidates = [key for key in jwks["keys"] if key.get("kid") == header.get("kid") and key.get("use", "sig") == "sig"]
    if len(candidates) != 1:
        raise InvalidToken("unknown kid")
    algorithm = FOREIGN_ALGORITHMS.get(candidates[0].get("kty"))
    if algorithm is None or header.get("alg") != algorithm:
        raise InvalidToken("wrong alg for this key")
    key = foreign_key(candidates[0], algorithm)
    if not key.verify(f"{header_text}.{payload_text}".encode("ascii"), base64url_bytes(signature_text)):
        raise InvalidToken("signature does not verify")
    return _checked_foreign(json_object(base64url_bytes(payload_text)), issuer, audience, nonce, now_s)


def _checked_foreign(claims: Mapping[str, Any], issuer: str, audience: str, nonce: str, now_s: int) -> ForeignClaims:
    named = claims.get("aud")
    audiences = [named] if isinstance(named, str) else named
    if claims.get("iss") != issuer or not isinstance(audiences, list) or audience not in audiences:
        raise InvalidToken("wrong issuer or audience")
    # OpenID Connect Core §3.1.3.7: needed with several audiences, and never somebody else where it stands.
    if claims.get("azp", None if len(audiences) > 1 else audience) != audience:
        raise InvalidToken("issued to somebody else")
    if claims.get("nonce") != nonce:
        raise InvalidToken("another nonce")
    if instant(claims, "exp") <= now_s - FOREIGN_LEEWAY_S or instant(claims, "iat") > now_s + FOREIGN_LEEWAY_S:
        raise InvalidToken("expired, or issued in the future")
    if "nbf" in claims and instant(claims, "nbf") > now_s + FOREIGN_LEEWAY_S:
        raise InvalidToken("not valid yet")
    return ForeignClaims(issuer, identifier(claims, "sub"))
