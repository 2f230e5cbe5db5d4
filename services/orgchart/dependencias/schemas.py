"""Shapes of dependencias, for the API's documentation and generated clients."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.kit.shapes import Listed


class UnitProvenance(BaseModel):
    resolution: str | None
    provision: str | None


class Responsible(BaseModel):
    """Who answers for a dependencia on a date: substitute, else acting, else holder."""

    person: UUID
    name: str
    kind: Literal["holder", "acting", "substitute"]
    post: str
    appointment: UUID


class DependenciaOut(BaseModel):
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
    responsible: Responsible | None = Field(default=None, description="Solo con responsible_on")


class DependenciaPage(Listed[DependenciaOut]):
    pass


class DependenciaDetail(DependenciaOut):
    aliases: list[str]
    other_technical_parents: list[str]
    note: str | None
    operation: str
    introduced_by: UnitProvenance
    source: str
    lines: list[int]


class VersionOut(DependenciaOut):
    operation: str
    introduced_by: UnitProvenance


class VersionPage(Listed[VersionOut]):
    pass


class TreeNode(BaseModel):
    code: str
    name: str
    kind: str
    children: list[TreeNode]
