"""Tables of the regulation. A unit is an identity; numeral, names and prose belong to a version."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.orgchart.metadata import OrgchartTable


class Resolution(OrgchartTable, table=True):
    __tablename__ = "resolutions"

    code: str = Field(primary_key=True)
    date: dt.date
    in_force_from: dt.date
    changes: int
    source: str


class RofUnit(OrgchartTable, table=True):
    __tablename__ = "rof_units"

    id: str = Field(primary_key=True)
    dependencia_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="orgchart.dependencias.id")


class RofUnitVersion(OrgchartTable, table=True):
    __tablename__ = "rof_unit_versions"

    unit_id: str = Field(primary_key=True, foreign_key="orgchart.rof_units.id")
    valid_from: dt.date = Field(primary_key=True)
    valid_to: dt.date | None = None
    numeral: str
    numeral_key: str
    name: str
    name_folded: str
    process_name: str | None = None
    kind: str
    process_type: str | None = None
    process_group: str | None = None
    parent_numeral: str | None = None
    responsible_post: str | None = None
    alias_numerals: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    alias_names: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    general_scope: str | None = None
    mission: str | None = None
    attributions_intro: str | None = None
    attributions_closing: str | None = None
    management_note: str | None = None
    resolution: str
    provision: str | None = None
    operation: str
    closed_by: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    lines: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))


class RofUnitCount(OrgchartTable, table=True):
    """How many attributions and products a unit has between two dates; known before the prose is."""

    __tablename__ = "rof_unit_counts"

    unit_id: str = Field(primary_key=True, foreign_key="orgchart.rof_units.id")
    valid_from: dt.date = Field(primary_key=True)
    valid_to: dt.date | None = None
    attributions: int
    products: int


class RofItem(OrgchartTable, table=True):
    """A literal, a product or an entry of the internal management; general ones (Art. 11) have no unit."""

    __tablename__ = "rof_items"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    unit_id: str | None = Field(default=None, foreign_key="orgchart.rof_units.id")
    general_scope: str | None = None
    section: str
    supergroup: str | None = None
    group_title: str | None = None
    label: str | None = None
    position: int
    text: str
    text_folded: str
    responsible_post: str | None = None
    valid_from: dt.date
    valid_to: dt.date | None = None
    resolution: str
    provision: str | None = None
    operation: str
    closed_by: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    lines: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))


class RofProvision(OrgchartTable, table=True):
    """Dispositions, competences of the two provincial levels, directive posts, Art. 8, articles of running text."""

    __tablename__ = "rof_provisions"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    kind: str
    subkind: str | None = None
    label: str | None = None
    title: str | None = None
    text: str
    text_folded: str
    valid_from: dt.date
    valid_to: dt.date | None = None
    resolution: str
    provision: str | None = None
    operation: str
    closed_by: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    lines: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))


class RofImport(OrgchartTable, table=True):
    __tablename__ = "rof_imports"

    id: UUID = Field(primary_key=True)
    imported_at: dt.datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    actor: str
    sha256: str
    size_bytes: int = Field(sa_type=BigInteger)
    changed: bool
    counts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    findings: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
