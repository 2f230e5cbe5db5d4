"""Rows become lines of PostgreSQL's COPY text format, each with what Python can tell is wrong with it.

Names of assignments and periods repeat, so a row carries their numbers; each distinct one is resolved once. Rows are
taken in blocks: a block in which nothing is out of the ordinary is checked as a whole, by one regular expression over
all its numbers, and costs a fraction of what its rows would cost one by one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from services.indicators.domain.numbers import all_plain_decimals, plain_decimal
from services.indicators.domain.periods import InvalidPeriod, parse_period
from services.indicators.intake.decoding import BareRow, MeasurementRow
from services.indicators.intake.rowfields import (
    NULL,
    ReadNumber,
    code_of,
    is_bare,
    json_number,
    name_of,
    numbers_of,
    remarks_of,
)

CREATE_ROWS: Final = """
CREATE TEMP TABLE IF NOT EXISTS intake_rows (
    index integer NOT NULL,
    name integer NOT NULL,
    period integer NOT NULL,
    value numeric,
    numerator numeric,
    denominator numeric,
    note text,
    evidence_url text,
    evidence_sha256 text,
    code text,
    field text
) ON COMMIT DELETE ROWS"""
CREATE_NAMES: Final = """
CREATE TEMP TABLE IF NOT EXISTS intake_names (
    number integer NOT NULL,
    assignment text COLLATE "C",
    indicator text COLLATE "C",
    dependencia text COLLATE "C",
    plan text COLLATE "C",
    code text
) ON COMMIT DELETE ROWS"""
NAME_COLUMNS: Final = ("number", "assignment", "indicator", "dependencia", "plan")
PLAIN_COLUMNS: Final = ("index", "name", "period", "value")
COLUMNS: Final = (
    *PLAIN_COLUMNS, "numerator", "denominator", "note", "evidence_url", "evidence_sha256", "code", "field",
)  # fmt: skip

NO_PERIOD: Final = 0
_BLOCK = 4096

Block = tuple[tuple[str, ...], bytes]
Columns = tuple[list[int], list[int], list[str]]


@dataclass(frozen=True, slots=True)
class PlainRows:
    """A batch by columns. names and periods hold numbers from 1, into `assignments` and `period_codes` (sorted).

    values: by the number of their cell, `name * width + period`; in the order of these are names, and of each its
    periods.
    """

    assignments: list[str]
    period_codes: list[str]
    frequency: str
    names: list[int]
    periods: list[int]
    values: dict[int, str]

    @property
    def width(self) -> int:
        return _width(self.period_codes)


class Staging:
    """The COPY payloads of a batch. What it says of names and periods is complete once `blocks` is exhausted, or from
    the start when every row is bare."""

    def __init__(self, rows: Sequence[MeasurementRow], read_number: ReadNumber = json_number) -> None:
        self._rows = rows
        self._read_number = read_number
        self._names: dict[str, int] = {}  # COPY fields of a name → its number
        self._by_assignment: dict[str, int] = {}
        self._period_numbers: dict[str, int] = {}  # as sent → number of the period, from 1
        self._canonical: dict[str, int] = {}
        self._cell_names: list[int] = []
        self._cell_periods: list[int] = []
        self.period_codes: list[str] = []
        self.frequencies: list[str] = []
        self.has_indirect_names = False
        self._are_bare = type(rows[0]) is BareRow  # all are of one type
        self._plain = [self._plain_columns(rows[start : start + _BLOCK]) for start in range(0, len(rows), _BLOCK)]

    @property
    def is_bare(self) -> bool:
        """Whether every row is an assignment's code, a period and a plain decimal, and nothing more."""
        return None not in self._plain

    def plain_rows(self) -> PlainRows | None:
        """The batch by columns when nothing in it is out of the ordinary: bare rows, each a cell of its own, of real
        periods of one frequency. None otherwise."""
        codes = list(self._by_assignment)
        if (
            not self.is_bare
            or NO_PERIOD in self._period_numbers.values()
            or len(set(self.frequencies)) != 1
            or NULL in map(code_of, codes)
        ):
            return None
        period_codes, periods = sorted(self.period_codes), self._cell_periods
        if period_codes != self.period_codes:
            sorted_numbers = {code: number for number, code in enumerate(period_codes, 1)}
            numbers = [NO_PERIOD, *map(sorted_numbers.__getitem__, self.period_codes)]
            periods = list(map(numbers.__getitem__, periods))
        sent = chain.from_iterable(block[2] for block in self._plain if block is not None)
        values = dict(zip(_cells(self._cell_names, periods, _width(period_codes)), sent, strict=True))
        if len(values) < len(self._rows):
            return None
        return PlainRows(codes, period_codes, self.frequencies[0], self._cell_names, periods, values)

    @property
    def may_repeat_cells(self) -> bool:
        """False only when surely no two rows name one cell; by which names the database may still find out."""
        if self.has_indirect_names:
            return True
        return len(set(_cells(self._cell_names, self._cell_periods, _width(self.period_codes)))) < len(self._rows)

    def blocks(self) -> Iterator[Block]:
        """Columns and COPY lines of the rows, some thousand at a time."""
        for number, columns in enumerate(self._plain):
            start = number * _BLOCK
            if columns is None:
                yield COLUMNS, self._checked_block(start, self._rows[start : start + _BLOCK])
            else:
                lines = [f"{i}\t{n}\t{p}\t{v}\n" for i, (n, p, v) in enumerate(zip(*columns, strict=True), start)]
                yield PLAIN_COLUMNS, "".join(lines).encode()

    def names(self) -> bytes:
        """COPY lines of the distinct names, as in NAME_COLUMNS."""
        return "".join([f"{number}\t{fields}\n" for fields, number in self._names.items()]).encode()

    def _plain_columns(self, rows: Sequence[MeasurementRow]) -> Columns | None:
        """Numbers of names and of periods, and values, when every row is just that; None otherwise."""
        if self._read_number is not json_number or not (self._are_bare or all(map(is_bare, rows))):
            return None
        values = [row.value for row in rows]
        names = self._known(self._by_assignment, [row.assignment for row in rows], self._number_of_assignment)
        periods = self._known(self._period_numbers, [row.period for row in rows], self._number_of_period)
        if names is None or periods is None or not all_plain_decimals(values):
            return None
        self._cell_names += names
        self._cell_periods += periods
        return names, periods, values

    def _known(self, known: dict[str, int], sent: list[Any], learn: Callable[[Any], int]) -> list[int] | None:
        """The number of each text sent; None when something is not text."""
        if not self._are_bare and set(map(type, sent)) != {str}:
            return None
        # In the order they came, which is mostly one that sorts easily.
        for text in dict.fromkeys(sent):
            if text not in known:
                learn(text)
        return [known[text] for text in sent]

    def _checked_block(self, start: int, rows: Sequence[MeasurementRow]) -> bytes:
        """Row by row, each with the first thing that is wrong with it."""
        lines: list[str] = []
        for index, row in enumerate(rows, start):
            code = field = NULL
            name, period = self._number_of_name(row), self._number_of_period(row.period)
            self._cell_names.append(name)
            self._cell_periods.append(period)
            value, numerator, denominator = row.value, row.numerator, row.denominator
            if self._is_plain(value, numerator, denominator):
                numerator = denominator = NULL
            else:
                value, numerator, denominator, code, field = numbers_of(
                    value, numerator, denominator, self._read_number
                )
            if row.note is None and row.evidence_url is None and row.evidence_sha256 is None:
                remarks = f"{NULL}\t{NULL}\t{NULL}"
            else:
                remarks, wrong = remarks_of(row)
                if wrong and code == NULL:
                    code, field = "out-of-range", wrong
            lines.append(
                f"{index}\t{name}\t{period}\t{value}\t{numerator}\t{denominator}\t{remarks}\t{code}\t{field}\n"
            )
        return "".join(lines).encode()

    def _is_plain(self, value: Any, numerator: Any, denominator: Any) -> bool:
        return (
            numerator is None
            and denominator is None
            and self._read_number is json_number
            and type(value) is str
            and plain_decimal(value) is not None
        )

    def _number_of_name(self, row: MeasurementRow) -> int:
        """The assignment, or the three names that may stand for it; what is no code names nothing."""
        others = (row.indicator, row.dependencia, row.plan)
        if row.assignment is not None and others == (None, None, None):
            return self._number_of_assignment(row.assignment)
        self.has_indirect_names = True
        return self._numbered("\t".join((code_of(row.assignment), *map(name_of, others))))

    def _number_of_assignment(self, sent: Any) -> int:
        if type(sent) is not str:
            return self._numbered(f"{NULL}\t{NULL}\t{NULL}\t{NULL}")
        number = self._by_assignment.get(sent)
        if number is None:
            number = self._by_assignment[sent] = self._numbered(f"{code_of(sent)}\t{NULL}\t{NULL}\t{NULL}")
        return number

    def _numbered(self, fields: str) -> int:
        return self._names.setdefault(fields, len(self._names) + 1)

    def _number_of_period(self, sent: Any) -> int:
        """The number of a period; NO_PERIOD for what is none, which the checking statement reads as such."""
        if type(sent) is not str:
            return NO_PERIOD
        number = self._period_numbers.get(sent)
        if number is None:
            number = self._period_numbers[sent] = self._new_period(sent)
        return number

    def _new_period(self, sent: str) -> int:
        try:
            period = parse_period(sent)
        except InvalidPeriod:
            return NO_PERIOD
        number = self._canonical.get(period.code)
        if number is None:
            self.period_codes.append(period.code)
            self.frequencies.append(period.frequency.value)
            number = self._canonical[period.code] = len(self.period_codes)
        return number


def _width(period_codes: Sequence[str]) -> int:
    """How many numbers a name's cells take: one for each period, and NO_PERIOD."""
    return len(period_codes) + 1


def _cells(names: Sequence[int], periods: Sequence[int], width: int) -> list[int]:
    """A number for each cell. Small ones, close together: a set of 100,000 takes 2 ms; of wide ones, 14."""
    return [name * width + period for name, period in zip(names, periods, strict=True)]
