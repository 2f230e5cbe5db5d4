"""Achievement of a result against its target, in percent. Source: design/domain.md §4.

Every case ends as one fraction or one constant, so nothing divides by zero and PostgreSQL repeats
it exactly (`indicators.achievement`, held equal by a property test).
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.indicators.domain.arithmetic import difference, percent_of, total

ZERO, FULL = Decimal(0), Decimal(100)


class Direction(StrEnum):
    """Which way a better result lies."""

    UP = "up"
    DOWN = "down"
    RANGE = "range"
    MAINTAIN = "maintain"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a result is held against, all in the indicator's unit.

    target: the level to reach; of a range, its lower end. target_to: the upper end of a range.
    tolerance: τ, where falling short is still worth something. baseline: b, read only when
    `by_progress` chooses to measure the way covered from it.
    """

    direction: Direction
    target: Decimal
    target_to: Decimal | None = None
    tolerance: Decimal | None = None
    baseline: Decimal | None = None
    by_progress: bool = False

    def __post_init__(self) -> None:
        if self.tolerance is not None and self.tolerance <= 0:
            raise ValueError("a tolerance is positive or absent")
        if (self.direction is Direction.RANGE) != (self.target_to is not None):
            raise ValueError("a range, and only a range, has an upper end")
        if self.target_to is not None and self.target_to < self.target:
            raise ValueError("a range ends where it begins or above")


@dataclass(frozen=True, slots=True)
class Achievement:
    """Percent (unrounded) and the rule that gave it; None when the rule needs a τ nobody set."""

    percent: Decimal | None
    rule: str


def achievement_of(result: Decimal, goal: Goal, cap: Decimal = FULL) -> Achievement:
    """Percent achieved, never negative and not yet capped, with the rule's name.

    `cap` is what a descending indicator earns at zero, where its fraction would have no end.
    """
    if goal.by_progress and goal.baseline is not None and goal.baseline != goal.target:
        return _progress(result, goal.target, goal.baseline)
    if goal.direction is Direction.UP:
        return _up(result, goal)
    if goal.direction is Direction.DOWN:
        return _down(result, goal, cap)
    if goal.direction is Direction.RANGE:
        upper = goal.target if goal.target_to is None else goal.target_to
        return _within(result, goal.target, upper, goal.tolerance, "range")
    slack = goal.tolerance or ZERO
    lower, upper = difference(goal.target, slack), total([goal.target, slack])
    return _within(result, lower, upper, goal.tolerance, "maintain")


def capped(percent: Decimal | None, cap: Decimal) -> Decimal | None:
    """The achievement as it enters a roll-up."""
    return None if percent is None else min(percent, cap)


def _floored(percent: Decimal) -> Decimal:
    return max(percent, ZERO)


def _progress(result: Decimal, target: Decimal, baseline: Decimal) -> Achievement:
    covered, whole = difference(result, baseline), difference(target, baseline)
    return Achievement(_floored(percent_of(covered, whole)), "progress")


def _up(result: Decimal, goal: Goal) -> Achievement:
    if goal.target > 0:
        return Achievement(_floored(percent_of(result, goal.target)), "up")
    if result >= goal.target:
        return Achievement(FULL, "up-met")
    return _short_of_target(difference(goal.target, result), goal.tolerance)


def _down(result: Decimal, goal: Goal, cap: Decimal) -> Achievement:
    if goal.target > 0:
        if result <= 0:
            return Achievement(cap, "down-to-zero")
        return Achievement(percent_of(goal.target, result), "down")
    if result <= goal.target:
        return Achievement(FULL, "down-met")
    if goal.target == 0 and goal.tolerance is None:
        return Achievement(ZERO, "down-zero-missed")
    return _short_of_target(difference(result, goal.target), goal.tolerance)


def _short_of_target(gap: Decimal, tolerance: Decimal | None) -> Achievement:
    if tolerance is None:
        return Achievement(None, "tolerance-needed")
    return Achievement(_floored(percent_of(difference(tolerance, gap), tolerance)), "tolerance")


def _within(result: Decimal, lower: Decimal, upper: Decimal, tolerance: Decimal | None, rule: str) -> Achievement:
    if lower <= result <= upper:
        return Achievement(FULL, rule)
    gap = difference(lower, result) if result < lower else difference(result, upper)
    if tolerance is None:
        return Achievement(ZERO, f"{rule}-missed")
    return Achievement(_floored(percent_of(difference(tolerance, gap), tolerance)), f"{rule}-tolerance")
