"""Planned against actual: the planned curve, the freeze clock and the light of a project. Decimal, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

HUNDRED = Decimal(100)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Milestone:
    """A share of the whole, in percent, planned for a day."""

    weight_percent: Decimal
    planned_on: date


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase the project entered on a day; it lasts until the next one."""

    code: str
    entered_on: date
    stops_clock: bool


@dataclass(frozen=True, slots=True)
class Bands:
    """Points behind the plan from which the light is amber and red."""

    amber_points: Decimal
    red_points: Decimal


def frozen_days(phases: Sequence[Phase], until: date) -> int:
    """Days spent in phases that stop the clock, up to a day. phases: in order of entry."""
    if not phases:
        return 0
    ends = [phase.entered_on for phase in phases[1:]] + [until]
    return sum(
        max(0, (min(end, until) - phase.entered_on).days)
        for phase, end in zip(phases, ends, strict=True)
        if phase.stops_clock
    )


def planned_percent(
    on: date, start: date | None, end: date | None, milestones: Sequence[Milestone], stopped_days: int = 0
) -> Decimal | None:
    """What should be done by a day: milestones by weight, otherwise a straight line from start to end.

    Days in which the clock stood still do not count: the plan waits with the project. An end alone says that all is
    done from that day on, and nothing before. None when neither milestones nor dates say anything.
    """
    if milestones:
        day = on - timedelta(days=stopped_days)
        whole = sum((m.weight_percent for m in milestones), ZERO)
        return HUNDRED * sum((m.weight_percent for m in milestones if m.planned_on <= day), ZERO) / whole
    if end is None:
        return None
    if start is None:
        return HUNDRED if on - timedelta(days=stopped_days) >= end else None
    if start == end:
        return HUNDRED if on - timedelta(days=stopped_days) >= end else ZERO
    passed = Decimal((on - start).days - stopped_days) / Decimal((end - start).days)
    return HUNDRED * min(max(passed, ZERO), Decimal(1))


def light(planned: Decimal | None, actual: Decimal | None, bands: Bands) -> str | None:
    """`green`, `amber` or `red` by the points the project is behind; None when either side is unknown."""
    if planned is None or actual is None:
        return None
    behind = planned - actual
    if behind >= bands.red_points:
        return "red"
    return "amber" if behind >= bands.amber_points else "green"


def shown(value: Decimal | None) -> str | None:
    """Two places, half up: the edge where a percent is rounded."""
    return None if value is None else str(value.quantize(Decimal("0.01"), ROUND_HALF_UP))
