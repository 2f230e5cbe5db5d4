"""The fields of one row as COPY text, and what is wrong with them: the exact reading, row by row."""

import re
from collections.abc import Callable
from typing import Any, Final

from services.indicators.domain.numbers import (
    AmbiguousNumber,
    InvalidNumber,
    NumberLocale,
    number_of_csv,
    number_of_json,
)
from services.indicators.intake.decoding import MeasurementRow

NULL: Final = "\\N"
_CODE = re.compile(r"[A-Za-z0-9._:-]{1,200}").fullmatch
_SHA256 = re.compile(r"[0-9a-f]{64}").fullmatch
_URL = re.compile(r"https?://[\x21-\x7e]{1,1990}").fullmatch
_NOTE_LENGTH: Final = 4000
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

ReadNumber = Callable[[Any], str]


def json_number(value: Any) -> str:
    """Canonical text of a JSON value meant as a number. Raises InvalidNumber."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidNumber("neither a number nor a string")
    return number_of_json(value)


def csv_number(locale: NumberLocale | None) -> ReadNumber:
    """How numbers of a CSV file are read: by shape, or by the locale it declares."""

    def read(text: str) -> str:
        return number_of_csv(text, locale)

    return read


def is_bare(row: MeasurementRow) -> bool:
    """True when the row carries nothing but an assignment, a period and a value."""
    return (
        row.indicator is None
        and row.dependencia is None
        and row.plan is None
        and row.numerator is None
        and row.denominator is None
        and row.note is None
        and row.evidence_url is None
        and row.evidence_sha256 is None
    )


def code_of(text: Any) -> str:
    return text if isinstance(text, str) and _CODE(text) else NULL


def name_of(text: Any) -> str:
    """A name for COPY; what is sent but no code is kept as one that nothing has."""
    return NULL if text is None else text if isinstance(text, str) and _CODE(text) else "-"


def numbers_of(value: Any, numerator: Any, denominator: Any, read_number: ReadNumber) -> tuple[str, str, str, str, str]:
    """The three numbers as COPY fields, then the code and field of the first that is wrong."""
    texts: list[str] = []
    code = field = NULL
    for name, sent in (("value", value), ("numerator", numerator), ("denominator", denominator)):
        text = NULL
        if sent is not None:
            try:
                text = read_number(sent)
            except AmbiguousNumber:
                code, field = _first(code, field, "ambiguous-number", name)
            except InvalidNumber:
                code, field = _first(code, field, "invalid-number", name)
        texts.append(text)
    if value is None and numerator is None and denominator is None:
        code, field = "invalid-number", "value"
    elif (numerator is None) != (denominator is None):
        code, field = _first(code, field, "ratio-mismatch", "numerator" if numerator is None else "denominator")
    return texts[0], texts[1], texts[2], code, field


def _first(code: str, field: str, new_code: str, new_field: str) -> tuple[str, str]:
    return (new_code, new_field) if code == NULL else (code, field)


def remarks_of(row: MeasurementRow) -> tuple[str, str | None]:
    """Note and evidence as COPY fields, and the name of the one that does not fit."""
    wrong = None
    fields: list[str] = []
    for name, sent in (
        ("note", row.note),
        ("evidence_url", row.evidence_url),
        ("evidence_sha256", row.evidence_sha256),
    ):
        if sent is None or sent == "":
            fields.append(NULL)
        elif isinstance(sent, str) and _FITS[name](sent):
            fields.append(sent.translate(_ESCAPES))
        else:
            fields.append(NULL)
            wrong = wrong or name
    return "\t".join(fields), wrong


def _fits_note(text: str) -> bool:
    return len(text) <= _NOTE_LENGTH and "\x00" not in text


_FITS: Final[dict[str, Callable[[str], object]]] = {
    "note": _fits_note,
    "evidence_url": _URL,
    "evidence_sha256": _SHA256,
}
