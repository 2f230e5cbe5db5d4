"""A dependencia is an identity (id, code) with versions; name, place and numeral belong to a version."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ARRAY, BigInteger, Column, Integer, Text
from sqlmodel import Field

from services.orgchart.metadata import OrgchartTable


class Dependencia(OrgchartTable, table=True):
    __tablename__ = "dependencias"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    code: str = Field(unique=True)
    derived: bool
    aliases: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    aliases_folded: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    note: str | None = None


class DependenciaVersion(OrgchartTable, table=True):
    __tablename__ = "dependencia_versions"

    dependencia_id: int = Field(primary_key=True, sa_type=BigInteger, foreign_key="orgchart.dependencias.id")
    valid_from: date = Field(primary_key=True)
    valid_to: date | None = None
    name: str
    name_folded: str
    kind: str
    parent_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="orgchart.dependencias.id")
    numeral: str | None = None
    rof_unit_id: str | None = None
    province: str | None = None
    management_level: int | None = None
    technical_parent_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="orgchart.dependencias.id")
    other_technical_parent_ids: list[int] = Field(sa_column=Column(ARRAY(BigInteger), nullable=False))
    responsible_post: str | None = None
    resolution: str | None = None
    provision: str | None = None
    operation: str
    source: str
    lines: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    ended_by_reorganization: bool = False
