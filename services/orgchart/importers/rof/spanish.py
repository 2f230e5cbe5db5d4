"""Folding, dates and joining of printed Spanish."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip

DATE = r"\d{1,2} de [A-Za-z]+ del? \d{4}"
_DATE = re.compile(r"(\d{1,2}) de ([A-Za-z]+) del? (\d{4})", re.IGNORECASE)
# Prints nothing; at the end of a line it says that the word goes on in the next.
SOFT_HYPHEN = "\u00ad"
_HYPHEN_BREAK = re.compile(r"\w-$")


def fold(text: str) -> str:
    """Lower case without accents, one space between words: the key texts are compared by."""
    decomposed = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(bare.lower().split())


def words(text: str) -> str:
    """The folded text reduced to its words: what two readings share when punctuation and quotes differ."""
    return " ".join(re.findall(r"[a-z0-9]+", fold(text)))


def read_date(text: str) -> date | None:
    """The first date of a text (`8 de junio de 2017`, `06 de mayo de 2017`), or None when no calendar has it."""
    found = _DATE.search(text)
    if found is None or fold(found[2]) not in MONTHS:
        return None
    try:
        return date(int(found[3]), MONTHS.index(fold(found[2])) + 1, int(found[1]))
    except ValueError:
        return None


def join(parts: Iterable[str]) -> str:
    """Physical lines as one text, single spaces between words.

    A word broken by a real hyphen (`pre-` / `hospitalaria`) is put together and keeps its hyphen; one broken by a soft
    hyphen loses it.
    """
    pieces: list[str] = []
    for part in parts:
        clean = " ".join(part.split())
        if not clean:
            continue
        if pieces and pieces[-1].endswith(SOFT_HYPHEN):
            pieces[-1] = pieces[-1].removesuffix(SOFT_HYPHEN)
        elif pieces and not _HYPHEN_BREAK.search(pieces[-1]):
            pieces.append(" ")
        pieces.append(clean)
    return "".join(pieces).removesuffix(SOFT_HYPHEN)


def is_upper(text: str) -> bool:
    """True for text printed in capitals (one stray lower-case word of OCR noise is tolerated)."""
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and sum(c.isupper() for c in letters) >= 0.9 * len(letters)
