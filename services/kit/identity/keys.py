"""P-256 keys as JWK documents and files. The one module that imports jose, for its key objects only."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, cast

from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk

from services.kit.strict import base64url, base64url_bytes, json_object

ALGORITHM: Final = "ES256"
COORDINATE_BYTES: Final = 32
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_PUBLIC_MEMBERS: Final = {"kty", "crv", "x", "y", "kid", "alg", "use"}


class InvalidKeySet(ValueError):
    """A key document holds something other than well-formed P-256 keys."""


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
        if not 0 < scalar < ORDER:
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

    def public_jwk(self) -> dict[str, str]:
        return {**self._key.public_key().to_dict(), "kid": self.kid, "use": "sig"}

    def private_jwk(self) -> dict[str, str]:
        return {**self._key.to_dict(), "kid": self.kid, "use": "sig"}

    def sign(self, message: bytes) -> bytes:
        """r ‖ s with the low s of the two that verify, so that a token has exactly one spelling."""
        signature = cast(bytes, self._key.sign(message))
        s = int.from_bytes(signature[COORDINATE_BYTES:], "big")
        return signature[:COORDINATE_BYTES] + min(s, ORDER - s).to_bytes(COORDINATE_BYTES, "big")


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
    if len(data) != COORDINATE_BYTES:
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


def foreign_key(document: Mapping[str, Any], algorithm: str) -> Any:
    """A public key of another issuer; only the members that make the key are read."""
    return jwk.construct({n: v for n, v in document.items() if n in ("kty", "crv", "x", "y", "n", "e")}, algorithm)


def _thumbprint(public: Mapping[str, Any]) -> str:
    members = {name: public[name] for name in ("crv", "kty", "x", "y")}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True).encode("ascii")
    return base64url(hashlib.sha256(canonical).digest())
