"""Aggregation over time and over the tree. Source: design/domain.md §4.

A ratio is always Σn/Σd, never a mean of percentages; counts of what reported go with every number.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.indicators.domain.arithmetic import product, quotient, total

PER_HUNDRED = Decimal(100)


class TimeAggregation(StrEnum):
    """How periods of one assignment make a longer one."""

    SUM = "sum"
    MEAN = "mean"
    LAST = "last"
    MAX = "max"
    RATIO = "ratio"


class OrgAggregation(StrEnum):
    """How dependencias make their parent."""

    SUM = "sum"
    MEAN = "mean"
    WEIGHTED = "weighted"
    RATIO = "ratio"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Part:
    """One cell that enters a roll-up, in the indicator's unit; value None is a cell without report.

    expected False marks a cell that is not due or exempt: it counts nowhere. share (0–1]: how much of what was
    reported belongs here, through succession; that part of what is summed, and a weight in a mean. unit: in which it
    was sent, where that may differ between periods.
    """

    value: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    weight: Decimal = Decimal(1)
    expected: bool = True
    share: Decimal = Decimal(1)
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Rollup:
    """The aggregated value, None when nothing reported, with the counts it rests on.

    excluded: how many of those reported are not in the value, because they were sent in another unit.
    """

    value: Decimal | None
    reported: int
    expected: int
    excluded: int = 0


def over_time(parts: Sequence[Part], aggregation: TimeAggregation, per: Decimal = PER_HUNDRED) -> Rollup:
    """Aggregate the periods of one assignment, oldest first, over those due and reported in the unit of the latest.

    per: what a ratio is multiplied by; 100 for percentages, 1 for any other unit.
    """
    reported = _used(parts)
    used = [part for part in reported if part.unit == reported[-1].unit]
    value = _TIME[aggregation](used, per) if used else None
    return Rollup(value, len(reported), _expected(parts), len(reported) - len(used))


def over_tree(parts: Sequence[Part], aggregation: OrgAggregation, per: Decimal = PER_HUNDRED) -> Rollup:
    """Aggregate one period over dependencias; `none` is not rolled up but still counts. per: as in `over_time`."""
    used = _used(parts)
    rule = _TREE.get(aggregation)
    return Rollup(rule(used, per) if used and rule else None, len(used), _expected(parts))


def year_to_date(
    results: Sequence[Part],
    targets: Sequence[Decimal | None],
    aggregation: TimeAggregation,
    per: Decimal = PER_HUNDRED,
) -> tuple[Rollup, Decimal | None]:
    """Result and target over the same periods: those due, reported in the unit of the latest, and with a target.

    results and targets run in step, oldest first. A ratio's target is a mean over its periods, as
    a printed percentage has no numerator of its own.
    """
    reported = [
        (part, target)
        for part, target in zip(results, targets, strict=True)
        if part.expected and part.value is not None and target is not None
    ]
    if not reported:
        return Rollup(None, 0, _expected(results)), None
    pairs = [(part, target) for part, target in reported if part.unit == reported[-1][0].unit]
    used = [part for part, _ in pairs]
    goals = [Part(target) for _, target in pairs]
    value = _TIME[aggregation](used, per)
    result = Rollup(value, len(reported), _expected(results), len(reported) - len(used))
    return result, _TIME[TimeAggregation.MEAN if aggregation is TimeAggregation.RATIO else aggregation](goals, per)


def _used(parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if part.expected and part.value is not None]


def _expected(parts: Sequence[Part]) -> int:
    return sum(part.expected for part in parts)


def _values(parts: Sequence[Part]) -> list[Decimal]:
    return [part.value for part in parts if part.value is not None]


def _sum(parts: Sequence[Part], _per: Decimal) -> Decimal | None:
    return total([product(part.value, part.share) for part in parts if part.value is not None])


def _mean(parts: Sequence[Part], _per: Decimal) -> Decimal | None:
    return quotient(
        total([product(part.value, part.share) for part in parts if part.value is not None]),
        total([part.share for part in parts]),
    )


def _last(parts: Sequence[Part], _per: Decimal) -> Decimal | None:
    return parts[-1].value


def _max(parts: Sequence[Part], _per: Decimal) -> Decimal | None:
    return max(_values(parts))


def _weighted(parts: Sequence[Part], _per: Decimal) -> Decimal | None:
    weights = [product(part.weight, part.share) for part in parts]
    whole = total(weights)
    if whole == 0:
        return None
    shared = zip(parts, weights, strict=True)
    return quotient(total([product(part.value, weight) for part, weight in shared if part.value is not None]), whole)


def _ratio(parts: Sequence[Part], per: Decimal) -> Decimal | None:
    """per · Σn/Σd; a part without both terms cannot enter a ratio, so the ratio is not known.

    One part alone is its own ratio: nothing is added up, and its value is what was reported.
    """
    if len(parts) == 1:
        return parts[0].value
    terms = summed_terms(parts)
    return None if terms is None or terms[1] == 0 else quotient(product(per, terms[0]), terms[1])


def summed_terms(parts: Sequence[Part]) -> tuple[Decimal, Decimal] | None:
    """Σ numerator and Σ denominator, each part's by its share; None as soon as one part lacks a term."""
    numerators = [product(part.numerator, part.share) for part in parts if part.numerator is not None]
    denominators = [product(part.denominator, part.share) for part in parts if part.denominator is not None]
    if len(numerators) < len(parts) or len(denominators) < len(parts):
        return None
    return total(numerators), total(denominators)


_TIME: dict[TimeAggregation, Callable[[Sequence[Part], Decimal], Decimal | None]] = {
    TimeAggregation.SUM: _sum,
    TimeAggregation.MEAN: _mean,
    TimeAggregation.LAST: _last,
    TimeAggregation.MAX: _max,
    TimeAggregation.RATIO: _ratio,
}
_TREE: dict[OrgAggregation, Callable[[Sequence[Part], Decimal], Decimal | None]] = {
    OrgAggregation.SUM: _sum,
    OrgAggregation.MEAN: _mean,
    OrgAggregation.WEIGHTED: _weighted,
    OrgAggregation.RATIO: _ratio,
}
