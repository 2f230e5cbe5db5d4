"""The rules of planned progress, lights and the freeze clock, without a service around them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.plans.domain.tracking import Bands, Milestone, Phase, frozen_days, light, planned_percent
from services.plans.tracking.curve import months

percents = st.decimals(0, 100, places=2, allow_nan=False)


@given(st.dates(date(2026, 1, 1), date(2026, 12, 30)), st.integers(0, 400))
def test_a_plan_rises_from_nothing_to_all(on: date, later: int) -> None:
    start, end = date(2026, 1, 1), date(2026, 12, 31)
    now, then = (planned_percent(day, start, end, []) for day in (on, on + timedelta(days=later)))

    assert now is not None
    assert then is not None
    assert 0 <= now <= then <= 100


@given(
    st.lists(st.tuples(st.decimals("0.01", 100, places=2), st.dates(date(2026, 1, 1), date(2026, 12, 31))), min_size=1)
)
def test_all_milestones_make_a_hundred(parts: list[tuple[Decimal, date]]) -> None:
    milestones = [Milestone(weight, day) for weight, day in parts]

    assert planned_percent(date(2026, 12, 31), None, None, milestones) == 100
    assert planned_percent(date(2025, 12, 31), None, None, milestones) == 0


@given(percents, percents)
def test_being_ahead_is_never_worse_than_being_behind(planned: Decimal, actual: Decimal) -> None:
    bands = Bands(Decimal(5), Decimal(15))
    order = ["green", "amber", "red"]
    here, ahead = light(planned, actual, bands), light(planned, min(actual + 1, Decimal(100)), bands)

    assert here is not None
    assert ahead is not None
    assert order.index(ahead) <= order.index(here)


def test_the_freeze_clock_counts_open_and_closed_stops() -> None:
    phases = [
        Phase("execution", date(2026, 1, 1), False),
        Phase("frozen", date(2026, 1, 11), True),
        Phase("execution", date(2026, 1, 21), False),
        Phase("frozen", date(2026, 2, 1), True),
    ]

    assert frozen_days(phases, date(2026, 2, 6)) == 15
    assert frozen_days(phases, date(2026, 1, 16)) == 5


def test_an_end_alone_says_when_all_is_done_and_nothing_before() -> None:
    end = date(2024, 12, 15)

    assert planned_percent(date(2024, 12, 14), None, end, []) is None
    assert planned_percent(end, None, end, []) == 100
    assert planned_percent(date(2025, 1, 3), None, end, [], stopped_days=30) is None


def test_a_curve_that_is_too_long_keeps_its_end() -> None:
    found = months(date(1990, 1, 1), date(2026, 12, 31))

    assert (len(found), found[0], found[-1]) == (240, "2007-01", "2026-12")
