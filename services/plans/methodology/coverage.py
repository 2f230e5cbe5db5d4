"""Coverage of a plan: what nobody carries, what nobody measures, who commits to nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from services.kit.database import Pool
from services.plans.domain.content import IndicatorFact, PlanContent
from services.plans.domain.lint import Finding

# Central units only: the POA of the institution is written by them; a province has a plan of its own.
DIRECTIONS = """
    SELECT u.code, u.name FROM plans.org_units u
    WHERE u.kind <> 'institution' AND u.province IS NULL
      AND $1 >= u.valid_from AND (u.valid_to IS NULL OR $1 <= u.valid_to)
      AND NOT EXISTS (
          SELECT 1 FROM plans.objectives o JOIN plans.org_closure c ON c.descendant_id = o.dependencia_id
          WHERE o.plan = $2 AND c.ancestor_id = u.id)
    ORDER BY u.id"""


async def dependencias_without_objectives(pool: Pool, plan: PlanContent) -> list[dict[str, Any]]:
    rows = await pool.fetch(DIRECTIONS, plan.period_from, plan.code)
    return [dict(row) for row in rows]


def coverage_of(plan: PlanContent, found: Sequence[Finding]) -> dict[str, Any]:
    """Counts and lists of the report; `null` where the indicators could not be asked."""
    own = plan.own_objectives()
    carried = {a.target for a in plan.alignments}
    return {
        "objectives": dict(sorted(Counter(o.level for o in own).items())),
        "strategies": {
            "total": len(plan.strategies),
            "carried": sum(code in carried for code in plan.strategies),
            "unused": _of(found, "strategy-unused", "strategies"),
            "outside_pei": _of(found, "strategy-not-in-pei", "strategies"),
        },
        "objectives_aligned": sum(1 for o in own if any(a.from_ == o.code for a in plan.alignments)),
        "objectives_without_indicators": _without_indicators(plan),
        "indicators": None if plan.indicators is None else _indicators(plan.indicators),
        "ended_alignments": _of(found, "alignment-target-ended", "alignments"),
        "printed_mismatches": _of(found, "alignment-number-text-mismatch", "alignments"),
        "crossed_units": _of(found, "unit-statement-crossed", "objectives"),
        "repeated_statements": _of(found, "statement-repeated", "objectives"),
    }


def _of(found: Sequence[Finding], code: str, kind: str) -> list[str]:
    return [f.pointer.removeprefix(f"/{kind}/") for f in found if f.code == code]


def _without_indicators(plan: PlanContent) -> list[str] | None:
    if plan.indicators is None:
        return None
    linked = {i.objective for i in plan.indicators}
    return [o.code for o in plan.own_objectives() if o.code not in linked]


def _indicators(indicators: Sequence[IndicatorFact]) -> dict[str, int]:
    return {
        "total": len(indicators),
        "linked_to_objective": sum(i.objective is not None for i in indicators),
        "without_unit": sum(i.unit is None for i in indicators),
        "frequency_not_printed": sum("frequency-not-printed" in i.warnings for i in indicators),
        "ambiguous_targets": sum("target-ambiguous" in i.warnings for i in indicators),
    }
