"""Tables of plans as the textbook writes them.

No `from __future__ import annotations` here: relationships are resolved from real classes.
"""

from datetime import date
from decimal import Decimal
from typing import Optional

from sqlalchemy import ARRAY, BigInteger, Column, MetaData, Text
from sqlmodel import Field, Relationship, SQLModel


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
