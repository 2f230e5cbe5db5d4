"""Periods of measurement: codes, order, containment. Source: design/domain.md §1."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

FIRST_YEAR, LAST_YEAR = 1900, 2999


class Frequency(StrEnum):
    """How often a cell falls due; the declaration order is from the finest to the coarsest."""

    MONTHLY = "monthly"
    BIMONTHLY = "bimonthly"
    QUARTERLY = "quarterly"
    FOUR_MONTHLY = "four_monthly"
    SEMIANNUAL = "semiannual"
    ANNUAL = "annual"


PER_YEAR = {
    Frequency.MONTHLY: 12,
    Frequency.BIMONTHLY: 6,
    Frequency.QUARTERLY: 4,
    Frequency.FOUR_MONTHLY: 3,
    Frequency.SEMIANNUAL: 2,
    Frequency.ANNUAL: 1,
}

_LETTERS = {
    "B": Frequency.BIMONTHLY,
    "Q": Frequency.QUARTERLY,
    "C": Frequency.FOUR_MONTHLY,
    "S": Frequency.SEMIANNUAL,
}
_LETTER_OF = {frequency: letter for letter, frequency in _LETTERS.items()}

# `\d` would also take Arabic-Indic digits, which PostgreSQL and other readers refuse.
_OWN = re.compile(r"([0-9]{4})(?:-(?:([0-9]{2})|([BQCS])([1-6])))?")
_DHIS2 = re.compile(r"([0-9]{4})(?:([0-9]{2})(B?)|([QS])([1-4]))")


class InvalidPeriod(ValueError):
    """The text names no period."""


@dataclass(frozen=True, slots=True)
class Period:
    """One stretch of the calendar year; `number` counts from 1 within the year."""

    frequency: Frequency
    year: int
    number: int

    def __post_init__(self) -> None:
        if not FIRST_YEAR <= self.year <= LAST_YEAR:
            raise InvalidPeriod(f"year {self.year} is outside {FIRST_YEAR}–{LAST_YEAR}")
        if not 1 <= self.number <= PER_YEAR[self.frequency]:
            raise InvalidPeriod(f"a year has no {self.frequency} period number {self.number}")

    @property
    def months(self) -> int:
        """Length in months."""
        return 12 // PER_YEAR[self.frequency]

    @property
    def first_day(self) -> date:
        """First day, inclusive."""
        return date(self.year, (self.number - 1) * self.months + 1, 1)

    @property
    def last_day(self) -> date:
        """Last day, inclusive."""
        last_month = self.number * self.months
        following = date(self.year + last_month // 12, last_month % 12 + 1, 1)
        return following - timedelta(days=1)

    @property
    def code(self) -> str:
        """The code of the contract: `2025-03 2025-B2 2025-Q1 2025-C1 2025-S1 2025`."""
        if self.frequency is Frequency.ANNUAL:
            return f"{self.year:04}"
        if self.frequency is Frequency.MONTHLY:
            return f"{self.year:04}-{self.number:02}"
        return f"{self.year:04}-{_LETTER_OF[self.frequency]}{self.number}"

    def shift(self, steps: int) -> "Period":
        """The period `steps` later (earlier when negative) in the same frequency."""
        index = self.year * PER_YEAR[self.frequency] + self.number - 1 + steps
        year, number = divmod(index, PER_YEAR[self.frequency])
        return Period(self.frequency, year, number + 1)

    def same_period_last_year(self) -> "Period":
        """The same stretch of the year before."""
        return Period(self.frequency, self.year - 1, self.number)

    def contains(self, other: "Period") -> bool:
        """True when every day of `other` lies in this period."""
        return self.first_day <= other.first_day and other.last_day <= self.last_day

    def year_to_date(self) -> tuple["Period", ...]:
        """The periods of the year up to and with this one."""
        return tuple(Period(self.frequency, self.year, n) for n in range(1, self.number + 1))


def periods_of_year(frequency: Frequency, year: int) -> Iterator[Period]:
    """Every period of a frequency in a year, in order."""
    return (Period(frequency, year, n) for n in range(1, PER_YEAR[frequency] + 1))


@lru_cache(maxsize=4096)
def parse_period(text: str) -> Period:
    """Read a period code, ours or DHIS2's (`202503`, `202502B`, `2025Q1`, `2025S1`).

    Raises InvalidPeriod for anything else, a thirteenth month included.
    """
    if own := _OWN.fullmatch(text):
        year, month, letter, number = own.groups()
        if month:
            return Period(Frequency.MONTHLY, int(year), int(month))
        if letter:
            return Period(_LETTERS[letter], int(year), int(number))
        return Period(Frequency.ANNUAL, int(year), 1)
    if foreign := _DHIS2.fullmatch(text):
        year, two_digits, bimonthly, letter, number = foreign.groups()
        if letter:
            return Period(_LETTERS[letter], int(year), int(number))
        frequency = Frequency.BIMONTHLY if bimonthly else Frequency.MONTHLY
        return Period(frequency, int(year), int(two_digits))
    raise InvalidPeriod(f"{text!r} names no period")
