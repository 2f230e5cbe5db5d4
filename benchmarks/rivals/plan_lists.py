"""The textbook way to list objectives and projects and to build the graph: SQLModel rows and `response_model`."""

import os
from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import selectinload
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from benchmarks.rivals.plan_shapes import (
    AlignedOut,
    EdgeOut,
    GraphOut,
    NodeOut,
    ObjectiveOut,
    ObjectivesOut,
    ProjectOut,
    ProjectsOut,
)
from benchmarks.rivals.plan_tables import Alignment, Objective, Owner, Project, Strategy

engine = create_async_engine(os.environ["RIVAL_DATABASE_URL"])
app = FastAPI()


async def session() -> AsyncIterator[AsyncSession]:
    async with AsyncSession(engine) as opened:
        yield opened


Database = Annotated[AsyncSession, Depends(session)]


def _aligned(a: Alignment) -> AlignedOut:
    return AlignedOut(
        code=a.to_objective or a.to_strategy or "",
        kind="strategy" if a.to_objective is None else "objective",
        number=a.printed_number,
        text=a.printed_text,
        number_by_text=a.number_by_text,
        basis=a.basis,
        warnings=a.warnings,
    )


@app.get("/api/v1/objectives", response_model=ObjectivesOut)
async def list_objectives(database: Database, plan: str, limit: int = 50) -> Any:
    columns: Any = Objective
    query = (
        select(Objective)
        .where(columns.plan == plan)
        .options(selectinload(columns.unit), selectinload(columns.alignments))
        .order_by(columns.ordinal)
        .limit(limit)
    )
    return {
        "items": [
            ObjectiveOut(
                code=o.code,
                plan=o.plan,
                level=o.level,
                number=o.number,
                statement=o.statement,
                dependencia=o.unit.code,
                aligned_to=[_aligned(a) for a in o.alignments],
                section=o.section,
                valid_from=o.valid_from,
                valid_to=o.valid_to,
                warnings=o.warnings,
            )
            for o in (await database.exec(query)).all()
        ]
    }


@app.get("/api/v1/projects", response_model=ProjectsOut)
async def list_projects(database: Database, plan: str, limit: int = 50) -> Any:
    columns: Any = Project
    owners: Any = Owner
    query = (
        select(Project)
        .where(columns.plan == plan)
        .options(
            selectinload(columns.unit),
            selectinload(columns.owners).selectinload(owners.unit),
            selectinload(columns.components),
        )
        .order_by(columns.ordinal)
        .limit(limit)
    )
    today = date.today()  # noqa: DTZ011 — the textbook does not think of zones
    return {
        "items": [
            ProjectOut(
                id=p.id,
                code=p.code,
                number=p.number,
                name=p.name,
                kind=p.kind,
                plan=p.plan,
                dependencia=p.unit.code,
                owners=[owner.unit.code for owner in p.owners if owner.unit],
                progress_percent=p.progress_percent,
                phase=p.phase,
                end_date=p.end_date,
                carried_over=p.carried_over,
                overdue=p.end_date is not None and p.end_date < today and p.phase not in ("closed", "cancelled"),
                components=[component.text for component in p.components],
            )
            for p in (await database.exec(query)).all()
        ]
    }


@app.get("/api/v1/plans/{code}/alignment", response_model=GraphOut)
async def read_alignment(code: str, database: Database) -> Any:
    columns: Any = Objective
    query = select(Objective).options(selectinload(columns.unit), selectinload(columns.alignments))
    objectives = (await database.exec(query)).all()
    strategies = (await database.exec(select(Strategy))).all()
    edges = [
        EdgeOut(
            from_=s.code,
            to=s.objective,
            kind="belongs_to",
            basis="printed",
            number=None,
            text=None,
            number_by_text=None,
            warnings=[],
        )
        for s in strategies
    ]
    for objective in objectives:
        for a in objective.alignments:
            aligned = _aligned(a)
            edges.append(
                EdgeOut(
                    from_=objective.code,
                    to=aligned.code,
                    kind="carries" if aligned.kind == "strategy" else "contributes",
                    **aligned.model_dump(exclude={"code", "kind"}),
                )
            )
    used = {edge.to for edge in edges}
    return GraphOut(
        nodes=[
            NodeOut(
                code=o.code,
                kind="objective",
                level=o.level,
                number=o.number,
                label=o.statement,
                plan=o.plan,
                dependencia=o.unit.code,
                warnings=o.warnings,
            )
            for o in objectives
        ]
        + [
            NodeOut(
                code=s.code,
                kind="strategy",
                level=None,
                number=None,
                label=s.text,
                plan=s.plan,
                dependencia=None,
                warnings=[],
            )
            for s in strategies
        ],
        edges=edges,
        unused_strategies=[s.code for s in strategies if s.code not in used],
        foreign_strategies=[s.code for s in strategies if not s.in_pei],
        orphan_objectives=[o.code for o in objectives if o.plan == code and o.level != "N1" and not o.alignments],
    )
