"""A person is an opaque id everywhere outside this table; what names them stays here."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime
from sqlmodel import Field

from services.orgchart.metadata import OrgchartTable


class Person(OrgchartTable, table=True):
    __tablename__ = "persons"

    id: UUID = Field(primary_key=True)
    dependencia_id: int = Field(sa_type=BigInteger, foreign_key="orgchart.dependencias.id")
    cedula: str = Field(unique=True)
    given_names: str
    family_names: str
    name_folded: str
    email: str | None = None
    salt: UUID
    version: int
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
