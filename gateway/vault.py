"""Secrets at rest: sealed with AES-256-GCM under a key of the installation that lies outside the database.

A sealed value is key id, nonce, ciphertext; its purpose and owner are authenticated with it, so that a value
copied into another account's row does not open. The first key of the file seals, all of them open: a rotation has an
overlap, and a gateway that meets an unknown key reads the file again before it gives up.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kit.starting import unusable_file

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
ID_BYTES: Final = 8
KEPT: Final = 2
_REMEDY: Final = (
    "Restáurelo del respaldo; si no lo hay, bórrelo y se generan claves nuevas: habrá que quitar cada segundo factor y "
    "activarlo de nuevo."
)
log = logging.getLogger("iesspr.keys")


class CannotOpen(Exception):
    """The value was sealed with a key that is not here, for another owner, or was altered."""


@dataclass(frozen=True, slots=True)
class Successor:
    """The key of a rotation under way. replaces: the ids of those that go when it comes."""

    key_id: str
    replaces: frozenset[str]


class Vault:
    """Seals and opens small secrets. The key file is made at the first start, mode 0600."""

    def __init__(self, path: Path) -> None:
        """Raises CannotStart when the file cannot be read or made."""
        self._path = path
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                _save(path, [_new_key()])
            self._keys = _load(path)
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise unusable_file(path, error, _REMEDY) from error

    @property
    def key_id(self) -> str:
        """Id of the key that seals."""
        return next(iter(self._keys))

    @property
    def key_ids(self) -> list[str]:
        return list(self._keys)

    def seal(self, secret: bytes, owner: str, key_id: str | None = None) -> bytes:
        """owner: what the value belongs to (`totp:azuay.titular`); the same is needed to open it.

        key_id: another key than the one that seals now, which another gateway may have changed.
        """
        if key_id is None:
            self._reread()
        name, nonce = key_id or self.key_id, secrets.token_bytes(NONCE_BYTES)
        return bytes.fromhex(name) + nonce + AESGCM(self._keys[name]).encrypt(nonce, secret, _bound(owner))

    def open_sealed(self, sealed: bytes, owner: str) -> bytes:
        """Raises CannotOpen."""
        key_id, nonce, rest = sealed[:ID_BYTES].hex(), sealed[ID_BYTES:][:NONCE_BYTES], sealed[ID_BYTES + NONCE_BYTES :]
        if key_id not in self._keys:
            self._reread()
        key = self._keys.get(key_id)
        if key is None:
            raise CannotOpen
        try:
            return AESGCM(key).decrypt(nonce, rest, _bound(owner))
        except (InvalidTag, ValueError) as error:
            raise CannotOpen from error

    def is_current(self, sealed: bytes, key_id: str | None = None) -> bool:
        """Sealed with the key that seals now, or with this one."""
        return sealed[:ID_BYTES].hex() == (key_id or self.key_id)

    def rotate(self) -> None:
        """A new key seals from now on; the one before still opens until the next rotation."""
        self.promote(self.prepare())

    def prepare(self) -> Successor:
        """A new key that opens and does not seal yet: `promote` makes it seal, `withdraw` takes it away again.

        In two steps, so that what it has sealed is committed before it seals anything else.
        """
        self._reread()
        name, key = _new_key()
        successor = Successor(name, frozenset(self.key_ids[KEPT - 1 :]))
        self._keep({**self._keys, name: key})
        return successor

    def promote(self, successor: Successor) -> None:
        """It seals from now on, and what it replaces in the end opens no more."""
        self._reread()
        others = {name: key for name, key in self._keys.items() if name not in successor.replaces}
        self._keep({successor.key_id: self._keys[successor.key_id], **others})

    def withdraw(self, successor: Successor) -> None:
        """Nothing that it sealed was committed."""
        self._reread()
        self._keep({name: key for name, key in self._keys.items() if name != successor.key_id})

    def _reread(self) -> None:
        """What another gateway has changed. A file damaged or gone meanwhile changes nothing: known keys stay."""
        try:
            self._keys = _load(self._path)
        except (OSError, ValueError, LookupError, TypeError):
            log.error("the sealing keys cannot be read any more; those that are known stay in use")

    def _keep(self, keys: dict[str, bytes]) -> None:
        _save(self._path, list(keys.items()))
        self._keys = keys


def _bound(owner: str) -> bytes:
    return f"iesspr:{owner}".encode()


def _new_key() -> tuple[str, bytes]:
    return secrets.token_hex(ID_BYTES), secrets.token_bytes(KEY_BYTES)


def _load(path: Path) -> dict[str, bytes]:
    """Keys by id, the sealing one first. Raises OSError, ValueError."""
    document: dict[str, Any] = json.loads(path.read_text())
    keys = {str(entry["id"]): base64.b64decode(entry["key"], validate=True) for entry in document["keys"]}
    if not keys or any(len(key) != KEY_BYTES or len(bytes.fromhex(name)) != ID_BYTES for name, key in keys.items()):
        raise ValueError(f"{path.name} holds no keys, or keys of another length")
    return keys


def _save(path: Path, keys: list[tuple[str, bytes]]) -> None:
    """Mode 0600 from the first byte (mkstemp), and whole or not at all."""
    text = json.dumps({"keys": [{"id": name, "key": base64.b64encode(key).decode()} for name, key in keys]}, indent=1)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
