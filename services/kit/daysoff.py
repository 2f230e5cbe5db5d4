"""Ecuador's days off, for every deadline in business days."""

from __future__ import annotations

from collections.abc import Iterable, Set
from datetime import date, timedelta
from typing import Final

import holidays

_MOVED: Final = " (observed)"


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
    return frozenset(set(listed) - worked)


def _week_around(day: date) -> list[date]:
    """Monday to Friday within three days, without the day itself."""
    near = (day + timedelta(days=shift) for shift in (-3, -2, -1, 1, 2, 3))
    return [found for found in near if found.weekday() < 5]
