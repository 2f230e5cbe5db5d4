"""Deadlines in business days: Monday to Friday without the holidays given; the day of the request does not count."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


def is_business_day(day: date, holidays: Collection[date]) -> bool:
    return day.weekday() < 5 and day not in holidays


def deadline(start: date, days: int, holidays: Collection[date]) -> date:
    """The days-th business day after start. days: 1 or more."""
    day = start
    while days > 0:
        day += ONE_DAY
        if is_business_day(day, holidays):
            days -= 1
    return day


def business_days_between(start: date, end: date, holidays: Collection[date]) -> int:
    """Business days after start up to and including end; 0 when end is not after start."""
    count, day = 0, start
    while day < end:
        day += ONE_DAY
        count += is_business_day(day, holidays)
    return count
