"""The keys that sign tokens: the first one signs, all of them verify, so that rotation has an overlap."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from services.kit.identity import KeySet, SigningKey, load_signing_keys, save_signing_keys
from services.kit.starting import unusable_file

log = logging.getLogger("iesspr.keys")
KEPT: Final = 2
_REMEDY: Final = (
    "Restáurelo del respaldo; si no lo hay, bórrelo y se generan claves nuevas: los tokens en uso dejan de valer y las "
    "sesiones abiertas se renuevan."
)


class KeyRing:
    """Signing keys of a file, newest first."""

    def __init__(self, path: Path) -> None:
        """Raises CannotStart when the file cannot be read or made."""
        self._path = path
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                save_signing_keys(path, [SigningKey.generate()])
            self._read_at = self._changed_at()
            self._take(load_signing_keys(path))
        except (OSError, ValueError) as error:
            raise unusable_file(path, error, _REMEDY) from error

    def _take(self, keys: list[SigningKey]) -> None:
        self._keys = keys
        self.signing = keys[0]
        self.public = KeySet.of(keys)

    def _changed_at(self) -> int:
        return self._path.stat().st_mtime_ns

    def reread(self) -> bool:
        """True when another gateway of the installation has rotated the keys, which are then known here.

        A file that is damaged or gone meanwhile changes nothing: the keys that are known stay in use.
        """
        try:
            changed_at = self._changed_at()
            if changed_at == self._read_at:
                return False
            self._read_at = changed_at
            self._take(load_signing_keys(self._path))
        except (OSError, ValueError):
            log.error("the signing keys cannot be read any more; those that are known stay in use")
            return False
        return True

    def rotate(self) -> list[SigningKey]:
        """A new key signs from now on; the last KEPT keys still verify. Call twice to retire a leaked one.

        Returns the keys there were, for `take_back`.
        """
        # Whatever the file's time says: two changes within one tick of the clock have the same.
        former = load_signing_keys(self._path)
        self._keep([SigningKey.generate(), *former])
        return former

    def take_back(self, kid: str, former: list[SigningKey]) -> None:
        """Undoes a rotation that is written down nowhere; what another gateway has rotated in since stays."""
        others = [key for key in load_signing_keys(self._path) if key.kid != kid]
        known = {key.kid for key in others}
        self._keep([*others, *(key for key in former if key.kid not in known)])

    def _keep(self, keys: list[SigningKey]) -> None:
        save_signing_keys(self._path, keys[:KEPT])
        self._read_at = self._changed_at()
        self._take(keys[:KEPT])
