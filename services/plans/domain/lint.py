"""Methodology lint: what a plan should be mended in, each finding with a stable code, its place and a way out.

Errors block a submission, never a draft. What is a list (the verbs) is data and comes in as an argument.
Source: design/domain.md §3; POA 2025 §4.1 for levels and strategies; Guía Metodológica GPR for statements.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from services.kit.validity import Validity
from services.plans.domain.alignment import violations
from services.plans.domain.content import IndicatorFact, ObjectiveFact, PlanContent
from services.plans.folding import folded

MEDIANTE = re.compile(r"\bMEDIANTE\b", re.IGNORECASE)
GPR = "Guía Metodológica GPR, enunciado de objetivos"
STRUCTURE = "POA 2025, §4.1 Componentes de los planes"
SHEET = "Guía Metodológica GPR, ficha del indicador"
PROCUREMENT = "LOSNCP, Art. 22, Plan Anual de Contratación"


@dataclass(frozen=True, slots=True)
class Finding:
    """severity: `error` blocks a submission, `warning` does not. pointer: the place, as a path of the plan."""

    code: str
    severity: str
    pointer: str
    detail: str
    reference: str


Rule = Callable[[PlanContent, Collection[str]], Iterator[Finding]]


def _at(objective: ObjectiveFact) -> str:
    return f"/objectives/{objective.code}"


def commitments(plan: PlanContent, verbs: Collection[str]) -> Iterator[Finding]:
    """A plan commits to something: a PAC to lines of its years, any other to objectives."""
    if plan.kind == "pac":
        if plan.pac_lines == 0:
            detail = f"El PAC no tiene líneas de sus años en {plan.dependencia} ni por debajo. Registre al menos una."
            yield Finding("plan-without-lines", "error", f"/plans/{plan.code}/pac-lines", detail, PROCUREMENT)
    elif not plan.own_objectives():
        detail = "El plan no tiene objetivos. Registre al menos uno, con su alineación, antes de enviarlo."
        yield Finding("plan-without-objectives", "error", f"/plans/{plan.code}/objectives", detail, STRUCTURE)


def infinitives(plan: PlanContent, verbs: Collection[str]) -> Iterator[Finding]:
    """Every objective starts with an infinitive of the agreed list."""
    for objective in plan.own_objectives():
        first = folded(objective.statement).partition(" ")[0]
        if first not in verbs:
            detail = f"El enunciado empieza por «{first}». Empiécelo con un infinitivo de la lista acordada."
            yield Finding("objective-without-infinitive", "error", _at(objective), detail, GPR)


def mediante(plan: PlanContent, verbs: Collection[str]) -> Iterator[Finding]:
    """N4 says how, once, with MEDIANTE and a text after it; N1–N3 do not."""
    for objective in plan.own_objectives():
        found = MEDIANTE.findall(objective.statement)
        if objective.level != "N4":
            if found:
                detail = f"Un objetivo {objective.level} no lleva MEDIANTE: el cómo pertenece al nivel operativo N4."
                yield Finding("mediante-above-n4", "error", _at(objective), detail, GPR)
        elif not found:
            detail = "Al objetivo operativo le falta MEDIANTE. Añada MEDIANTE y el medio con que se logrará."
            yield Finding("n4-without-mediante", "error", _at(objective), detail, GPR)
        elif len(found) > 1:
            detail = f"MEDIANTE consta {len(found)} veces. Deje uno solo."
            yield Finding("n4-mediante-repeated", "error", _at(objective), detail, GPR)
        elif not any(sign.isalnum() for sign in MEDIANTE.split(objective.statement, maxsplit=1)[1]):
            detail = "Después de MEDIANTE no hay texto. Escriba el medio con que se logrará."
            yield Finding("n4-mediante-without-text", "error", _at(objective), detail, GPR)


def repeated_statements(plan: PlanContent, verbs: Collection[str]) -> Iterator[Finding]:
    """No two objectives of a plan say the same."""
    groups: dict[str, list[ObjectiveFact]] = defaultdict(list)
    for objective in plan.own_objectives():
        groups[folded(objective.statement)].append(objective)
    for first, *others in groups.values():
        for other in others:
            detail = f"El enunciado es igual al de {first.code} ({first.dependencia}). Redacte uno propio."
            yield Finding("statement-repeated", "warning", _at(other), detail, GPR)


def crossed_units(plan: PlanContent, verbs: Collection[str]) -> Iterator[Finding]:
    """Objectives whose source prints another unit's subject: seen by a reader, kept as a warning of the record."""
    for objective in plan.own_objectives():
        if "unit-statement-crossed" in objective.warnings:
            detail = f"El enunciado trata de otra unidad que {objective.dependencia}. Revise a quién corresponde."
            yield Finding("unit-statement-crossed", "warning", _at(objective), detail, STRUCTURE)


def foreign_strategies(plan: PlanContent, verbs: Collection[str]) -> Iterator[Finding]:
    for strategy in plan.strategies.values():
        if strategy.plan == plan.code and not strategy.in_pei:
            detail = "La estrategia no consta en el PEI. Use una del PEI o tramite su incorporación."
            yield Finding("strategy-not-in-pei", "warning", f"/strategies/{strategy.code}", detail, STRUCTURE)


def unused_strategies(plan: PlanContent, verbs: Collection[str]) -> Iterator[Finding]:
    carried = {a.target for a in plan.alignments}
    whole = Validity(plan.period_from, plan.period_to)
    for strategy in plan.strategies.values():
        living = whole.overlaps(Validity(strategy.valid_from, strategy.valid_to))
        if living and strategy.code not in carried and plan.alignments:
            detail = f"Ningún objetivo de {plan.code} la lleva. Alinee a ella un objetivo o justifique su omisión."
            yield Finding("strategy-unused", "warning", f"/strategies/{strategy.code}", detail, STRUCTURE)


def orphans(plan: PlanContent, verbs: Collection[str]) -> Iterator[Finding]:
    aligned = {a.from_ for a in plan.alignments}
    for objective in plan.own_objectives():
        if objective.level != "N1" and objective.code not in aligned:
            detail = "El objetivo no contribuye a ninguno superior. Alinéelo con un objetivo o una estrategia."
            yield Finding("objective-orphan", "error", _at(objective), detail, STRUCTURE)


def ended_targets(plan: PlanContent, verbs: Collection[str]) -> Iterator[Finding]:
    """What an objective serves lasts as long as the objective; a reform of the plan above may have ended it earlier."""
    for a in plan.alignments:
        lower, target = plan.objectives[a.from_], plan.objectives.get(a.target) or plan.strategies.get(a.target)
        if target is not None and lower.valid_from <= target.valid_to < lower.valid_to:
            detail = (
                f"{a.target} rige hasta el {target.valid_to} y el objetivo hasta el {lower.valid_to}. "
                "Alinéelo con lo que lo sustituye, o termine el objetivo."
            )
            yield Finding("alignment-target-ended", "warning", f"/alignments/{a.from_}/{a.target}", detail, STRUCTURE)


def broken_rules(plan: PlanContent, verbs: Collection[str]) -> Iterator[Finding]:
    """Rules that every edit keeps, broken from outside: the plan above was reformed. Mended before a submission."""
    for v in violations(plan):
        yield Finding(v.code, "error", v.pointer, v.detail, STRUCTURE)


def printed_alignments(plan: PlanContent, verbs: Collection[str]) -> Iterator[Finding]:
    """The printed number of an alignment and its printed text name the same objective."""
    for a in plan.alignments:
        if a.target in plan.objectives and a.number_by_text is not None and a.printed_number != a.number_by_text:
            detail = (
                f"Se imprime el número {a.printed_number} con el texto del objetivo {a.number_by_text} "
                f"(«{a.printed_text}»). Decida cuál de los dos vale."
            )
            pointer = f"/alignments/{a.from_}/{a.target}"
            yield Finding("alignment-number-text-mismatch", "warning", pointer, detail, STRUCTURE)


def ended_projects(plan: PlanContent, verbs: Collection[str]) -> Iterator[Finding]:
    for project in plan.projects:
        if project.end_date is None or project.carried_over or project.phase in ("closed", "cancelled"):
            continue
        if project.end_date < plan.period_from:
            detail = (
                f"Terminó el {project.end_date}, antes del plan. Márquelo como arrastre, ciérrelo o corrija la fecha."
            )
            yield Finding("project-ended-without-carry-over", "error", f"/projects/{project.id}", detail, STRUCTURE)


def sheets(plan: PlanContent, verbs: Collection[str]) -> Iterator[Finding]:
    """Every indicator has target, unit, direction and frequency; its target's text and value agree."""
    silent: list[IndicatorFact] = []
    for i in plan.indicators or ():
        pointer = f"/assignments/{i.assignment}"
        if i.target_count == 0:
            yield Finding(
                "indicator-without-target", "error", pointer, "El indicador no tiene meta. Regístrela.", SHEET
            )
        if i.unit is None:
            detail = "El documento no dice la unidad de la meta. Fíjela en la ficha."
            yield Finding("indicator-without-unit", "warning", pointer, detail, SHEET)
        if i.direction is None:
            detail = "El indicador no dice si más es mejor. Fije su sentido en la ficha."
            yield Finding("indicator-without-direction", "error", pointer, detail, SHEET)
        if not _agree(i.target_text, i.target_value):
            detail = f"El texto «{i.target_text}» no contiene el valor {i.target_value}. Corrija uno de los dos."
            yield Finding("target-text-mismatch", "error", pointer, detail, SHEET)
        if i.frequency is None or "frequency-not-printed" in i.warnings:
            silent.append(i)
    if silent:
        # One finding, not 149: the whole document leaves frequencies out and one decision mends it.
        detail = f"{len(silent)} indicadores no tienen frecuencia en el documento; se miden como anuales. Fíjela."
        yield Finding("indicator-without-frequency", "warning", f"/plans/{plan.code}/assignments", detail, SHEET)


def measured(plan: PlanContent, verbs: Collection[str]) -> Iterator[Finding]:
    """Every objective has an indicator. Judged only where the plan says which indicator measures which objective."""
    indicators = plan.indicators or ()
    linked = {i.objective for i in indicators if i.objective is not None}
    if not indicators:
        return
    if not linked:
        detail = f"El plan no dice qué objetivo mide cada uno de sus {len(indicators)} indicadores. Enlácelos."
        yield Finding("indicators-without-objective", "warning", f"/plans/{plan.code}/assignments", detail, SHEET)
        return
    for objective in plan.own_objectives():
        if objective.code not in linked:
            detail = "El objetivo no tiene indicador. Asígnele al menos uno."
            yield Finding("objective-without-indicator", "error", _at(objective), detail, SHEET)


_DIGITS = re.compile(r"\d[\d.,]*")


def _agree(text: str | None, value: str | None) -> bool:
    """True when the text prints the value, whatever its separators; a footnote mark may be glued behind it."""
    if text is None or value is None:
        return True
    wanted = re.sub(r"\D", "", value)
    stripped = wanted.rstrip("0") if "." in value else wanted
    if wanted == "0" and "cero" in folded(text):
        return True
    return any(re.sub(r"\D", "", found).startswith(stripped) for found in _DIGITS.findall(text.replace(", ", ",")))


RULES: tuple[Rule, ...] = (
    commitments,
    infinitives,
    mediante,
    repeated_statements,
    crossed_units,
    foreign_strategies,
    unused_strategies,
    orphans,
    ended_targets,
    broken_rules,
    printed_alignments,
    ended_projects,
    sheets,
    measured,
)


def lint(plan: PlanContent, verbs: Collection[str]) -> list[Finding]:
    """Every finding of the plan, by rule and then in the plan's order. verbs: folded infinitives."""
    return [finding for rule in RULES for finding in rule(plan, verbs)]
