"""Amounts as finance writes them: exact decimals, and in CSV the two notations of thousands, never guessed."""

from __future__ import annotations

import re
from decimal import Decimal

PLAIN = re.compile(r"-?\d{1,18}(\.\d{1,6})?")
SPANISH = re.compile(r"-?\d{1,3}(\.\d{3})+,\d{1,6}|-?\d{1,3}(\.\d{3}){2,}|-?\d{1,18},\d{1,2}|-?\d{1,18},\d{4,6}")
ENGLISH = re.compile(r"-?\d{1,3}(,\d{3})+\.\d{1,6}|-?\d{1,3}(,\d{3}){2,}")
# One separator with three digits behind it is a thousand for one reader and a fraction for another.
AMBIGUOUS = re.compile(r"-?\d{1,3}[.,]\d{3}")


class AmbiguousNumber(ValueError):
    """The text can be read as two different numbers."""


def exact_number(value: object) -> Decimal:
    """A JSON number or string as an exact decimal. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise ValueError("not a number")
    text = str(value)
    if not PLAIN.fullmatch(text):
        raise ValueError("not a plain decimal")
    return Decimal(text)


def written_number(text: str) -> Decimal:
    """A number as people write it in a sheet. Raises AmbiguousNumber or ValueError."""
    bare = text.strip().removeprefix("$").strip()
    if AMBIGUOUS.fullmatch(bare):
        raise AmbiguousNumber(bare)
    if PLAIN.fullmatch(bare):
        return Decimal(bare)
    if SPANISH.fullmatch(bare):
        return Decimal(bare.replace(".", "").replace(",", "."))
    if ENGLISH.fullmatch(bare):
        return Decimal(bare.replace(",", ""))
    raise ValueError("not a number")
