"""Aggregation over time and tree, and what targets mean."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.domain.achievement import Direction
from services.indicators.domain.rollup import (
    OrgAggregation,
    Part,
    Rollup,
    TimeAggregation,
    over_time,
    over_tree,
    year_to_date,
)
from services.indicators.domain.targets import Target, TargetKind, level_of

D = Decimal
counts = st.integers(1, 10**6).map(D)
values = st.integers(-(10**9), 10**9).map(lambda number: Decimal(number).scaleb(-4))
percents = st.integers(0, 10**5).map(lambda number: Decimal(number).scaleb(-2))
ratios = st.builds(lambda n, d: Part(100 * n / d, n, d), counts, counts)


@given(st.lists(ratios, min_size=1), st.sampled_from([TimeAggregation.RATIO, OrgAggregation.RATIO]))
def test_a_ratio_is_the_sum_of_numerators_over_the_sum_of_denominators(
    parts: list[Part], aggregation: TimeAggregation | OrgAggregation
) -> None:
    below = sum(part.denominator or 0 for part in parts)
    above = sum(part.numerator or 0 for part in parts)

    if len(parts) == 1:
        return
    rolled = (
        over_time(parts, aggregation) if isinstance(aggregation, TimeAggregation) else over_tree(parts, aggregation)
    )

    assert rolled.value is not None
    assert abs(rolled.value * below - 100 * above) < D("1e-15")


def test_a_ratio_is_not_the_mean_of_percentages() -> None:
    parts = [Part(D(50), D(1), D(2)), Part(D(100), D(98), D(98))]

    assert over_tree(parts, OrgAggregation.RATIO).value == 99
    assert over_tree(parts, OrgAggregation.MEAN).value == 75


def test_a_ratio_lacking_a_term_is_unknown_and_not_a_mean() -> None:
    assert over_time([Part(D(50), D(1), D(2)), Part(D(70))], TimeAggregation.RATIO).value is None


def test_only_percentages_are_per_hundred() -> None:
    parts = [Part(D("1.5"), D(3), D(2)), Part(D("0.5"), D(1), D(2))]

    assert over_time(parts, TimeAggregation.RATIO, per=D(1)).value == 1
    assert over_tree(parts, OrgAggregation.RATIO, per=D(1)).value == 1
    assert over_tree(parts, OrgAggregation.RATIO).value == 100


def test_one_cell_is_its_own_ratio() -> None:
    assert over_time([Part(D(70))], TimeAggregation.RATIO).value == 70


def test_a_ratio_over_nothing_is_unknown() -> None:
    assert over_tree([Part(D(0), D(0), D(0))] * 2, OrgAggregation.RATIO).value is None


@pytest.mark.parametrize(
    ("aggregation", "want"),
    [
        (TimeAggregation.SUM, 60),
        (TimeAggregation.MEAN, 20),
        (TimeAggregation.LAST, 10),
        (TimeAggregation.MAX, 30),
    ],
)
def test_only_due_and_reported_periods_enter(aggregation: TimeAggregation, want: int) -> None:
    parts = [Part(D(20)), Part(None), Part(D(30)), Part(D(10)), Part(D(99), expected=False)]

    assert over_time(parts, aggregation) == Rollup(D(want), reported=3, expected=4)


def test_an_indicator_that_is_not_rolled_up_still_says_who_reported() -> None:
    assert over_tree([Part(D(1)), Part(None)], OrgAggregation.NONE) == Rollup(None, 1, 2)


def test_a_weighted_mean_uses_the_weights_of_those_that_reported() -> None:
    parts = [Part(D(10), weight=D(3)), Part(D(50), weight=D(1)), Part(None, weight=D(96))]

    assert over_tree(parts, OrgAggregation.WEIGHTED).value == 20


def test_year_to_date_compares_result_and_target_over_the_same_periods() -> None:
    results = [Part(D(10)), Part(None), Part(D(20)), Part(D(5), expected=False)]
    targets = [D(10), D(10), D(10), D(10)]

    assert year_to_date(results, targets, TimeAggregation.SUM) == (Rollup(D(30), 2, 3), D(20))


@pytest.mark.parametrize(
    ("target", "want"),
    [
        (Target(TargetKind.LEVEL, D(80)), D(80)),
        (Target(TargetKind.CHANGE_ON_BASELINE, D(10)), D(180)),
        (Target(TargetKind.CHANGE_ON_SAME_PERIOD_LAST_YEAR, D(5)), D(95)),
        (Target(TargetKind.MAINTAIN, None), D(200)),
        (Target(TargetKind.MAINTAIN, D(190)), D(190)),
        (Target(TargetKind.AMBIGUOUS, D(40)), None),
    ],
)
def test_a_target_becomes_a_level(target: Target, want: Decimal | None) -> None:
    assert level_of(target, Direction.DOWN, baseline=D(200), last_year=D(100)) == want


@given(values, percents, st.sampled_from([Direction.UP, Direction.DOWN]))
def test_a_change_lies_on_the_better_side_of_its_reference_whatever_its_sign(
    reference: Decimal, percent: Decimal, direction: Direction
) -> None:
    level = level_of(Target(TargetKind.CHANGE_ON_BASELINE, percent), direction, baseline=reference)

    assert level is not None
    gained = level - reference if direction is Direction.UP else reference - level
    assert gained == abs(reference) * percent / 100


def test_a_change_without_its_reference_has_no_level() -> None:
    assert level_of(Target(TargetKind.CHANGE_ON_BASELINE, D(10)), Direction.UP) is None


def test_a_change_of_something_to_maintain_has_no_side_to_go_to() -> None:
    target = Target(TargetKind.CHANGE_ON_BASELINE, D(10))

    assert level_of(target, Direction.MAINTAIN, baseline=D(5)) is None
