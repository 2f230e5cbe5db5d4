"""Ecuador's holidays, with their lawful transfers to other days, as the `holidays` package keeps them."""

from __future__ import annotations

from datetime import date
from functools import cache

import holidays


@cache
def _year(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("EC", years=year))


def holidays_around(day: date) -> frozenset[date]:
    """Holidays of the day's year and the next, enough for any deadline of a year."""
    return _year(day.year) | _year(day.year + 1)
