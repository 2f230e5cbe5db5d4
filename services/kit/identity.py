"""Signed tokens: the one module that imports jose.

Every token of the platform is an ES256 JWT that the gateway signed. jose is used for its key objects only;
the compact form is taken apart here, because jose accepts spellings (padding, duplicate members, `alg` from
the token) that a strict reader must refuse, and lets errors such as RecursionError escape its JWTError.
"""

import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self, cast

from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk

from services.kit.strict import base64url, base64url_bytes, json_object

ALGORITHM: Final = "ES256"
ISSUER: Final = "iesspr-gateway"
OUTER_TYPE: Final = "at+jwt"
OUTER_AUDIENCE: Final = "iesspr-api"
INNER_TYPE: Final = "iesspr-inner+jwt"

MAX_TOKEN_BYTES: Final = 8 * 1024
MAX_IDENTIFIER: Final = 256
IAT_LEEWAY_S: Final = 5
_HEADER_MEMBERS: Final = {"alg", "kid", "typ"}
_PUBLIC_MEMBERS: Final = {"kty", "crv", "x", "y", "kid", "alg", "use"}
_COORDINATE_BYTES: Final = 32
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class InvalidToken(Exception):
    """The token is not one of ours, not for this audience, or not valid now. The reason is for logs only."""


class InvalidKeySet(ValueError):
    """A key document holds something other than well-formed P-256 keys."""


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


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private P-256 key; `kid` is its RFC 7638 thumbprint, so a key cannot change under its name."""

    kid: str
    _key: Any

    @classmethod
    def generate(cls) -> Self:
        return cls._from_private(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_jwk(cls, document: Mapping[str, Any]) -> Self:
        """Raises InvalidKeySet unless the document is a private P-256 JWK whose point fits its scalar."""
        scalar = int.from_bytes(_coordinate(document, "d"), "big")
        if not 0 < scalar < _ORDER:
            raise InvalidKeySet("d is out of range")
        key = cls._from_private(ec.derive_private_key(scalar, ec.SECP256R1()))
        public = _public_members(document, extra={"d"})
        if (public["x"], public["y"]) != (key.public_jwk()["x"], key.public_jwk()["y"]):
            raise InvalidKeySet("the public point does not belong to d")
        if document.get("kid", key.kid) != key.kid:
            raise InvalidKeySet("kid is not the key's thumbprint")
        return key

    @classmethod
    def _from_private(cls, private: ec.EllipticCurvePrivateKey) -> Self:
        key = _jose_key(private)
        return cls(_thumbprint(key.public_key().to_dict()), key)

    @staticmethod
    def load(path: Path) -> "SigningKey":
        """The key that signs: the first of the file."""
        return load_signing_keys(path)[0]

    def save(self, path: Path) -> None:
        save_signing_keys(path, [self])

    def public_jwk(self) -> dict[str, str]:
        return {**self._key.public_key().to_dict(), "kid": self.kid, "use": "sig"}

    def private_jwk(self) -> dict[str, str]:
        return {**self._key.to_dict(), "kid": self.kid, "use": "sig"}

    def sign(self, message: bytes) -> bytes:
        """r ‖ s with the low s of the two that verify, so that a token has exactly one spelling."""
        signature = cast(bytes, self._key.sign(message))
        s = int.from_bytes(signature[_COORDINATE_BYTES:], "big")
        return signature[:_COORDINATE_BYTES] + min(s, _ORDER - s).to_bytes(_COORDINATE_BYTES, "big")


def load_signing_keys(path: Path) -> list[SigningKey]:
    """Private keys of a JWK set file, the signing one first. Raises InvalidKeySet, OSError."""
    document = json_object(path.read_bytes())
    entries = document.get("keys")
    if not isinstance(entries, list) or not entries:
        raise InvalidKeySet(f"{path.name} holds no keys")
    return [SigningKey.from_jwk(_object(entry)) for entry in entries]


def save_signing_keys(path: Path, keys: Iterable[SigningKey]) -> None:
    """Writes the JWK set with mode 0600 in one step: a reader sees the old file or the new one."""
    text = json.dumps({"keys": [key.private_jwk() for key in keys]}, indent=1)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


@dataclass(frozen=True, slots=True)
class KeySet:
    """Public keys by kid, as prebuilt objects: nothing in a token ever decides how it is verified."""

    _keys: Mapping[str, Any]

    @classmethod
    def of(cls, keys: Iterable[SigningKey]) -> Self:
        return cls({key.kid: key._key.public_key() for key in keys})

    @classmethod
    def from_jwks(cls, document: Mapping[str, Any]) -> Self:
        """Raises InvalidKeySet when any key is not a public P-256 signing key with a kid."""
        entries = document.get("keys")
        if not isinstance(entries, list):
            raise InvalidKeySet("keys is not a list")
        built: dict[str, Any] = {}
        for entry in entries:
            members = _public_members(_object(entry), extra=set())
            kid = members.get("kid")
            if not isinstance(kid, str) or not kid or kid in built:
                raise InvalidKeySet("every key needs a kid of its own")
            built[kid] = _public_key(members)
        return cls(built)

    def to_jwks(self) -> dict[str, list[dict[str, str]]]:
        return {"keys": [{**key.to_dict(), "kid": kid, "use": "sig"} for kid, key in self._keys.items()]}

    def __contains__(self, kid: object) -> bool:
        return isinstance(kid, str) and kid in self._keys

    def key(self, kid: str) -> Any:
        return self._keys.get(kid)


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

    Raises InvalidToken for everything else, whatever goes wrong inside: a verifier that can be made to
    raise something unexpected turns an attack into a 500, or worse into a handler that lets it through.
    """
    try:
        return _verified(token, keys, audience, typ, int(now.timestamp()))
    except InvalidToken:
        raise
    except Exception as error:  # deliberately everything, see the docstring
        raise InvalidToken(f"{type(error).__name__}") from error


def _verified(token: str, keys: KeySet, audience: str, typ: str, now_s: int) -> Claims:
    if len(token) > MAX_TOKEN_BYTES:
        raise InvalidToken("longer than 8 KiB")
    if not token.isascii() or token.count(".") != 2:
        raise InvalidToken("not a compact JWS")
    header_text, payload_text, signature_text = token.split(".")
    kid = _checked_header(json_object(base64url_bytes(header_text)), typ)
    key = keys.key(kid)
    if key is None:
        raise InvalidToken("unknown kid")
    signature = base64url_bytes(signature_text)
    if len(signature) != 2 * _COORDINATE_BYTES:
        raise InvalidToken("signature has another length")
    if int.from_bytes(signature[_COORDINATE_BYTES:], "big") > _ORDER // 2:
        raise InvalidToken("signature is not in its low-s form")
    if not key.verify(f"{header_text}.{payload_text}".encode("ascii"), signature):
        raise InvalidToken("signature does not verify")
    return _checked_claims(json_object(base64url_bytes(payload_text)), kid, audience, now_s)


def _checked_header(header: Mapping[str, Any], typ: str) -> str:
    if header.keys() != _HEADER_MEMBERS:
        raise InvalidToken("header has other members than alg, kid and typ")
    if header["alg"] != ALGORITHM or header["typ"] != typ:
        raise InvalidToken("wrong alg or typ")
    return _identifier(header, "kid")


def _checked_claims(claims: Mapping[str, Any], kid: str, audience: str, now_s: int) -> Claims:
    issued_at, expires_at = _instant(claims, "iat"), _instant(claims, "exp")
    if _identifier(claims, "iss") != ISSUER or _identifier(claims, "aud") != audience:
        raise InvalidToken("wrong issuer or audience")
    if expires_at <= now_s or expires_at <= issued_at:
        raise InvalidToken("expired")
    if issued_at > now_s + IAT_LEEWAY_S:
        raise InvalidToken("issued in the future")
    if "nbf" in claims and _instant(claims, "nbf") > now_s:
        raise InvalidToken("not valid yet")
    return Claims(
        subject=_identifier(claims, "sub"),
        issuer=ISSUER,
        audience=audience,
        issued_at=issued_at,
        expires_at=expires_at,
        token_id=_identifier(claims, "jti"),
        key_id=kid,
        values=claims,
    )


def _identifier(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not value or len(value) > MAX_IDENTIFIER or not value.isprintable():
        raise InvalidToken(f"{name} is missing or is not a short text")
    return value


def _instant(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    # `type is` and not isinstance: True is an int, and 1e9 may stand for a float of doubtful precision.
    if type(value) is not int or not 0 < value < 1 << 53:
        raise InvalidToken(f"{name} is missing or is not a number of seconds")
    return value


def _encode(members: Mapping[str, Any]) -> str:
    return base64url(json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode("utf-8"))


def _object(entry: Any) -> Mapping[str, Any]:
    if not isinstance(entry, dict):
        raise InvalidKeySet("a key is not an object")
    return entry


def _public_members(document: Mapping[str, Any], extra: set[str]) -> Mapping[str, Any]:
    if not document.keys() <= _PUBLIC_MEMBERS | extra:
        raise InvalidKeySet("a key has members that a public P-256 key does not have")
    if document.get("kty") != "EC" or document.get("crv") != "P-256":
        raise InvalidKeySet("only P-256 keys are accepted")
    if document.get("alg", ALGORITHM) != ALGORITHM or document.get("use", "sig") != "sig":
        raise InvalidKeySet("only ES256 signing keys are accepted")
    return document


def _coordinate(document: Mapping[str, Any], name: str) -> bytes:
    value = document.get(name)
    if not isinstance(value, str):
        raise InvalidKeySet(f"{name} is missing")
    try:
        data = base64url_bytes(value)
    except ValueError as error:
        raise InvalidKeySet(f"{name} is not canonical base64url") from error
    if len(data) != _COORDINATE_BYTES:
        raise InvalidKeySet(f"{name} has another length")
    return data


def _public_key(members: Mapping[str, Any]) -> Any:
    x, y = (int.from_bytes(_coordinate(members, name), "big") for name in ("x", "y"))
    try:
        point = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError as error:
        raise InvalidKeySet("the point is not on the curve") from error
    return _jose_key(point)


def _jose_key(key: Any) -> Any:
    return jwk.construct(key, ALGORITHM)


def _thumbprint(public: Mapping[str, Any]) -> str:
    members = {name: public[name] for name in ("crv", "kty", "x", "y")}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True).encode("ascii")
    return base64url(hashlib.sha256(canonical).digest())


@dataclass(frozen=True, slots=True)
class ForeignClaims:
    """Who another issuer says somebody is."""

    issuer: str
    subject: str


FOREIGN_ALGORITHMS: Final = {"RSA": "RS256", "EC": "ES256"}
FOREIGN_LEEWAY_S: Final = 60


def verify_foreign(
    token: str, jwks: Mapping[str, Any], issuer: str, audience: str, nonce: str, now: datetime
) -> ForeignClaims:
    """The subject of an OpenID Connect ID token. The algorithm is the key's, never the token's.

    Raises InvalidToken for everything but a token of this issuer for this audience and nonce, valid at `now`.
    """
    try:
        return _verified_foreign(token, jwks, issuer, audience, nonce, int(now.timestamp()))
    except InvalidToken:
        raise
    except Exception as error:  # deliberately everything, as in verify()
        raise InvalidToken(f"{type(error).__name__}") from error


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
    key = jwk.construct({n: v for n, v in candidates[0].items() if n in ("kty", "crv", "x", "y", "n", "e")}, algorithm)
    if not key.verify(f"{header_text}.{payload_text}".encode("ascii"), base64url_bytes(signature_text)):
        raise InvalidToken("signature does not verify")
    return _checked_foreign(json_object(base64url_bytes(payload_text)), issuer, audience, nonce, now_s)


def _checked_foreign(claims: Mapping[str, Any], issuer: str, audience: str, nonce: str, now_s: int) -> ForeignClaims:
    named = claims.get("aud")
    audiences = [named] if isinstance(named, str) else named
    if claims.get("iss") != issuer or not isinstance(audiences, list) or audience not in audiences:
        raise InvalidToken("wrong issuer or audience")
    if len(audiences) > 1 and claims.get("azp") != audience:
        raise InvalidToken("issued to somebody else")
    if claims.get("nonce") != nonce:
        raise InvalidToken("another nonce")
    if _instant(claims, "exp") <= now_s - FOREIGN_LEEWAY_S or _instant(claims, "iat") > now_s + FOREIGN_LEEWAY_S:
        raise InvalidToken("expired, or issued in the future")
    return ForeignClaims(issuer, _identifier(claims, "sub"))
