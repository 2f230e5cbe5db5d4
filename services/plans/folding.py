"""The folded key by which Spanish text is searched, sorted and compared: no accents, no case, single blanks."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[^a-z0-9]+")


def folded(text: str) -> str:
    """`«Índice, de  Rotación»` → `indice de rotacion`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NOT_WORD.sub(" ", plain).strip()
