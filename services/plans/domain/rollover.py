"""Into the next year: what of a plan continues, what ends, and which projects are carried over. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.kit.validity import Validity
from services.plans.domain.content import AlignmentFact, ObjectiveFact, PlanContent, ProjectFact, StrategyFact


@dataclass(frozen=True, slots=True)
class Rollover:
    """Codes of the old plan. carried_over: continuing projects whose end date is before the new period.

    outside: what of the plan it develops is still leant on, to what takes its place there. dropped: alignments of
    continuing objectives to what does not go on.
    """

    continues: tuple[str, ...]
    ends: tuple[str, ...]
    projects: tuple[ProjectFact, ...]
    projects_ended: tuple[str, ...]
    carried_over: tuple[str, ...]
    outside: Mapping[str, str]
    dropped: tuple[AlignmentFact, ...]


def renamed(code: str, old: str, new: str) -> str:
    """The successor's code: `POA-2025.DNPL.N2.1` → `POA-2026.DNPL.N2.1`; what is named otherwise goes below the new."""
    return new + code.removeprefix(old) if code.startswith(f"{old}.") else f"{new}.{code}"


def roll(
    plan: PlanContent, period: tuple[date, date], ended: Collection[str], successors: Mapping[str, str] | None = None
) -> Rollover:
    """ended: codes of objectives, strategies or projects that the caller ends by name.

    What a reform ended before the plan did has ended; projects that are closed or cancelled end by themselves. A
    strategy ends with its objective. successors: when the new plan develops another one, what continues there what the
    old one leant on; None when it develops the same.
    """
    outside = _outside(plan, period, successors)
    own_objectives = [o.code for o in plan.own_objectives()]
    own_strategies = [s for s in plan.strategies.values() if s.plan == plan.code]
    gone = set(ended)
    gone |= {o.code for o in plan.own_objectives() if o.valid_to < plan.period_to}
    gone |= {s.code for s in own_strategies if s.valid_to < plan.period_to}
    standing = (set(own_objectives) - gone) | set(outside)
    gone |= {s.code for s in own_strategies if s.objective not in standing}
    own = [*own_objectives, *(s.code for s in own_strategies)]
    continues = [code for code in own if code not in gone]
    reachable = {*continues, *outside}
    over = [p for p in plan.projects if p.id in gone or p.phase in ("closed", "cancelled")]
    living = [p for p in plan.projects if p not in over]
    return Rollover(
        continues=tuple(continues),
        ends=tuple(code for code in own if code in gone),
        projects=tuple(living),
        projects_ended=tuple(p.id for p in over),
        carried_over=tuple(p.id for p in living if p.end_date is not None and p.end_date < period[0]),
        outside=outside,
        dropped=tuple(a for a in plan.alignments if a.from_ not in gone and a.target not in reachable),
    )


def _outside(plan: PlanContent, period: tuple[date, date], successors: Mapping[str, str] | None) -> dict[str, str]:
    """Objectives and strategies of the plan it develops that can be leant on in the new period, by what they are now.

    In the same plan those that still rule some day of the period, in another one those that continue them.
    """
    whole = Validity(*period)
    known: list[ObjectiveFact | StrategyFact] = [*plan.objectives.values(), *plan.strategies.values()]
    parts = [part for part in known if part.plan != plan.code]
    if successors is not None:
        return {part.code: successors[part.code] for part in parts if part.code in successors}
    return {part.code: part.code for part in parts if whole.overlaps(Validity(part.valid_from, part.valid_to))}


def unknown(plan: PlanContent, ended: Sequence[str]) -> list[str]:
    """The named codes that are nothing of this plan."""
    own: Mapping[str, Any] = {
        **{o.code: o for o in plan.own_objectives()},
        **{s.code: s for s in plan.strategies.values() if s.plan == plan.code},
        **{p.id: p for p in plan.projects},
    }
    return [code for code in ended if code not in own]
