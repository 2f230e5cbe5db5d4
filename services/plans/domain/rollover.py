"""Into the next year: what of a plan continues, what ends, and which projects are carried over. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.plans.domain.content import PlanContent, ProjectFact


@dataclass(frozen=True, slots=True)
class Rollover:
    """Codes of the old plan. carried_over: continuing projects whose end date is before the new period."""

    continues: tuple[str, ...]
    ends: tuple[str, ...]
    projects: tuple[ProjectFact, ...]
    projects_ended: tuple[str, ...]
    carried_over: tuple[str, ...]


def renamed(code: str, old: str, new: str) -> str:
    """The successor's code: `POA-2025.DNPL.N2.1` → `POA-2026.DNPL.N2.1`."""
    return new + code.removeprefix(old)


def roll(plan: PlanContent, period_from: date, ended: Collection[str]) -> Rollover:
    """ended: codes of objectives, strategies or projects that the caller ends by name.

    What a reform ended before the plan did has ended; projects that are closed or cancelled end by themselves. A
    strategy ends with its objective.
    """
    own_objectives = [o.code for o in plan.own_objectives()]
    own_strategies = [s for s in plan.strategies.values() if s.plan == plan.code]
    gone = set(ended)
    gone |= {o.code for o in plan.own_objectives() if o.valid_to < plan.period_to}
    gone |= {s.code for s in own_strategies if s.valid_to < plan.period_to}
    gone |= {s.code for s in own_strategies if s.objective in gone}
    own = [*own_objectives, *(s.code for s in own_strategies)]
    over = [p for p in plan.projects if p.id in gone or p.phase in ("closed", "cancelled")]
    living = [p for p in plan.projects if p not in over]
    return Rollover(
        continues=tuple(code for code in own if code not in gone),
        ends=tuple(code for code in own if code in gone),
        projects=tuple(living),
        projects_ended=tuple(p.id for p in over),
        carried_over=tuple(p.id for p in living if p.end_date is not None and p.end_date < period_from),
    )


def unknown(plan: PlanContent, ended: Sequence[str]) -> list[str]:
    """The named codes that are nothing of this plan."""
    own: Mapping[str, Any] = {
        **{o.code: o for o in plan.own_objectives()},
        **{s.code: s for s in plan.strategies.values() if s.plan == plan.code},
        **{p.id: p for p in plan.projects},
    }
    return [code for code in ended if code not in own]
