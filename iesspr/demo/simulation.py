"""What the simulated provinces would report. Pure: the same seed gives the same rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

# Months of a period by frequency, and how its code is written for the period that ends in a month.
_MONTHS = {"monthly": 1, "bimonthly": 2, "quarterly": 3, "four_monthly": 4, "semiannual": 6, "annual": 12}
_MARK = {"bimonthly": "B", "quarterly": "Q", "four_monthly": "C", "semiannual": "S"}
_CENTS = Decimal("0.01")
_SKIPPED_SHARE = 0.04
_MISTYPED_SHARE = 0.01


def period_ending(frequency: str, year: int, month: int) -> str | None:
    """The code of the period of this frequency that ends with the month, None when none does."""
    length = _MONTHS.get(frequency)
    if length is None or month % length:
        return None
    if frequency == "monthly":
        return f"{year}-{month:02}"
    if frequency == "annual":
        return str(year)
    return f"{year}-{_MARK[frequency]}{month // length}"


def month_of_rows(
    assignments: Sequence[Mapping[str, Any]], *, year: int, month: int, seed: int
) -> Iterator[dict[str, Any]]:
    """Rows of a push: assignments with a target whose period ends in the month. Some are late, some mistyped."""
    for assignment in assignments:
        period = period_ending(assignment["frequency"], year, month)
        target = target_of(assignment, period) if period else None
        if target is None:
            continue
        chance = _chance(seed, assignment["code"], period)
        if chance.random() < _SKIPPED_SHARE:
            continue
        value = str(simulated_value(target, assignment, chance))
        if chance.random() < _MISTYPED_SHARE:
            value += "a"
        yield {"assignment": assignment["code"], "period": period, "value": value, "note": "Dato simulado"}


def target_of(assignment: Mapping[str, Any], period: str | None) -> Decimal | None:
    """The target of the period, in the assignment's unit."""
    found = [target["value"] for target in assignment["targets"] if target["period"] == period]
    return Decimal(found[0]) if found and found[0] is not None else None


def simulated_value(target: Decimal, assignment: Mapping[str, Any], chance: Random) -> Decimal:
    """A result near the target. Each dependencia has its own level, so that some provinces do better than others."""
    level = _chance(0, assignment["dependencia"], "level").gauss(0.96, 0.08)
    factor = Decimal(str(round(max(0.3, level + chance.gauss(0, 0.12)), 4)))
    if assignment["direction"] == "down":
        factor = 2 - factor if factor < 2 else Decimal(0)
    value = target * factor
    if assignment["unit"] == "percent" and target <= 100:
        value = min(value, Decimal(100))
    exact = Decimal(1) if assignment["unit"] in ("count", "days", "months") else _CENTS
    return value.quantize(exact, ROUND_HALF_UP)


def corrected(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows as somebody would send them again after reading the answer."""
    return [{**row, "value": str(row["value"]).rstrip("a")} for row in rows]


def _chance(seed: int, *names: object) -> Random:
    """A generator of its own for each thing simulated: order and concurrency change nothing."""
    digest = hashlib.sha256("|".join(map(str, (seed, *names))).encode()).digest()
    return Random(digest)
