"""What a person's words search for, and where they stand in a printed text."""

from __future__ import annotations

import re
import unicodedata

from services.kit.folding import fold

_WORD = re.compile(r"[a-z0-9]+")
_PRINTED_WORD = re.compile(r"\w+", re.UNICODE)
# Words too common to find anything by.
_SMALL = frozenset(
    {
        "a",
        "al",
        "con",
        "de",
        "del",
        "e",
        "el",
        "en",
        "es",
        "la",
        "las",
        "le",
        "lo",
        "los",
        "o",
        "para",
        "por",
        "que",
        "se",
        "su",
        "sus",
        "un",
        "una",
        "y",
        "quien",
        "quienes",
        "cual",
        "como",
    }
)


def stems(query: str) -> tuple[str, ...]:
    """Folded word beginnings: plural endings are dropped, so that `planes` finds `plan` and `Plan Anual`."""
    found = [word for word in _WORD.findall(fold(query)) if word not in _SMALL]
    return tuple(dict.fromkeys(_stem(word) for word in found))


def _stem(word: str) -> str:
    if len(word) > 5 and word.endswith("es"):
        return word[:-2]
    if len(word) > 4 and word.endswith("s"):
        return word[:-1]
    return word


def tsquery(wanted: tuple[str, ...], operator: str = "&") -> str:
    """A `simple` tsquery of word beginnings. The stems hold letters and digits only, so nothing needs quoting."""
    return f" {operator} ".join(f"{stem}:*" for stem in wanted)


def highlighted(text: str, wanted: tuple[str, ...]) -> str:
    """The printed text with every word that begins with a stem between « and »."""
    return _PRINTED_WORD.sub(lambda found: _marked(found[0], wanted), text)


def _marked(word: str, wanted: tuple[str, ...]) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))
    return f"«{word}»" if any(plain.startswith(stem) for stem in wanted) else word


def matched(text: str, wanted: tuple[str, ...]) -> int:
    """How many of the stems begin a word of the text."""
    words = _WORD.findall(fold(text))
    return sum(any(word.startswith(stem) for word in words) for stem in wanted)
