"""Periods: codes in and out, order, containment."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.domain.periods import (
    PER_YEAR,
    Frequency,
    InvalidPeriod,
    Period,
    parse_period,
    periods_of_year,
)

frequencies = st.sampled_from(list(Frequency))
years = st.integers(1901, 2998)
periods = st.builds(
    lambda frequency, year, n: Period(frequency, year, n % PER_YEAR[frequency] + 1),
    frequencies,
    years,
    st.integers(0, 11),
)


@given(periods)
def test_a_code_reads_back_as_the_period_that_printed_it(period: Period) -> None:
    assert parse_period(period.code) == period


@given(frequencies, years)
def test_the_periods_of_a_year_cover_it_without_hole_or_overlap(frequency: Frequency, year: int) -> None:
    days = list(periods_of_year(frequency, year))

    assert days[0].first_day == date(year, 1, 1)
    assert days[-1].last_day == date(year, 12, 31)
    for earlier, later in pairwise(days):
        assert later.first_day - earlier.last_day == timedelta(days=1)


@given(periods, st.integers(-30, 30))
def test_shifting_there_and_back_is_no_move(period: Period, steps: int) -> None:
    if period.year + steps / PER_YEAR[period.frequency] - 1 >= 1900 and period.year < 2960:
        assert period.shift(steps).shift(-steps) == period


@given(periods)
def test_the_next_period_begins_the_day_after(period: Period) -> None:
    assert period.shift(1).first_day == period.last_day + timedelta(days=1)


@given(periods)
def test_the_year_contains_its_periods_and_a_period_contains_itself(period: Period) -> None:
    assert Period(Frequency.ANNUAL, period.year, 1).contains(period)
    assert period.contains(period)
    assert not period.contains(period.shift(1))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("202503", "2025-03"),
        ("202502B", "2025-B2"),
        ("2025Q1", "2025-Q1"),
        ("2025S1", "2025-S1"),
        ("2025", "2025"),
        ("2025-C3", "2025-C3"),
    ],
)
def test_dhis2_forms_and_ours_are_understood(text: str, code: str) -> None:
    assert parse_period(text).code == code


@pytest.mark.parametrize(
    "text",
    ["2019-13", "2019-00", "2019-Q5", "2019-B7", "2019-C4", "2019-S3", "2019-T1", "2019-1", "201913",
     "201907B", "2019S3", "", " 2019", "2019 ", "19-01", "２０１９", "2019-01-01", "0000", "2019-q1"],
)  # fmt: skip
def test_what_names_no_period_is_refused(text: str) -> None:
    with pytest.raises(InvalidPeriod):
        parse_period(text)


def test_february_ends_on_the_29th_in_a_leap_year_only() -> None:
    assert parse_period("2024-02").last_day == date(2024, 2, 29)
    assert parse_period("2025-02").last_day == date(2025, 2, 28)
