"""A post belongs to one dependencia for ever; name and life come from the regulation unless it has its own."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger
from sqlmodel import Field

from services.orgchart.metadata import OrgchartTable


class Post(OrgchartTable, table=True):
    __tablename__ = "posts"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    code: str = Field(unique=True)
    dependencia_id: int = Field(sa_type=BigInteger, foreign_key="orgchart.dependencias.id")
    responsible: bool
    collegiate: bool
    name: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    version: int
