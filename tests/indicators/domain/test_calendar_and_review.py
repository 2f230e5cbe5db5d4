"""Boundaries of the calendar in America/Guayaquil, cell states, the review's state machine, quality."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.domain.calendar import (
    CalendarRule,
    Entry,
    end_of,
    entry_at,
    is_business_day,
    is_on_time,
    local_day,
    nth_business_day,
    window_of,
)
from services.indicators.domain.cells import CellState, state_of
from services.indicators.domain.periods import parse_period
from services.indicators.domain.quality import DueCell, quality_of
from services.indicators.domain.review import Action, Review, ReviewRefused, after_action, after_change

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
    end = end_of(day)

    assert local_day(end - timedelta(microseconds=1)) == day
    assert local_day(end) == day + timedelta(days=1)
    assert (end.hour, end.tzinfo) == (5, UTC)


def test_the_due_day_is_inclusive_until_its_last_second() -> None:
    window = window_of(parse_period("2019-01"), RULE, frozenset())
    last_second = datetime(2019, 2, 8, 4, 59, 59, tzinfo=UTC)

    assert window.due_on == date(2019, 2, 7)
    assert is_on_time(window, last_second)
    assert not is_on_time(window, last_second + timedelta(seconds=1))


def test_the_lock_is_inclusive_and_an_exception_opens_it() -> None:
    window = window_of(parse_period("2019-01"), RULE, frozenset())
    after_lock = datetime(2019, 2, 15, 5, 0, 0, tzinfo=UTC)

    assert entry_at(window, after_lock - timedelta(seconds=1)) is Entry.OPEN
    assert entry_at(window, after_lock) is Entry.LOCKED
    assert entry_at(window, after_lock, excepted=True) is Entry.OPEN


def test_a_future_period_is_refused_even_with_an_exception() -> None:
    window = window_of(parse_period("2019-01"), RULE, frozenset())
    eve = datetime(2019, 2, 1, 4, 59, 59, tzinfo=UTC)

    assert entry_at(window, eve, excepted=True) is Entry.NOT_YET
    assert entry_at(window, eve + timedelta(seconds=1)) is Entry.OPEN


def test_a_calendar_without_lock_day_never_locks() -> None:
    window = window_of(parse_period("2019-01"), CalendarRule(1, 5), frozenset())

    assert entry_at(window, datetime(2099, 1, 1, tzinfo=UTC)) is Entry.OPEN


@pytest.mark.parametrize(("due", "lock"), [(0, None), (5, 4)])
def test_a_rule_that_locks_before_it_is_due_is_refused(due: int, lock: int | None) -> None:
    with pytest.raises(ValueError, match="due"):
        CalendarRule(1, due, lock)


@pytest.mark.parametrize(
    ("has_value", "exempt", "today", "want"),
    [
        (True, True, date(2030, 1, 1), CellState.REPORTED),
        (False, True, date(2030, 1, 1), CellState.EXEMPT),
        (False, False, date(2019, 2, 7), CellState.NOT_DUE),
        (False, False, date(2019, 2, 8), CellState.MISSING),
    ],
)
def test_no_value_has_three_different_reasons(has_value: bool, exempt: bool, today: date, want: CellState) -> None:
    assert state_of(has_value=has_value, exempt=exempt, due_on=date(2019, 2, 7), today=today) is want


def test_who_reports_does_not_approve() -> None:
    with pytest.raises(ReviewRefused, match="own-submission"):
        after_action(Review.SUBMITTED, Action.APPROVE, actor="ana", submitter="ana")

    assert after_action(Review.SUBMITTED, Action.APPROVE, actor="eva", submitter="ana") is Review.APPROVED


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_a_return_says_what_to_mend(reason: str | None) -> None:
    with pytest.raises(ReviewRefused, match="reason-missing"):
        after_action(Review.SUBMITTED, Action.RETURN, actor="eva", submitter="ana", reason=reason)


@pytest.mark.parametrize(
    ("current", "action"),
    [(Review.APPROVED, Action.APPROVE), (Review.APPROVED, Action.RETURN), (Review.RETURNED, Action.APPROVE),
     (Review.DRAFT, Action.APPROVE), (Review.SUBMITTED, Action.SUBMIT), (Review.APPROVED, Action.SUBMIT)],
)  # fmt: skip
def test_an_unlawful_transition_is_refused(current: Review, action: Action) -> None:
    with pytest.raises(ReviewRefused, match="invalid-transition"):
        after_action(current, action, actor="eva", submitter="ana", reason="x")


@given(st.sampled_from(list(Review)))
def test_a_change_reopens_and_counts_as_drift_only_after_approval(current: Review) -> None:
    assert after_change(current) == (Review.SUBMITTED, current is Review.APPROVED)


def test_quality_counts_due_cells() -> None:
    cells = [DueCell(True, True), DueCell(True, True, returned=True), DueCell(True, False), DueCell(False)]
    quality = quality_of(cells)

    assert (quality.due, quality.reported, quality.on_time, quality.returned, quality.reliable) == (
        4,
        3,
        2,
        1,
        1,
    )
    assert (str(quality.completeness)[:4], str(quality.reliability)[:4]) == ("0.75", "0.25")


def test_quality_of_nothing_due_has_no_share() -> None:
    assert quality_of([]).completeness is None
