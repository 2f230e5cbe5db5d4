"""Bands, caps, means, coverage."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.domain.achievement import Direction, Goal
from services.indicators.domain.arithmetic import at_the_edge
from services.indicators.domain.explain import explain_judgement
from services.indicators.domain.policy import Band, InvalidPolicy, Policy, judge, light_for
from services.indicators.domain.scores import Score, Scored, weighted_score

D = Decimal
BANDS = (
    Band("red", D(0), D(70)),
    Band("amber", D(70), D(85)),
    Band("green", D(85), D(115)),
    Band("over", D(115), None),
)
POLICY = Policy("IESS-2025", 1, BANDS, D(100))

percents = st.decimals(D(0), D(100), places=4, allow_nan=False, allow_infinity=False)
weights = st.integers(1, 50).map(D)
scored = st.builds(Scored, st.none() | percents, weights)


@given(st.decimals(D(0), D(10) ** 12, places=6, allow_nan=False, allow_infinity=False))
def test_every_achievement_has_exactly_one_light(percent: Decimal) -> None:
    holding = [band.light for band in BANDS if band.low <= percent and (band.high is None or percent < band.high)]

    assert holding == [light_for(percent, POLICY)]


@pytest.mark.parametrize(
    ("percent", "light"),
    [("0", "red"), ("69.9999999", "red"), ("70", "amber"), ("84.9999999", "amber"), ("85", "green"),
     ("114.9999999", "green"), ("115", "over"), ("1000000", "over")],
)  # fmt: skip
def test_bands_are_half_open(percent: str, light: str) -> None:
    assert light_for(D(percent), POLICY) == light


@given(st.sampled_from([Direction.UP, Direction.DOWN, Direction.MAINTAIN]), st.integers(-50, 50))
def test_a_met_target_is_green_whatever_its_direction_and_zero_included(direction: Direction, target: int) -> None:
    judged = judge(D(target), Goal(direction, D(target)), POLICY)

    assert (judged.traffic_light, judged.achievement_capped) == ("green", D(100))


@pytest.mark.parametrize("result", ["0", "-0", "-0.0000001"])
def test_nothing_achieved_has_no_sign(result: str) -> None:
    goal = Goal(Direction.UP, Decimal(-488), baseline=Decimal(0), by_progress=True)

    judged, steps = explain_judgement(Decimal(result), goal, POLICY)

    assert judged.achievement is not None
    assert f"{at_the_edge(judged.achievement):f}" == "0.0000"
    assert f"{at_the_edge(Decimal(result)):f}" == "0.0000"
    assert "-0.0000" not in {step.result for step in steps}


def test_what_cannot_be_judged_has_no_light() -> None:
    judged = judge(D(-9), Goal(Direction.UP, D(-5)), POLICY)

    assert (judged.achievement, judged.traffic_light, judged.rule) == (None, None, "tolerance-needed")


@pytest.mark.parametrize(
    "stretches",
    [
        (),
        (("red", 1, None),),
        (("red", 0, 70),),
        (("red", 0, 70), ("green", 71, None)),
        (("red", 0, 70), ("green", 69, None)),
        (("red", 0, 70), ("red", 70, None)),
        (("red", 0, 0), ("green", 0, None)),
    ],
)
def test_bands_with_a_hole_an_overlap_or_no_end_are_refused(
    stretches: tuple[tuple[str, int, int | None], ...],
) -> None:
    bands = tuple(Band(light, D(low), None if high is None else D(high)) for light, low, high in stretches)

    with pytest.raises(InvalidPolicy):
        Policy("X", 1, bands, D(100))


@given(st.lists(scored, min_size=1))
def test_a_score_lies_between_the_least_and_the_greatest_that_reported(parts: list[Scored]) -> None:
    known = [part.percent for part in parts if part.percent is not None]
    score = weighted_score(parts)

    if known:
        assert score.percent is not None
        assert min(known) <= score.percent <= max(known)
    else:
        assert score.percent is None


@given(st.lists(scored, min_size=1), weights)
def test_missing_lowers_coverage_and_never_the_score(parts: list[Scored], weight: Decimal) -> None:
    before, after = weighted_score(parts), weighted_score([*parts, Scored(None, weight)])

    assert after.percent == before.percent
    assert before.coverage is not None
    assert after.coverage is not None
    assert after.coverage < before.coverage or before.coverage == 0


def test_nothing_expected_has_no_coverage_rather_than_none_of_it() -> None:
    assert weighted_score([]) == Score(None, None)
