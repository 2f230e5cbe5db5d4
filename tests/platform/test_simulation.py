"""The simulated provinces: the same seed tells the same story, and every number is one that could be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from iesspr.demo.simulation import corrected, month_of_rows, period_ending


def make_assignment(code: str = "POA-2019.DP-AZUAY.001", **facts: Any) -> dict[str, Any]:
    targets = [{"period": f"2019-{month:02}", "value": "95"} for month in range(1, 13)]
    given = {
        "dependencia": "DP-AZUAY",
        "frequency": "monthly",
        "unit": "percent",
        "direction": "up",
        "targets": targets,
    }
    return {"code": code, **given, **facts}


ASSIGNMENTS = [make_assignment(f"POA-2019.DP-AZUAY.{number:03}") for number in range(200)]


@pytest.mark.parametrize(
    ("frequency", "month", "code"),
    [
        ("monthly", 2, "2019-02"),
        ("bimonthly", 4, "2019-B2"),
        ("quarterly", 3, "2019-Q1"),
        ("four_monthly", 12, "2019-C3"),
        ("semiannual", 6, "2019-S1"),
        ("annual", 12, "2019"),
        ("quarterly", 4, None),
        ("annual", 6, None),
    ],
)
def test_a_row_is_sent_in_the_month_that_ends_its_period(frequency: str, month: int, code: str | None) -> None:
    assert period_ending(frequency, 2019, month) == code


def test_the_same_seed_gives_the_same_rows() -> None:
    first = list(month_of_rows(ASSIGNMENTS, year=2019, month=5, seed=1))
    again = list(month_of_rows(list(reversed(ASSIGNMENTS)), year=2019, month=5, seed=1))
    other = list(month_of_rows(ASSIGNMENTS, year=2019, month=5, seed=2))

    assert first == list(reversed(again))
    assert first != other


def test_some_rows_are_missing_some_mistyped_and_a_correction_mends_those() -> None:
    rows = list(month_of_rows(ASSIGNMENTS, year=2019, month=5, seed=535))
    mistyped = [row for row in rows if row["value"].endswith("a")]

    assert len(rows) < len(ASSIGNMENTS)
    assert mistyped
    assert all(0 <= Decimal(row["value"]) <= 100 for row in corrected(rows))


def test_without_a_target_nothing_is_invented() -> None:
    assert list(month_of_rows([make_assignment(targets=[])], year=2019, month=5, seed=1)) == []
