"""Answers about plans as the textbook writes them."""

from datetime import date
from decimal import Decimal

from sqlmodel import SQLModel


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
