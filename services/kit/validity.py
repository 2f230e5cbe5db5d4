"""Validity of legal facts: inclusive dates, open at the end when nothing has ended them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise


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


def first_overlap(parts: Iterable[Validity]) -> tuple[Validity, Validity] | None:
    """The first two parts that share a day, or None."""
    ordered = sorted(parts, key=lambda v: v.from_)
    for before, after in pairwise(ordered):
        if before.overlaps(after):
            return before, after
    return None
