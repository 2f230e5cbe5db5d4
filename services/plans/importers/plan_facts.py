"""Plans with their sections, objectives, strategies and alignments."""

from __future__ import annotations

from sqlmodel import SQLModel

from services.kit.seeding import SeedError
from services.plans.folding import folded
from services.plans.importers import records as r
from services.plans.importers.facts import SEED_ACTOR, Facts, known, unseen
from services.plans.tables import Alignment, Objective, Plan, PlanSection, Strategy


def read_plans(facts: Facts) -> None:
    for path, line, p in facts.read("plans.jsonl", r.PlanRecord):
        unseen(facts.plans, p.code, path, line)
        if p.parent is not None:
            known(facts.plans, p.parent, "el plan", path, line)
        if p.period_from > p.period_to:
            raise SeedError(path, line, "el período termina antes de empezar")
        facts.plans[p.code] = Plan(
            code=p.code,
            kind=p.kind,
            title=p.title,
            title_folded=folded(p.title),
            dependencia_id=known(facts.dependencias, p.dependencia, "la dependencia", path, line),
            parent=p.parent,
            period_from=p.period_from,
            period_to=p.period_to,
            status=p.status,
            version=p.version,
            approval_body=p.approval.body,
            approval_act=p.approval.act,
            approval_date=p.approval.date,
            **facts.trace(p),
        )


def read_sections(facts: Facts) -> None:
    sections: list[SQLModel] = []
    for path, line, s in facts.read("sections.jsonl", r.SectionRecord):
        known(facts.plans, s.plan, "el plan", path, line)
        sections.append(
            PlanSection(
                plan=s.plan,
                number=s.number,
                ordinal=line,
                dependencia_id=known(facts.dependencias, s.dependencia, "la dependencia", path, line),
                title=s.title,
                warnings=list(s.warnings),
                notes=list(s.notes),
                source={"document": "poa-2025.txt", "lines": [s.line, s.line]},
            )
        )
    facts.rest.append(sections)


def read_objectives(facts: Facts) -> None:
    for path, line, o in facts.read("objectives.jsonl", r.ObjectiveRecord):
        unseen(facts.objectives, o.code, path, line)
        plan = known(facts.plans, o.plan, "el plan", path, line)
        facts.objectives[o.code] = Objective(
            code=o.code,
            plan=o.plan,
            ordinal=line,
            dependencia_id=known(facts.dependencias, o.dependencia, "la dependencia", path, line),
            level=o.level,
            number=o.number,
            statement=o.statement,
            statement_folded=folded(o.statement),
            section=o.section,
            unit_printed=o.unit_printed,
            axis=o.axis,
            valid_from=plan.period_from,
            valid_to=plan.period_to,
            **facts.trace(o),
        )


def read_strategies(facts: Facts) -> None:
    for path, line, s in facts.read("strategies.jsonl", r.StrategyRecord):
        unseen(facts.strategies, s.code, path, line)
        objective = known(facts.objectives, s.objective, "el objetivo", path, line)
        plan = known(facts.plans, s.plan, "el plan", path, line)
        facts.strategies[s.code] = Strategy(
            code=s.code,
            plan=s.plan,
            ordinal=line,
            objective=s.objective,
            text=s.text,
            text_folded=folded(s.text),
            in_pei=s.in_pei,
            # A strategy lives as long as its objective (POA §4.1), inside the plan that states it.
            valid_from=max(objective.valid_from, plan.period_from),
            valid_to=min(objective.valid_to, plan.period_to),
            **facts.trace(s),
        )


def read_alignments(facts: Facts) -> None:
    for path, line, a in facts.read("alignments.jsonl", r.AlignmentRecord):
        known(facts.objectives, a.from_, "el objetivo", path, line)
        if a.kind == "objective":
            known(facts.objectives, a.to, "el objetivo", path, line)
        else:
            known(facts.strategies, a.to, "la estrategia", path, line)
        facts.alignments.append(
            Alignment(
                id=line,
                plan=known(facts.plans, a.plan, "el plan", path, line).code,
                from_objective=a.from_,
                to_objective=a.to if a.kind == "objective" else None,
                to_strategy=a.to if a.kind == "strategy" else None,
                basis=a.basis,
                printed_number=a.number,
                printed_text=a.text,
                number_by_text=a.number_by_text,
                warnings=list(a.warnings),
                source=a.source,
                updated_at=facts.now,
                updated_by=SEED_ACTOR,
            )
        )
