"""Folded keys: how Spanish text is compared, sorted and searched without relying on any collation."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")


def fold(text: str) -> str:
    """Lower case, without accents, single spaces: `Dirección  NACIONAL` → `direccion nacional`.

    ñ folds to n, as people type it; the printed text is always stored beside the key.
    """
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _SPACES.sub(" ", plain.casefold()).strip()


def like_pattern(text: str) -> str:
    """A LIKE pattern that finds the folded text anywhere, with its own wildcards taken literally."""
    escaped = fold(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
