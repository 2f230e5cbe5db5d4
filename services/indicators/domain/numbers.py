"""Reading numbers that people and machines send, and writing them. Source: design/domain.md §5.

What leaves here is canonical decimal *text* (`-1234.50`): PostgreSQL casts it to NUMERIC, so a
hundred thousand rows cost no Decimal objects, and trailing zeros survive as sent.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

# More digits than any figure of the institution has; a bound keeps NUMERIC sums and JSON small. Zeros after the tenth
# decimal, which databases write, say nothing and are left out; any other digit there is refused, never rounded away.
INTEGER_DIGITS, DECIMAL_DIGITS = 20, 10

_PLAIN = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,10})?")
_PLAIN_LINES = re.compile(r"(?:-?[0-9]{1,20}(?:\.[0-9]{1,10})?\n)*+")
_IDLE_ZEROS = re.compile(r"(-?[0-9]{1,20}\.[0-9]{10})0{1,30}")
_SCIENTIFIC = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?[eE][+-]?[0-9]{1,2}")
_ONE_SEPARATOR = re.compile(r"-?([0-9]+)([.,])([0-9]+)")
_GROUPED = {
    # thousands mark → one to three digits, full groups, optional decimals with the other mark
    ".": re.compile(r"-?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]+)?"),
    ",": re.compile(r"-?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?"),
}
_DECIMAL_COMMA = re.compile(r"-?[0-9]+(?:,[0-9]+)?")
_DECIMAL_POINT = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")

plain_decimal = _PLAIN.fullmatch
"""Match of a plain decimal in canonical text, None when it is not one; the bulk loop's fast test."""


def all_plain_decimals(texts: Sequence[object]) -> bool:
    """True when each is the text of a plain decimal: one pass over thousands of numbers instead of one match each."""
    try:
        lines = "\n".join(texts) + "\n"  # type: ignore[arg-type]  # what is no text raises, and is the answer
    except TypeError:
        return False
    # A line break inside a text would make one bad number look like two good ones.
    return lines.count("\n") == len(texts) and _PLAIN_LINES.fullmatch(lines) is not None


class InvalidNumber(ValueError):
    """The text is no number, or has more digits than a measure can have."""


class AmbiguousNumber(InvalidNumber):
    """The text allows two readings, as `1.234` does."""


class NumberLocale(StrEnum):
    """How a file writes numbers, when it says so: `es` 1.234,56 and `en` 1,234.56."""

    ES = "es"
    EN = "en"


def number_of_json(value: str | int) -> str:
    """Canonical text of a JSON string or integer; other JSON numbers come through `number_of_literal`.

    Strings are strict: no blanks, signs other than `-`, exponents or thousands separators.
    """
    text = value if isinstance(value, str) else str(value) if abs(value) < 10**INTEGER_DIGITS else ""
    return _checked(text)


def number_of_literal(literal: str) -> str:
    """Canonical text of a JSON number literal, exponent included, without passing through a float.

    Out of bounds comes back as it was, for the row check to refuse with its own code.
    """
    if plain_decimal(literal) or not _SCIENTIFIC.fullmatch(literal):
        return literal
    return f"{Decimal(literal):f}"


def number_of_csv(text: str, locale: NumberLocale | None = None) -> str:
    """Canonical text of a cell of a CSV or XLSX file.

    Without a declared locale the shape decides, and a shape with two readings raises
    AmbiguousNumber; with one, only that locale's writing is taken.
    """
    cell = text.strip()
    if locale is not None:
        return _checked(_in_locale(cell, locale))
    if one := _ONE_SEPARATOR.fullmatch(cell):
        whole, _, fraction = one.groups()
        if len(fraction) == 3 and len(whole) <= 3 and not whole.startswith("0"):
            raise AmbiguousNumber("thousands or decimals: declare the file's locale")
        return _checked(cell.replace(",", "."))
    if _GROUPED["."].fullmatch(cell):
        return _checked(cell.replace(".", "").replace(",", "."))
    if _GROUPED[","].fullmatch(cell):
        return _checked(cell.replace(",", ""))
    return _checked(cell)


def written(value: Decimal | None) -> str | None:
    """A decimal as answers and the trail hold it. Written out: its own text of a small one has an exponent."""
    return None if value is None else f"{value:f}"


def _in_locale(cell: str, locale: NumberLocale) -> str:
    if locale is NumberLocale.ES:
        if _DECIMAL_COMMA.fullmatch(cell) or _GROUPED["."].fullmatch(cell):
            return cell.replace(".", "").replace(",", ".")
    elif _DECIMAL_POINT.fullmatch(cell) or _GROUPED[","].fullmatch(cell):
        return cell.replace(",", "")
    raise InvalidNumber(f"not a number as written in {locale.value!r}")


def _checked(text: str) -> str:
    if plain_decimal(text):
        return text
    if with_zeros := _IDLE_ZEROS.fullmatch(text):
        return with_zeros[1]
    raise InvalidNumber("not a plain decimal number")
