"""Targets: what a printed goal asks for in the indicator's unit. Source: design/domain.md §4."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.indicators.domain.achievement import Direction
from services.indicators.domain.arithmetic import product, quotient, total


class TargetKind(StrEnum):
    """How the number of a target is meant."""

    LEVEL = "level"
    CHANGE_ON_BASELINE = "change_on_baseline"
    CHANGE_ON_SAME_PERIOD_LAST_YEAR = "change_on_same_period_last_year"
    MAINTAIN = "maintain"
    AMBIGUOUS = "ambiguous"


_SIGNS = {Direction.UP: Decimal(1), Direction.DOWN: Decimal(-1)}


@dataclass(frozen=True, slots=True)
class Target:
    """One target of one period. A change is in percent of its reference, towards the better side, also of a negative
    one: "reducir en un 33 %" is printed, and kept, as 33 of a descending indicator."""

    kind: TargetKind
    value: Decimal | None
    value_to: Decimal | None = None


def level_of(
    target: Target,
    direction: Direction,
    *,
    baseline: Decimal | None = None,
    last_year: Decimal | None = None,
) -> Decimal | None:
    """The level a target asks for, None while nobody can tell.

    An ambiguous target has no level until a person decides; a change has none without its
    reference or a side to go to; "maintain" without a number means the baseline.
    """
    if target.kind is TargetKind.AMBIGUOUS:
        return None
    if target.kind is TargetKind.LEVEL:
        return target.value
    if target.kind is TargetKind.MAINTAIN:
        return baseline if target.value is None else target.value
    reference = baseline if target.kind is TargetKind.CHANGE_ON_BASELINE else last_year
    sign = _SIGNS.get(direction)
    if reference is None or target.value is None or sign is None:
        return None
    change = quotient(product(product(sign, abs(reference)), target.value), Decimal(100))
    return total([reference, change]).normalize()
