"""The textbook way to list dependencias: SQLModel rows, a relationship for the parent, `response_model`."""

import os
from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any, Optional

from fastapi import Depends, FastAPI
from sqlalchemy import ARRAY, BigInteger, Column, Integer, MetaData
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import selectinload
from sqlmodel import Field, Relationship, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

# No `from __future__ import annotations` here: relationships are resolved from real classes.
engine = create_async_engine(os.environ["RIVAL_DATABASE_URL"])
app = FastAPI()


class Rival(SQLModel):
    metadata = MetaData(schema="orgchart")


class Dependencia(Rival, table=True):
    __tablename__ = "dependencias"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    code: str
    derived: bool


class Version(Rival, table=True):
    __tablename__ = "dependencia_versions"

    dependencia_id: int = Field(primary_key=True, sa_type=BigInteger, foreign_key="orgchart.dependencias.id")
    valid_from: date = Field(primary_key=True)
    valid_to: date | None
    name: str
    kind: str
    parent_id: int | None = Field(sa_type=BigInteger, foreign_key="orgchart.dependencias.id")
    numeral: str | None
    rof_unit_id: str | None
    province: str | None
    management_level: int | None
    technical_parent_id: int | None = Field(sa_type=BigInteger, foreign_key="orgchart.dependencias.id")
    responsible_post: str | None
    lines: list[int] = Field(sa_column=Column(ARRAY(Integer)))
    dependencia: Dependencia = Relationship(sa_relationship_kwargs={"foreign_keys": "Version.dependencia_id"})
    parent: Optional[Dependencia] = Relationship(sa_relationship_kwargs={"foreign_keys": "Version.parent_id"})
    technical: Optional[Dependencia] = Relationship(
        sa_relationship_kwargs={"foreign_keys": "Version.technical_parent_id"}
    )


class DependenciaOut(SQLModel):
    code: str
    name: str
    kind: str
    parent: str | None
    numeral: str | None
    rof_unit_id: str | None
    province: str | None
    management_level: int | None
    technical_parent: str | None
    responsible_post: str | None
    derived: bool
    valid_from: date
    valid_to: date | None


class PageOut(SQLModel):
    items: list[DependenciaOut]
    next_cursor: str | None


async def session() -> AsyncIterator[AsyncSession]:
    async with AsyncSession(engine) as opened:
        yield opened


@app.get("/api/v1/dependencias", response_model=PageOut)
async def list_dependencias(
    database: Annotated[AsyncSession, Depends(session)], limit: int = 100, as_of: date | None = None
) -> Any:
    day = as_of or date.today()  # noqa: DTZ011 — the textbook does not think of zones
    columns: Any = Version
    query = (
        select(Version)
        .where(columns.valid_from <= day, (columns.valid_to.is_(None)) | (columns.valid_to >= day))
        .options(selectinload(columns.dependencia), selectinload(columns.parent), selectinload(columns.technical))
        .order_by(columns.dependencia_id)
        .limit(limit)
    )
    versions = (await database.exec(query)).all()
    return {"items": [_out(version) for version in versions], "next_cursor": None}


def _out(version: Version) -> DependenciaOut:
    return DependenciaOut(
        code=version.dependencia.code,
        name=version.name,
        kind=version.kind,
        parent=version.parent.code if version.parent else None,
        numeral=version.numeral,
        rof_unit_id=version.rof_unit_id,
        province=version.province,
        management_level=version.management_level,
        technical_parent=version.technical.code if version.technical else None,
        responsible_post=version.responsible_post,
        derived=version.dependencia.derived,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
    )


class Node(SQLModel):
    code: str
    name: str
    kind: str
    children: list["Node"]


@app.get("/api/v1/org-tree", response_model=Node)
async def read_org_tree(database: Annotated[AsyncSession, Depends(session)]) -> Any:
    columns: Any = Version
    query = select(Version).where(columns.valid_to.is_(None)).options(selectinload(columns.dependencia))
    versions = (await database.exec(query)).all()
    nodes = {v.dependencia_id: Node(code=v.dependencia.code, name=v.name, kind=v.kind, children=[]) for v in versions}
    for version in versions:
        if version.parent_id in nodes:
            nodes[version.parent_id].children.append(nodes[version.dependencia_id])
    return nodes[1]
