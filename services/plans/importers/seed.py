"""Loads data/plans into empty tables at the first start: every record is checked before the first row is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from fastapi import FastAPI
from sqlalchemy import func, select
from sqlmodel import SQLModel

from services.kit.clock import Clock
from services.kit.database import Database, raw
from services.kit.organisation import resolve_codes
from services.kit.seeding import SeedError, read_lines
from services.kit.writing import Audit, Event, seal
from services.plans.folding import folded
from services.plans.importers import records as r
from services.plans.tables import (
    Alignment,
    BudgetExecution,
    Objective,
    Plan,
    PlanSection,
    Policy,
    Project,
    ProjectComponent,
    ProjectOwner,
    ProjectPhase,
    ProjectPhaseStep,
    Strategy,
)
from services.plans.workflow.snapshots import freeze

SEED_ACTOR = "seed"
Found = TypeVar("Found")


@dataclass(slots=True)
class Facts:
    """Rows ready to insert, in an order that satisfies their references."""

    folder: Path
    dependencias: Mapping[str, int]
    now: datetime
    plans: dict[str, Plan] = field(default_factory=dict)
    objectives: dict[str, Objective] = field(default_factory=dict)
    strategies: dict[str, Strategy] = field(default_factory=dict)
    alignments: list[Alignment] = field(default_factory=list)
    rest: list[list[SQLModel]] = field(default_factory=list)

    def read(self, name: str, record: type[Found]) -> Iterator[tuple[Path, int, Found]]:
        path = self.folder / name
        for line, found in read_lines(path, record):
            yield path, line, found

    def trace(self, record: r.Record) -> dict[str, Any]:
        return {
            "warnings": list(record.warnings),
            "notes": list(record.notes),
            "source": record.source,
            "updated_at": self.now,
            "updated_by": SEED_ACTOR,
        }


def known(mapping: Mapping[str, Found], code: str, what: str, path: Path, line: int) -> Found:
    """The entry of a code. Raises SeedError naming file and line."""
    try:
        return mapping[code]
    except KeyError as error:
        raise SeedError(path, line, f"no existe {what} «{code}»") from error


def unseen(mapping: Mapping[str, Any], code: str, path: Path, line: int) -> None:
    if code in mapping:
        raise SeedError(path, line, f"el código «{code}» está repetido")


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


def read_projects(facts: Facts) -> None:
    projects: dict[str, SQLModel] = {}
    parts: list[SQLModel] = []
    codes: set[tuple[int, int, str]] = set()
    for path, line, p in facts.read("projects.jsonl", r.ProjectRecord):
        unseen(projects, p.id, path, line)
        plan = known(facts.plans, p.plan, "el plan", path, line)
        projects[p.id] = Project(
            id=p.id,
            plan=p.plan,
            ordinal=line,
            dependencia_id=known(facts.dependencias, p.dependencia, "la dependencia", path, line),
            section=p.section,
            kind=p.kind,
            code=p.code,
            code_printed=p.code_printed,
            number=p.number,
            name=p.name,
            name_folded=folded(p.name),
            phase=p.phase,
            phase_printed=p.phase_printed,
            progress_percent=None if p.progress_percent is None else Decimal(p.progress_percent),
            cut_off=p.cut_off,
            end_date=p.end_date,
            carried_over=p.carried_over,
            owners_printed=p.owners_printed,
            **facts.trace(p),
        )
        year = plan.period_from.year
        for ordinal, code in enumerate(p.owners, 1):
            owner = known(facts.dependencias, code, "la dependencia", path, line)
            if p.code is not None and (owner, year, p.code) in codes:
                raise SeedError(path, line, f"{code} ya tiene un proyecto {p.code} en {year}")
            if p.code is not None:
                codes.add((owner, year, p.code))
            parts.append(ProjectOwner(project=p.id, dependencia_id=owner, ordinal=ordinal, year=year, code=p.code))
        parts.extend(ProjectComponent(project=p.id, number=c.number, text=c.text) for c in p.components)
    facts.rest += [list(projects.values()), parts]


def policy(facts: Facts, kind: str, code: str, version: int, rules: dict[str, Any], **rest: Any) -> Policy:
    return Policy(
        code=code, version=version, kind=kind, rules=rules, recorded_at=facts.now, recorded_by=SEED_ACTOR, **rest
    )


def read_verbs(facts: Facts) -> None:
    verbs: dict[str, dict[str, str]] = {}
    since: list[date] = []
    for path, line, v in facts.read("verbs.jsonl", r.VerbRecord):
        unseen(verbs, folded(v.verb), path, line)
        verbs[folded(v.verb)] = {"verb": v.verb, "source": v.source}
        since.append(v.valid_from)
    if verbs:
        reason = "Lista inicial por revisar por la DNPL; cada verbo con su fuente."
        rules = {"verbs": list(verbs.values())}
        facts.rest.append([policy(facts, "lint_verbs", "VERBOS", 1, rules, valid_from=min(since), reason=reason)])


def read_policies(facts: Facts) -> None:
    policies: dict[str, SQLModel] = {}
    for path, line, p in facts.read("pac-policies.jsonl", r.PacPolicyRecord):
        unseen(policies, f"{p.code}@{p.version}", path, line)
        rules: dict[str, Any] = {"deadline_business_days": p.deadline_business_days}
        policies[f"{p.code}@{p.version}"] = policy(
            facts, "pac_deadlines", p.code, p.version, rules, valid_from=p.valid_from, reason=p.reason
        )
    for path, line, q in facts.read("project-policies.jsonl", r.ProjectPolicyRecord):
        unseen(policies, f"{q.code}@{q.version}", path, line)
        rules = {"amber_points": q.amber_points, "red_points": q.red_points}
        policies[f"{q.code}@{q.version}"] = policy(
            facts, "project_lights", q.code, q.version, rules, valid_from=q.valid_from, reason=q.reason
        )
    facts.rest.append(list(policies.values()))


def read_phases(facts: Facts) -> None:
    phases: dict[str, SQLModel] = {}
    steps: list[tuple[Path, int, ProjectPhaseStep]] = []
    for path, line, p in facts.read("phases.jsonl", r.PhaseRecord):
        unseen(phases, p.code, path, line)
        phases[p.code] = ProjectPhase(
            code=p.code, label=p.label, ordinal=p.order, is_final=p.is_final, stops_clock=p.stops_clock
        )
        steps += [
            (path, line, ProjectPhaseStep(from_phase=p.code, to_phase=s.to, needs_reason=s.needs_reason))
            for s in p.next
        ]
    for path, line, step in steps:
        known(phases, step.to_phase, "la fase", path, line)
    facts.rest += [list(phases.values()), [step for _, _, step in steps]]


def read_budget(facts: Facts) -> None:
    rows: dict[tuple[int, int, str, str], SQLModel] = {}
    for path, line, b in facts.read("budget-2024.jsonl", r.BudgetRecord):
        key = (b.year, b.month, b.company, b.group or "")
        if key in rows:
            raise SeedError(path, line, "dos filas para una compañía, un grupo y un mes")
        rows[key] = BudgetExecution(
            year=b.year,
            month=b.month,
            company=b.company,
            budget_group=b.group or "",
            printed_code=b.printed_code,
            printed_name=b.printed_name,
            budget_current=Decimal(b.current),
            budget_accrued=Decimal(b.accrued),
            printed_percent=None if b.printed_percent is None else Decimal(b.printed_percent),
            warnings=list(b.warnings),
            source=b.source,
            recorded_at=facts.now,
            recorded_by=SEED_ACTOR,
        )
    facts.rest.append(list(rows.values()))


READERS = (
    read_plans,
    read_sections,
    read_objectives,
    read_strategies,
    read_alignments,
    read_projects,
    read_verbs,
    read_policies,
    read_phases,
    read_budget,
)


def read_facts(folder: Path, dependencias: Mapping[str, int], now: datetime) -> Facts:
    """Every record of the folder as rows. Raises SeedError at the first that cannot be loaded."""
    facts = Facts(folder, dependencias, now)
    for read in READERS:
        read(facts)
    return facts


async def seed(database: Database, folder: Path, clock: Clock) -> bool:
    """Loads the facts when there is no plan yet, in one transaction. Returns whether it did. Raises SeedError."""
    async with database.sessions() as session, session.begin():
        if await session.scalar(select(func.count()).select_from(Plan)):
            return False
        connection = await raw(session)
        facts = read_facts(folder, await resolve_codes(connection, "plans"), clock.now())
        numbers = await connection.fetch(
            "SELECT nextval('plans.alignment_ids') FROM generate_series(1, $1)", len(facts.alignments)
        )
        for alignment, number in zip(facts.alignments, numbers, strict=True):
            alignment.id = number[0]
        # A plan may name the plan it develops, so plans go one by one, in the order of their file.
        groups: list[Sequence[SQLModel]] = [[plan] for plan in facts.plans.values()]
        groups += [list(facts.objectives.values()), list(facts.strategies.values()), facts.alignments, *facts.rest]
        for group in groups:
            session.add_all(group)
            await session.flush()
        for code, plan in facts.plans.items():
            approved = {
                "body": plan.approval_body,
                "act": plan.approval_act,
                "date": plan.approval_date,
                "by": SEED_ACTOR,
                "at": facts.now,
            }
            await freeze(connection, code, plan.version, approved=approved)
        await seal(
            connection,
            "plans",
            now=facts.now,
            events=[
                Event("plan.loaded", code, {"code": code, "version": p.version}) for code, p in facts.plans.items()
            ],
            audit=[Audit(SEED_ACTOR, "plan.loaded", code) for code in facts.plans],
        )
    return True


async def seed_on_start(app: FastAPI) -> None:
    """Start-up hook; does nothing without PLANS_SEED_DIR."""
    folder: Path | None = app.state.settings.seed_dir
    if folder is not None:
        await seed(app.state.database, folder / "plans", app.state.clock)
