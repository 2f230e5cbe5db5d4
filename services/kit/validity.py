"""Validity of legal facts: inclusive dates, open at the end when nothing has ended them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Validity:
    """From the first day to the last day in force, both inclusive; `to=None` means still in force."""

    from_: date
    to: date | None = None

    def __post_init__(self) -> None:
        if self.to is not None and self.to < self.from_:
            raise ValueError(f"validity ends ({self.to}) before it begins ({self.from_})")

    def contains(self, day: date) -> bool:
        return self.from_ <= day and (self.to is None or day <= self.to)

    def overlaps(self, other: Validity) -> bool:
        return (other.to is None or self.from_ <= other.to) and (self.to is None or other.from_ <= self.to)

    def closed_before(self, day: date) -> Validity:
        """The same validity, ended the day before `day` (what a replacement does to what it replaces)."""
        return Validity(self.from_, day - ONE_DAY)

    def intersection(self, other: Validity) -> Validity | None:
        if not self.overlaps(other):
            return None
        ends = [day for day in (self.to, other.to) if day is not None]
        return Validity(max(self.from_, other.from_), min(ends) if ends else None)


def holes(parts: Iterable[Validity], within: Validity) -> Sequence[Validity]:
    """Days of `within` that no part covers, in order."""
    missing: list[Validity] = []
    next_day = within.from_
    for part in sorted(parts, key=lambda v: v.from_):
        if within.to is not None and part.from_ > within.to:
            break
        if part.from_ > next_day:
            missing.append(Validity(next_day, part.from_ - ONE_DAY))
        if part.to is None:
            return missing
        next_day = max(next_day, part.to + ONE_DAY)
    if within.to is None or next_day <= within.to:
        missing.append(Validity(next_day, within.to))
    return missing


def first_overlap(parts: Iterable[Validity]) -> tuple[Validity, Validity] | None:
    """The first two parts that share a day, or None."""
    ordered = sorted(parts, key=lambda v: v.from_)
    for before, after in pairwise(ordered):
        if before.overlaps(after):
            return before, after
    return None
