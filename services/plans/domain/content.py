"""A plan as the rules see it: plain facts, no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

LEVELS = ("N1", "N2", "N3", "N4")


def height(level: str) -> int:
    """How far up a level stands: N1 is 4, N4 is 1; alignment goes from lower to higher."""
    return len(LEVELS) - LEVELS.index(level)


@dataclass(frozen=True, slots=True)
class ObjectiveFact:
    code: str
    plan: str
    level: str
    statement: str
    dependencia: str
    valid_from: date
    valid_to: date
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StrategyFact:
    code: str
    plan: str
    objective: str
    text: str
    in_pei: bool
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True)
class AlignmentFact:
    """from_ serves target, an objective or a strategy. Printed number and text are kept even where they disagree."""

    from_: str
    target: str
    printed_number: int | None = None
    printed_text: str | None = None
    number_by_text: int | None = None


@dataclass(frozen=True, slots=True)
class ProjectFact:
    id: str
    name: str
    kind: str
    phase: str | None
    end_date: date | None
    carried_over: bool


@dataclass(frozen=True, slots=True)
class IndicatorFact:
    """An indicator as assigned in the plan; None where its sheet says nothing."""

    assignment: str
    statement: str
    objective: str | None
    dependencia: str
    unit: str | None
    direction: str | None
    frequency: str | None
    target_count: int
    target_value: str | None
    target_text: str | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanContent:
    """One plan with what it may be aligned to. `own` of an objective or strategy: its plan is this plan's code.

    pac_lines: those of its dependencia and below, in its years.
    """

    code: str
    period_from: date
    period_to: date
    objectives: Mapping[str, ObjectiveFact] = field(default_factory=dict)
    strategies: Mapping[str, StrategyFact] = field(default_factory=dict)
    alignments: tuple[AlignmentFact, ...] = ()
    projects: tuple[ProjectFact, ...] = ()
    indicators: tuple[IndicatorFact, ...] | None = None
    kind: str = "poa"
    dependencia: str = "IESS"
    pac_lines: int = 0

    def own_objectives(self) -> list[ObjectiveFact]:
        return [o for o in self.objectives.values() if o.plan == self.code]

    def level_of(self, target: str) -> int:
        """Height of an objective or strategy; a strategy stands just below the objective it belongs to."""
        objective = self.objectives.get(target)
        if objective is not None:
            return 2 * height(objective.level)
        carried = self.objectives.get(self.strategies[target].objective)
        return 0 if carried is None else 2 * height(carried.level) - 1
