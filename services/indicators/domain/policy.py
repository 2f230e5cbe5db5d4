"""Scoring policies: bands of achievement, cap, weights. Policies are data; this is how they are read."""

from dataclasses import dataclass
from decimal import Decimal

from services.indicators.domain.achievement import Achievement, Goal, achievement_of, capped


class InvalidPolicy(ValueError):
    """Bands with a hole, an overlap, or without an end."""


@dataclass(frozen=True, slots=True)
class Band:
    """A half-open stretch of achievement [low, high) in percent; high None is without end."""

    light: str
    low: Decimal
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a scoring policy."""

    code: str
    version: int
    bands: tuple[Band, ...]
    cap: Decimal

    def __post_init__(self) -> None:
        if not self.bands or self.bands[0].low != 0 or self.bands[-1].high is not None:
            raise InvalidPolicy("bands cover everything from 0 on")
        for band, following in zip(self.bands, self.bands[1:], strict=False):
            if band.high != following.low or band.high <= band.low:
                raise InvalidPolicy(f"band {band.light!r} does not end where {following.light!r} begins")
        if len({band.light for band in self.bands}) != len(self.bands):
            raise InvalidPolicy("two bands have one light")
        if self.cap <= 0:
            raise InvalidPolicy("a cap is positive")

    @property
    def name(self) -> str:
        """Code and version, as every payload names it."""
        return f"{self.code}@{self.version}"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A result under a policy; all None when the rule could not tell."""

    achievement: Decimal | None
    achievement_capped: Decimal | None
    traffic_light: str | None
    rule: str


def light_for(percent: Decimal, policy: Policy) -> str:
    """The light of an unrounded achievement."""
    return next(band.light for band in reversed(policy.bands) if percent >= band.low)


def judge(result: Decimal, goal: Goal, policy: Policy) -> Judgement:
    """Achievement, capped achievement and light of a result."""
    reached: Achievement = achievement_of(result, goal, policy.cap)
    if reached.percent is None:
        return Judgement(None, None, None, reached.rule)
    return Judgement(
        reached.percent,
        capped(reached.percent, policy.cap),
        light_for(reached.percent, policy),
        reached.rule,
    )
