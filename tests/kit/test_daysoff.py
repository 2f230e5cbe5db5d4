"""Holidays on the days on which they are kept."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.daysoff import days_off


@pytest.mark.parametrize(
    ("falls_on", "kept_on"),
    [
        ("2019-05-01", "2019-05-03"),  # a Wednesday goes to Friday
        ("2019-10-09", "2019-10-11"),
        ("2025-05-01", "2025-05-02"),  # a Thursday too
        ("2025-10-09", "2025-10-10"),
        ("2022-05-24", "2022-05-23"),  # a Tuesday goes to Monday
    ],
)
def test_a_moved_holiday_is_worked_on_the_day_it_falls_on(falls_on: str, kept_on: str) -> None:
    off = days_off([int(falls_on[:4])])

    assert date.fromisoformat(falls_on) not in off
    assert date.fromisoformat(kept_on) in off


@pytest.mark.parametrize(
    "day", ["2019-01-01", "2019-03-05", "2025-01-01", "2025-03-04", "2025-12-25", "2025-11-03", "2025-11-04"]
)
def test_new_year_carnival_christmas_and_what_is_not_moved_stay(day: str) -> None:
    assert date.fromisoformat(day) in days_off([int(day[:4])])


@pytest.mark.parametrize(
    ("year", "kept"),
    [
        (2018, {1, 2}),  # Friday and Saturday: Saturday's goes to Thursday
        (2019, {1, 4}),  # Saturday and Sunday: Friday and Monday
        (2020, {2, 3}),  # Monday and Tuesday stay
        (2021, {1, 2}),  # Tuesday and Wednesday: Wednesday's goes to Monday
        (2022, {3, 4}),  # Wednesday and Thursday: Wednesday's goes to Friday
        (2023, {2, 3}),  # Thursday and Friday stay
        (2025, {3, 4}),  # Sunday and Monday: Sunday's goes to Tuesday
        (2027, {1, 2}),
    ],
)
def test_all_souls_and_cuenca_are_kept_together(year: int, kept: set[int]) -> None:
    off = {day.day for day in days_off([year]) if (day.year, day.month) == (year, 11) and day.weekday() < 5}

    assert off == kept


@given(st.integers(2017, 2035))
def test_a_year_has_as_many_working_days_off_as_the_law_gives(year: int) -> None:
    working = [day for day in days_off([year]) if day.year == year and day.weekday() < 5]

    # Eleven holidays; one may be kept on the last Friday of the year before or fall on a Sunday nobody moves.
    assert 9 <= len(working) <= 12
