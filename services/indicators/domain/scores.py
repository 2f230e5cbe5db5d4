"""Scores of objectives and dependencias. Missing data lowers coverage, not the score; both are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.indicators.domain.arithmetic import product, quotient, total


@dataclass(frozen=True, slots=True)
class Scored:
    """One thing that enters a mean: capped achievement in percent, None when not reported."""

    percent: Decimal | None
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Score:
    """Mean in percent over what reported, None when nothing did; coverage is the share (0–1) of weight."""

    percent: Decimal | None
    coverage: Decimal | None


def weighted_score(parts: Sequence[Scored]) -> Score:
    """Weighted mean over the reported parts, and the share of the weight that reported.

    Coverage is None when nothing is expected: 0 would read as "all missing".
    """
    if any(part.weight < 0 for part in parts):
        raise ValueError("a weight is not negative")
    whole = total([part.weight for part in parts])
    if whole == 0:
        return Score(None, None)
    reported = total([part.weight for part in parts if part.percent is not None])
    coverage = quotient(reported, whole)
    if reported == 0:
        return Score(None, coverage)
    points = total([product(p.percent, p.weight) for p in parts if p.percent is not None])
    return Score(quotient(points, reported), coverage)
