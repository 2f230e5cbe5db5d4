"""Tables of the plans service, as migrations/plans creates them. Columns in reading order."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, MetaData, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel


class PlansTable(SQLModel):
    metadata = MetaData(schema="plans")


def texts() -> Any:
    return Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))


def document() -> Any:
    return Field(default=None, sa_column=Column(JSONB(none_as_null=True)))


def instant() -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=False))


def measure() -> Any:
    return Field(default=None, sa_column=Column(Numeric))


class Plan(PlansTable, table=True):
    __tablename__ = "plans"

    code: str = Field(primary_key=True)
    kind: str
    title: str
    title_folded: str
    dependencia_id: int = Field(sa_type=BigInteger)
    parent: str | None = Field(default=None, foreign_key="plans.plans.code")
    period_from: date
    period_to: date
    status: str
    version: int
    approval_body: str | None = None
    approval_act: str | None = None
    approval_date: date | None = None
    continues: str | None = None
    warnings: list[str] = texts()
    notes: list[str] = texts()
    source: dict[str, Any] | None = document()
    revision: int = 1
    updated_at: datetime = instant()
    updated_by: str
    submitted_by: str | None = None
    validated_by: str | None = None
    submitted_for: str | None = None
    validated_for: str | None = None


class PlanSection(PlansTable, table=True):
    __tablename__ = "plan_sections"

    plan: str = Field(primary_key=True, foreign_key="plans.plans.code")
    number: str = Field(primary_key=True)
    ordinal: int
    dependencia_id: int = Field(sa_type=BigInteger)
    title: str
    warnings: list[str] = texts()
    notes: list[str] = texts()
    source: dict[str, Any] | None = document()


class Objective(PlansTable, table=True):
    __tablename__ = "objectives"

    code: str = Field(primary_key=True)
    plan: str = Field(foreign_key="plans.plans.code")
    ordinal: int
    dependencia_id: int = Field(sa_type=BigInteger)
    level: str
    number: int | None = None
    statement: str
    statement_folded: str
    section: str | None = None
    unit_printed: str | None = None
    axis: dict[str, Any] | None = document()
    valid_from: date
    valid_to: date
    continues: str | None = None
    warnings: list[str] = texts()
    notes: list[str] = texts()
    source: dict[str, Any] | None = document()
    revision: int = 1
    updated_at: datetime = instant()
    updated_by: str


class Strategy(PlansTable, table=True):
    __tablename__ = "strategies"

    code: str = Field(primary_key=True)
    plan: str = Field(foreign_key="plans.plans.code")
    ordinal: int
    objective: str = Field(foreign_key="plans.objectives.code")
    text: str
    text_folded: str
    in_pei: bool
    valid_from: date
    valid_to: date
    continues: str | None = None
    warnings: list[str] = texts()
    notes: list[str] = texts()
    source: dict[str, Any] | None = document()
    revision: int = 1
    updated_at: datetime = instant()
    updated_by: str


class Alignment(PlansTable, table=True):
    """from_objective contributes to to_objective, or carries to_strategy. basis: `section`, the document aligns the
    whole section; `structure`, the document nests the levels without saying which; `entered`, somebody aligned it."""

    __tablename__ = "alignments"

    id: int = Field(sa_type=BigInteger, primary_key=True)
    plan: str = Field(foreign_key="plans.plans.code")
    from_objective: str = Field(foreign_key="plans.objectives.code")
    to_objective: str | None = Field(default=None, foreign_key="plans.objectives.code")
    to_strategy: str | None = Field(default=None, foreign_key="plans.strategies.code")
    basis: str
    printed_number: int | None = None
    printed_text: str | None = None
    number_by_text: int | None = None
    warnings: list[str] = texts()
    source: dict[str, Any] | None = document()
    updated_at: datetime = instant()
    updated_by: str


class Project(PlansTable, table=True):
    __tablename__ = "projects"

    id: str = Field(primary_key=True)
    plan: str = Field(foreign_key="plans.plans.code")
    ordinal: int
    dependencia_id: int = Field(sa_type=BigInteger)
    section: str | None = None
    kind: str
    code: str | None = None
    code_printed: str | None = None
    number: int | None = None
    name: str
    name_folded: str
    phase: str | None = None
    phase_printed: str | None = None
    progress_percent: Decimal | None = measure()
    cut_off: date | None = None
    start_date: date | None = None
    end_date: date | None = None
    carried_over: bool
    owners_printed: str | None = None
    continues: str | None = None
    warnings: list[str] = texts()
    notes: list[str] = texts()
    source: dict[str, Any] | None = document()
    revision: int = 1
    updated_at: datetime = instant()
    updated_by: str


class ProjectOwner(PlansTable, table=True):
    __tablename__ = "project_owners"

    project: str = Field(primary_key=True, foreign_key="plans.projects.id")
    dependencia_id: int = Field(sa_type=BigInteger, primary_key=True)
    ordinal: int
    year: int
    code: str | None = None


class ProjectComponent(PlansTable, table=True):
    __tablename__ = "project_components"

    project: str = Field(primary_key=True, foreign_key="plans.projects.id")
    number: int = Field(primary_key=True)
    text: str


class Policy(PlansTable, table=True):
    """rules: of its kind, decimals as text; see policies/rules.py."""

    __tablename__ = "policies"

    code: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    kind: str
    rules: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    valid_from: date
    valid_to: date | None = None
    reason: str
    recorded_at: datetime = instant()
    recorded_by: str


class ProjectPhase(PlansTable, table=True):
    __tablename__ = "project_phases"

    code: str = Field(primary_key=True)
    label: str
    ordinal: int
    is_final: bool
    stops_clock: bool


class ProjectPhaseStep(PlansTable, table=True):
    __tablename__ = "project_phase_steps"

    from_phase: str = Field(primary_key=True)
    to_phase: str = Field(primary_key=True, foreign_key="plans.project_phases.code")
    needs_reason: bool


class BudgetExecution(PlansTable, table=True):
    __tablename__ = "budget_execution"

    year: int = Field(primary_key=True)
    month: int = Field(primary_key=True)
    company: str = Field(primary_key=True)
    budget_group: str = Field(primary_key=True)
    printed_code: str
    printed_name: str
    budget_current: Decimal = Field(sa_column=Column(Numeric, nullable=False))
    budget_accrued: Decimal = Field(sa_column=Column(Numeric, nullable=False))
    printed_percent: Decimal | None = measure()
    warnings: list[str] = texts()
    source: dict[str, Any] | None = document()
    version: int = 1
    recorded_at: datetime = instant()
    recorded_by: str


class BudgetBatch(PlansTable, table=True):
    __tablename__ = "budget_batches"

    id: UUID = Field(primary_key=True)
    source: str
    received_at: datetime = instant()
    received_by: str
    answer: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
