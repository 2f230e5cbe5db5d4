"""Ecuador's days off, for every deadline in business days."""

from __future__ import annotations

from collections.abc import Iterable, Set
from datetime import date, timedelta
from typing import Final

import holidays

_MOVED: Final = " (observed)"
_SINCE: Final = 2017
# All Souls and the independence of Cuenca follow one another, and the law moves them as a pair: by the weekday of
# 2 November, the days of the month that are kept. The library moves each by itself.
_NOVEMBER: Final = {0: (2, 3), 1: (1, 2), 2: (3, 4), 3: (2, 3), 4: (1, 2), 5: (1, 4), 6: (3, 4)}


def days_off(years: Iterable[int]) -> Set[date]:
    """National holidays of some years on the days on which nobody works.

    Since 2017 a holiday on a Tuesday goes to the Monday before and one on a Wednesday or Thursday to the Friday after
    (Ley Orgánica Reformatoria a la LOSEP y al Código del Trabajo, R.O. 906-S, 2016-12-20), those of New Year, Carnival
    and Christmas aside: the day it falls on is worked. The library lists both days.
    """
    listed = holidays.country_holidays("EC", years=years, language="en_US")
    moved = [
        (day, name.removesuffix(_MOVED)) for day in listed for name in listed.get_list(day) if name.endswith(_MOVED)
    ]
    worked = {day for moved_to, name in moved for day in _week_around(moved_to) if listed.get_list(day) == [name]}
    kept = set(listed) - worked
    for year in {day.year for day in kept if day.year >= _SINCE}:
        kept -= {date(year, 11, day) for day in range(1, 6)}
        kept |= {date(year, 11, day) for day in _NOVEMBER[date(year, 11, 2).weekday()]}
    return frozenset(kept)


def _week_around(day: date) -> list[date]:
    """Monday to Friday within three days, without the day itself."""
    near = (day + timedelta(days=shift) for shift in (-3, -2, -1, 1, 2, 3))
    return [found for found in near if found.weekday() < 5]
