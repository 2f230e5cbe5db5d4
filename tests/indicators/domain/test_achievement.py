"""The laws of achievement, as domain.md §4 states them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.domain.achievement import Achievement, Direction, Goal, achievement_of, capped
from services.indicators.domain.explain import FORMULAS

CAP = Decimal(100)


def decimals(low: str, high: str) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(low), Decimal(high), places=3, allow_nan=False, allow_infinity=False)


values = decimals("-1000000", "1000000")
positives = decimals("0.001", "1000000")
tolerances = st.none() | positives


@st.composite
def goals(draw: st.DrawFn) -> Goal:
    direction = draw(st.sampled_from(list(Direction)))
    target = draw(values | st.just(Decimal(0)))
    upper = target + draw(positives | st.just(Decimal(0))) if direction is Direction.RANGE else None
    return Goal(direction, target, upper, draw(tolerances), draw(st.none() | values), draw(st.booleans()))


def percent(result: Decimal, goal: Goal) -> Decimal:
    reached = achievement_of(result, goal).percent
    assert reached is not None
    return reached


@given(goals())
def test_meeting_the_target_exactly_gives_100_in_every_kind(goal: Goal) -> None:
    assert percent(goal.target, goal) == 100


@given(goals(), values)
def test_it_is_never_negative_and_never_above_the_cap_after_capping(goal: Goal, result: Decimal) -> None:
    reached = achievement_of(result, goal).percent

    assert reached is None or reached >= 0
    top = capped(reached, CAP)
    assert top is None or 0 <= top <= CAP


@given(goals(), values)
def test_only_a_missed_target_of_zero_or_less_without_tolerance_stays_unknown(goal: Goal, result: Decimal) -> None:
    reached = achievement_of(result, goal)

    if reached.percent is None:
        assert reached.rule == "tolerance-needed"
        assert goal.tolerance is None
        assert goal.target <= 0


@given(goals(), values)
def test_every_rule_can_be_told_in_words(goal: Goal, result: Decimal) -> None:
    assert achievement_of(result, goal).rule in FORMULAS


@given(st.sampled_from([Direction.UP, Direction.DOWN]), values, tolerances, values, values)
def test_a_better_result_never_earns_less(
    direction: Direction, target: Decimal, tolerance: Decimal | None, one: Decimal, other: Decimal
) -> None:
    goal = Goal(direction, target, tolerance=tolerance)
    worse, better = sorted((one, other), reverse=direction is Direction.DOWN)

    low = capped(achievement_of(worse, goal, CAP).percent, CAP)
    high = capped(achievement_of(better, goal, CAP).percent, CAP)

    assert low is None or (high is not None and low <= high)


@given(values, values, values, values)
def test_progress_rises_towards_and_beyond_the_target(
    baseline: Decimal, target: Decimal, one: Decimal, other: Decimal
) -> None:
    if baseline == target:
        return
    direction = Direction.UP if target > baseline else Direction.DOWN
    goal = Goal(direction, target, baseline=baseline, by_progress=True)
    worse, better = sorted((one, other), reverse=target < baseline)

    assert percent(worse, goal) <= percent(better, goal)
    assert percent(baseline, goal) == 0


@given(values, positives, positives, values, values)
def test_a_range_falls_away_on_both_sides(
    low: Decimal, width: Decimal, tolerance: Decimal, one: Decimal, other: Decimal
) -> None:
    goal = Goal(Direction.RANGE, low, low + width, tolerance)

    def gap(result: Decimal) -> Decimal:
        return max(low - result, result - (low + width), Decimal(0))

    nearer, farther = sorted((one, other), key=gap)
    assert percent(nearer, goal) >= percent(farther, goal)
    assert percent(low - tolerance, goal) == 0
    assert percent(low + width + tolerance, goal) == 0


@given(st.sampled_from([Direction.UP, Direction.DOWN]), values, positives, positives)
def test_up_and_down_do_not_depend_on_the_unit(
    direction: Direction, result: Decimal, target: Decimal, scale: Decimal
) -> None:
    plain = achievement_of(result, Goal(direction, target))
    scaled = achievement_of(result * scale, Goal(direction, target * scale))

    assert plain == scaled


@pytest.mark.parametrize(
    ("result", "goal", "want"),
    [
        ("94.5", Goal(Direction.UP, Decimal(90)), "105"),
        ("-3", Goal(Direction.UP, Decimal(90)), "0"),
        ("0", Goal(Direction.UP, Decimal(0)), "100"),
        ("0", Goal(Direction.DOWN, Decimal(0)), "100"),
        ("3", Goal(Direction.DOWN, Decimal(0)), "0"),
        ("3", Goal(Direction.DOWN, Decimal(0), tolerance=Decimal(12)), "75"),
        ("20", Goal(Direction.DOWN, Decimal(0), tolerance=Decimal(12)), "0"),
        ("120", Goal(Direction.DOWN, Decimal(90)), "75"),
        ("0", Goal(Direction.DOWN, Decimal(90)), "100"),
        ("-7.5", Goal(Direction.UP, Decimal(-5), tolerance=Decimal(10)), "75"),
        ("15", Goal(Direction.DOWN, Decimal(10), baseline=Decimal(20), by_progress=True), "50"),
        ("25", Goal(Direction.DOWN, Decimal(10), baseline=Decimal(20), by_progress=True), "0"),
        ("5", Goal(Direction.RANGE, Decimal(4), Decimal(6)), "100"),
        ("7", Goal(Direction.RANGE, Decimal(4), Decimal(6)), "0"),
        ("7", Goal(Direction.RANGE, Decimal(4), Decimal(6), Decimal(4)), "75"),
        ("12", Goal(Direction.MAINTAIN, Decimal(10), tolerance=Decimal(2)), "100"),
        ("13", Goal(Direction.MAINTAIN, Decimal(10), tolerance=Decimal(2)), "50"),
        ("11", Goal(Direction.MAINTAIN, Decimal(10)), "0"),
    ],
)
def test_a_worked_example_comes_out_to_the_last_digit(result: str, goal: Goal, want: str) -> None:
    assert percent(Decimal(result), goal) == Decimal(want)


def test_short_of_a_negative_target_without_tolerance_nobody_can_tell() -> None:
    assert achievement_of(Decimal(-6), Goal(Direction.UP, Decimal(-5))) == Achievement(None, "tolerance-needed")


def test_a_baseline_equal_to_the_target_falls_back_to_the_level() -> None:
    goal = Goal(Direction.UP, Decimal(10), baseline=Decimal(10), by_progress=True)

    assert percent(Decimal(5), goal) == 50


@pytest.mark.parametrize(
    ("direction", "target_to", "tolerance"),
    [(Direction.UP, Decimal(5), None), (Direction.RANGE, None, None), (Direction.RANGE, Decimal(0), None),
     (Direction.DOWN, None, Decimal(0))],
)  # fmt: skip
def test_a_goal_that_makes_no_sense_is_refused(
    direction: Direction, target_to: Decimal | None, tolerance: Decimal | None
) -> None:
    with pytest.raises(ValueError, match=r"range|tolerance"):
        Goal(direction, Decimal(1), target_to, tolerance)
