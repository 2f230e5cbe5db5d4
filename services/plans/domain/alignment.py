"""What an alignment must hold: known ends, strictly upward, overlapping validity, no way round in circles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.kit.validity import Validity
from services.plans.domain.content import AlignmentFact, PlanContent


@dataclass(frozen=True, slots=True)
class Violation:
    pointer: str
    code: str
    detail: str


def cycle_through(plan: PlanContent, start: str, first: str) -> list[str] | None:
    """A way from an objective over the first step back to itself, from start to start; None when there is none."""
    upward: dict[str, list[str]] = {}
    for a in plan.alignments:
        upward.setdefault(a.from_, []).append(a.target)
    # A strategy leads on to the objective it belongs to.
    for strategy in plan.strategies.values():
        upward.setdefault(strategy.code, []).append(strategy.objective)
    if first == start:
        return [start, start]
    stack = [(first, [start, first])]
    seen = {first}
    while stack:
        node, path = stack.pop()
        for target in upward.get(node, ()):
            if target == start:
                return [*path, start]
            if target not in seen:
                seen.add(target)
                stack.append((target, [*path, target]))
    return None


def violations(plan: PlanContent) -> Iterator[Violation]:
    """Every broken rule of the plan's own objectives, strategies and alignments."""
    yield from _periods(plan)
    for a in plan.alignments:
        if a.target in plan.objectives or a.target in plan.strategies:
            yield from _judged(plan, a)
        else:
            yield Violation(_pointer(a), "unknown-target", f"«{a.target}» {_OUTSIDE.format(plan.code)}")


# What was known when it was entered, before the plan was said to develop another one.
_OUTSIDE = "no es de {} ni del plan que desarrolla. Realinee primero lo que depende de él."


def _pointer(a: AlignmentFact) -> str:
    return f"/objectives/{a.from_}/aligned_to/{a.target}"


def _periods(plan: PlanContent) -> Iterator[Violation]:
    whole = Validity(plan.period_from, plan.period_to)
    for objective in plan.own_objectives():
        if not (whole.contains(objective.valid_from) and whole.contains(objective.valid_to)):
            detail = f"La vigencia debe estar dentro del plan: del {whole.from_} al {whole.to}."
            yield Violation(f"/objectives/{objective.code}", "outside-plan-period", detail)
        if objective.level == "N1" and objective.dependencia != "IESS":
            detail = "Un objetivo N1 es de la institución; a esta dependencia le corresponden N2, N3 o N4."
            yield Violation(f"/objectives/{objective.code}", "level-violation", detail)
    for strategy in plan.strategies.values():
        if strategy.plan != plan.code:
            continue
        whose = plan.objectives.get(strategy.objective)
        if whose is None:
            detail = f"Su objetivo «{strategy.objective}» {_OUTSIDE.format(plan.code)}"
            yield Violation(f"/strategies/{strategy.code}", "unknown-objective", detail)
        elif strategy.valid_from < whose.valid_from or strategy.valid_to > whose.valid_to:
            detail = f"Una estrategia vive lo que su objetivo: del {whose.valid_from} al {whose.valid_to}."
            yield Violation(f"/strategies/{strategy.code}", "date-hole", detail)


def _judged(plan: PlanContent, a: AlignmentFact) -> Iterator[Violation]:
    pointer = _pointer(a)
    circle = cycle_through(plan, a.from_, a.target)
    if circle is not None:
        yield Violation(pointer, "alignment-cycle", "La alineación da la vuelta: " + " → ".join(circle) + ".")
        return
    if plan.level_of(a.target) <= plan.level_of(a.from_):
        own = plan.objectives[a.from_].level
        detail = f"La alineación va hacia arriba: desde {own} solo a un nivel estrictamente superior."
        yield Violation(pointer, "level-violation", detail)
    target = plan.objectives.get(a.target) or plan.strategies[a.target]
    lower = plan.objectives[a.from_]
    if not Validity(lower.valid_from, lower.valid_to).overlaps(Validity(target.valid_from, target.valid_to)):
        detail = (
            f"Las vigencias no coinciden en ningún día: {a.target} rige del {target.valid_from} al {target.valid_to}."
        )
        yield Violation(pointer, "date-hole", detail)
