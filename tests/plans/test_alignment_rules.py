"""The rules of alignment on plain facts: what closes a circle is named, and only that."""

from __future__ import annotations

from datetime import date

import pytest

from services.plans.domain.alignment import violations
from services.plans.domain.content import AlignmentFact, ObjectiveFact, PlanContent, StrategyFact

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def plan_of(levels: str, edges: list[tuple[str, str]]) -> PlanContent:
    """levels: one digit per objective O0, O1 …, each of which has a strategy E0, E1 …"""
    objectives = {f"O{n}": ObjectiveFact(f"O{n}", "P", f"N{d}", f"Hacer {n}", "D", *YEAR) for n, d in enumerate(levels)}
    strategies = {f"E{n}": StrategyFact(f"E{n}", "P", f"O{n}", "x", False, *YEAR) for n in range(len(levels))}
    alignments = tuple(AlignmentFact(lower, upper) for lower, upper in edges)
    return PlanContent("P", *YEAR, objectives=objectives, strategies=strategies, alignments=alignments)


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("over", ["O", "E"])
def test_only_what_closes_a_circle_is_named(length: int, over: str) -> None:
    circle = [(f"O{n}", f"{over}{(n + 1) % length}") for n in range(length)]
    # One leads into the circle, one out of it; neither is at fault.
    plan = plan_of("4322231", [*circle, ("O5", "O0"), ("O0", "O6")])

    found = [v for v in violations(plan) if v.code == "alignment-cycle"]

    assert [v.pointer for v in found] == [f"/objectives/{lower}/aligned_to/{upper}" for lower, upper in circle]
    assert all(v.detail.count(" → ") == (length if over == "O" else 2 * length) for v in found)


def test_what_is_out_of_the_plans_reach_is_said_and_judged_no_further() -> None:
    plan = plan_of("4", [("O0", "GONE")])
    plan = PlanContent(
        "P", *YEAR, objectives=plan.objectives, alignments=plan.alignments,
        strategies={"E": StrategyFact("E", "P", "GONE", "x", False, *YEAR)},
    )  # fmt: skip

    assert [(v.code, v.pointer) for v in violations(plan)] == [
        ("unknown-objective", "/strategies/E"),
        ("unknown-target", "/objectives/O0/aligned_to/GONE"),
    ]
