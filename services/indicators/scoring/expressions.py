"""Achievement, cap and light as SQL, so that lists and scorecards are computed where the rows are.

The rules are those of `domain.achievement` and `domain.policy`, case by case and in the same order;
`tests/indicators/test_scoring_expressions.py` draws thousands of goals and results through both.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from services.indicators.domain.arithmetic import EDGE_DECIMALS, QUOTIENT_DECIMALS
from services.indicators.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class GoalColumns:
    """SQL of each thing achievement is computed from."""

    value: str
    target: str
    target_to: str
    direction: str
    tolerance: str
    baseline: str
    by_progress: str

    @classmethod
    def of(cls, row: str) -> Self:
        """Of a row that has all of it. row: its alias."""
        return cls(
            value=f"{row}.value",
            target=f"{row}.level",
            target_to=f"{row}.level_to",
            direction=f"{row}.direction",
            tolerance=f"{row}.tolerance",
            baseline=f"{row}.baseline_value",
            by_progress=f"{row}.by_progress",
        )


def achievement_sql(columns: GoalColumns, cap: Decimal) -> str:
    """SQL of the unrounded percent, NULL when there is no value, no target, no direction, or no rule for the pair."""
    v, t, to, tau = columns.value, columns.target, columns.target_to, columns.tolerance
    direction, b = columns.direction, columns.baseline
    lower = f"(CASE {direction} WHEN 'range' THEN {t} ELSE {t} - coalesce({tau}, 0) END)"
    upper = f"(CASE {direction} WHEN 'range' THEN {to} ELSE {t} + coalesce({tau}, 0) END)"
    return f"""CASE
        WHEN {v} IS NULL OR {t} IS NULL OR {direction} IS NULL THEN NULL
        WHEN {columns.by_progress} AND {b} IS NOT NULL AND {b} <> {t}
            THEN greatest(0, {_percent(f"{v} - {b}", f"{t} - {b}")})
        WHEN {direction} = 'up' AND {t} > 0 THEN greatest(0, {_percent(v, t)})
        WHEN {direction} = 'up' AND {v} >= {t} THEN 100
        WHEN {direction} = 'down' AND {t} > 0 AND {v} <= 0 THEN {cap:f}
        WHEN {direction} = 'down' AND {t} > 0 THEN {_percent(t, v)}
        WHEN {direction} = 'down' AND {v} <= {t} THEN 100
        WHEN {direction} = 'down' AND {t} = 0 AND {tau} IS NULL THEN 0
        WHEN {direction} IN ('up', 'down') AND {tau} IS NULL THEN NULL
        WHEN {direction} = 'up' THEN greatest(0, {_percent(f"{tau} - ({t} - {v})", tau)})
        WHEN {direction} = 'down' THEN greatest(0, {_percent(f"{tau} - ({v} - {t})", tau)})
        WHEN {direction} = 'range' AND {to} IS NULL THEN NULL
        WHEN {v} BETWEEN {lower} AND {upper} THEN 100
        WHEN {tau} IS NULL THEN 0
        WHEN {v} < {lower} THEN greatest(0, {_percent(f"{tau} - ({lower} - {v})", tau)})
        ELSE greatest(0, {_percent(f"{tau} - ({v} - {upper})", tau)})
    END"""


def light_sql(percent: str, policy: Policy) -> str:
    """SQL of the light of an unrounded percent. Lights are slugs, checked when a policy is written."""
    below = "".join(f" WHEN {percent} < {band.high:f} THEN '{band.light}'" for band in policy.bands[:-1])
    return f"CASE WHEN {percent} IS NULL THEN NULL{below} ELSE '{policy.bands[-1].light}' END"


def capped_sql(percent: str, cap: Decimal) -> str:
    """SQL of the capped percent. Not `least`, which takes an unknown achievement for a full one."""
    return f"CASE WHEN {percent} > {cap:f} THEN {cap:f} ELSE {percent} END"


def edge_sql(percent: str) -> str:
    """SQL of a percentage as it leaves the house: text with four decimals."""
    return f"round({percent}, {EDGE_DECIMALS})::text"


def quotient_sql(numerator: str, denominator: str) -> str:
    """SQL of numerator / denominator to 30 decimals; NULL over zero."""
    return f"round(round({numerator}, {QUOTIENT_DECIMALS}) / nullif({denominator}, 0), {QUOTIENT_DECIMALS})"


def _percent(numerator: str, denominator: str) -> str:
    return f"round(round(100 * ({numerator}), {QUOTIENT_DECIMALS}) / ({denominator}), {QUOTIENT_DECIMALS})"
