"""The textbook way to list objectives and projects and to build the graph: SQLModel rows and `response_model`."""

import os
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Optional

from fastapi import Depends, FastAPI
from sqlalchemy import ARRAY, BigInteger, Column, MetaData, Text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import selectinload
from sqlmodel import Field, Relationship, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

# No `from __future__ import annotations` here: relationships are resolved from real classes.
engine = create_async_engine(os.environ["RIVAL_DATABASE_URL"])
app = FastAPI()


class Rival(SQLModel):
    metadata = MetaData(schema="plans")


class Unit(Rival, table=True):
    __tablename__ = "org_units"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    code: str


class Objective(Rival, table=True):
    __tablename__ = "objectives"

    code: str = Field(primary_key=True)
    plan: str
    ordinal: int
    level: str
    number: int | None
    statement: str
    section: str | None
    dependencia_id: int = Field(sa_type=BigInteger, foreign_key="plans.org_units.id")
    valid_from: date
    valid_to: date
    warnings: list[str] = Field(sa_column=Column(ARRAY(Text)))
    unit: Unit = Relationship()
    alignments: list["Alignment"] = Relationship(
        sa_relationship_kwargs={"primaryjoin": "Objective.code == foreign(Alignment.from_objective)", "viewonly": True}
    )


class Strategy(Rival, table=True):
    __tablename__ = "strategies"

    code: str = Field(primary_key=True)
    plan: str
    objective: str
    text: str
    in_pei: bool


class Alignment(Rival, table=True):
    __tablename__ = "alignments"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    plan: str
    from_objective: str
    to_objective: str | None
    to_strategy: str | None
    basis: str
    printed_number: int | None
    printed_text: str | None
    number_by_text: int | None
    warnings: list[str] = Field(sa_column=Column(ARRAY(Text)))


class Project(Rival, table=True):
    __tablename__ = "projects"

    id: str = Field(primary_key=True)
    plan: str
    ordinal: int
    kind: str
    code: str | None
    number: int | None
    name: str
    phase: str | None
    progress_percent: Decimal | None
    end_date: date | None
    carried_over: bool
    dependencia_id: int = Field(sa_type=BigInteger, foreign_key="plans.org_units.id")
    unit: Unit = Relationship()
    owners: list["Owner"] = Relationship()
    components: list["Component"] = Relationship()


class Owner(Rival, table=True):
    __tablename__ = "project_owners"

    project: str = Field(primary_key=True, foreign_key="plans.projects.id")
    dependencia_id: int = Field(primary_key=True, sa_type=BigInteger, foreign_key="plans.org_units.id")
    unit: Optional[Unit] = Relationship()


class Component(Rival, table=True):
    __tablename__ = "project_components"

    project: str = Field(primary_key=True, foreign_key="plans.projects.id")
    number: int = Field(primary_key=True)
    text: str


class AlignedOut(SQLModel):
    code: str
    kind: str
    number: int | None
    text: str | None
    number_by_text: int | None
    basis: str
    warnings: list[str]


class ObjectiveOut(SQLModel):
    code: str
    plan: str
    level: str
    number: int | None
    statement: str
    dependencia: str
    aligned_to: list[AlignedOut]
    section: str | None
    valid_from: date
    valid_to: date
    warnings: list[str]


class ProjectOut(SQLModel):
    id: str
    code: str | None
    number: int | None
    name: str
    kind: str
    plan: str
    dependencia: str
    owners: list[str]
    progress_percent: Decimal | None
    phase: str | None
    end_date: date | None
    carried_over: bool
    overdue: bool
    components: list[str]


class NodeOut(SQLModel):
    code: str
    kind: str
    level: str | None
    number: int | None
    label: str
    plan: str
    dependencia: str | None
    warnings: list[str]


class EdgeOut(SQLModel):
    from_: str
    to: str
    kind: str
    basis: str
    number: int | None
    text: str | None
    number_by_text: int | None
    warnings: list[str]


class GraphOut(SQLModel):
    nodes: list[NodeOut]
    edges: list[EdgeOut]
    unused_strategies: list[str]
    foreign_strategies: list[str]
    orphan_objectives: list[str]


class ObjectivesOut(SQLModel):
    items: list[ObjectiveOut]


class ProjectsOut(SQLModel):
    items: list[ProjectOut]


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
