"""Zones and provinces, as Art. 12 of the regulation lists them; INEC and ISO codes join maps to them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ARRAY, BigInteger, Column, Integer, Text
from sqlmodel import Field

from services.orgchart.metadata import OrgchartTable


class Zone(OrgchartTable, table=True):
    __tablename__ = "zones"

    zone: int = Field(primary_key=True)
    name: str
    seat: str
    seat_province: str
    valid_from: date = Field(primary_key=True)
    valid_to: date | None = None
    lines: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))


class Province(OrgchartTable, table=True):
    __tablename__ = "provinces"

    name: str
    name_folded: str
    aliases: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    dependencia_id: int = Field(sa_type=BigInteger, foreign_key="orgchart.dependencias.id")
    zone: int
    seat: bool
    management_level: int
    inec_code: str = Field(primary_key=True)
    iso_code: str
    valid_from: date = Field(primary_key=True)
    valid_to: date | None = None
    lines: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
