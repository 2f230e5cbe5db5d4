"""Projects with their owners and components, and the phases they pass."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from sqlmodel import SQLModel

from services.kit.seeding import SeedError
from services.plans.folding import folded
from services.plans.importers import records as r
from services.plans.importers.facts import Facts, known, unseen
from services.plans.tables import Project, ProjectComponent, ProjectOwner, ProjectPhase, ProjectPhaseStep


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
