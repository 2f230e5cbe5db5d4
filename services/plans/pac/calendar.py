"""Ecuador's days off around a deadline."""

from __future__ import annotations

from datetime import date
from functools import cache

from services.kit.daysoff import days_off


@cache
def _year(year: int) -> frozenset[date]:
    return frozenset(days_off([year]))


def holidays_around(day: date) -> frozenset[date]:
    """Holidays of the day's year and the two after it: 250 business days from a December end in a January."""
    return _year(day.year) | _year(day.year + 1) | _year(day.year + 2)
