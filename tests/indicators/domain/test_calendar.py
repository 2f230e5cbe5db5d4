"""Boundaries of the calendar in America/Guayaquil."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.domain.calendar import (
    CalendarRule,
    is_business_day,
    local_day,
    nth_business_day,
    window_of,
)
from services.indicators.domain.periods import parse_period

RULE = CalendarRule(opens_after_days=1, due_business_day=5, lock_business_day=10)
CARNIVAL = frozenset({date(2019, 3, 4), date(2019, 3, 5)})
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def test_the_due_day_skips_weekends_and_holidays() -> None:
    window = window_of(parse_period("2019-02"), RULE, CARNIVAL)

    # 1 March was a Friday; Monday and Tuesday were carnival.
    assert window.opens_on == date(2019, 3, 1)
    assert window.due_on == date(2019, 3, 11)
    assert window.locks_on == date(2019, 3, 18)


@given(days, st.integers(1, 30), st.sets(days, max_size=20))
def test_the_nth_business_day_is_one_and_has_n_minus_1_between(after: date, count: int, holidays: set[date]) -> None:
    found = nth_business_day(after, count, holidays)
    between = [after + timedelta(days=i) for i in range(1, (found - after).days + 1)]

    assert sum(is_business_day(day, holidays) for day in between) == count
    assert is_business_day(found, holidays)


@given(days)
def test_a_day_in_guayaquil_ends_at_five_in_the_morning_utc(day: date) -> None:
    following = day + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, 5, tzinfo=UTC)

    assert local_day(end - timedelta(microseconds=1)) == day
    assert local_day(end) == following


@pytest.mark.parametrize(("due", "lock"), [(0, None), (5, 4)])
def test_a_rule_that_locks_before_it_is_due_is_refused(due: int, lock: int | None) -> None:
    with pytest.raises(ValueError, match="due"):
        CalendarRule(1, due, lock)
