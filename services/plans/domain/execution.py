"""Rules of budget execution: the percent is computed, never stored as truth. Source: design/domain.md §3."""

from __future__ import annotations

from decimal import Decimal

COMPANIES = frozenset(str(number) for number in range(201, 217))
TOLERANCE_POINTS = Decimal("0.005")


def execution_percent(current: Decimal, accrued: Decimal) -> Decimal | None:
    """Accrued over current in percent, exact; None when there is nothing to execute."""
    return None if current == 0 else 100 * accrued / current


def warnings_of(current: Decimal, accrued: Decimal, printed: Decimal | None) -> list[str]:
    """Codes of what is odd about a row that is nevertheless taken."""
    computed = execution_percent(current, accrued)
    found = []
    if printed is not None and (computed is None or abs(computed - printed) > TOLERANCE_POINTS):
        found.append("printed-percent-differs")
    if accrued > current:
        found.append("accrued-above-current")
    return found
