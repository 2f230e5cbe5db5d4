"""Shapes of plans, their sections, transitions, versions and rollovers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from services.kit.shapes import Document, Listed, Shape
from services.plans.shapes import Act, Approval, Source

PlanStatus = Literal["draft", "submitted", "observed", "validated", "approved", "in_execution", "closed", "rejected"]


class PlanOut(Shape):
    code: str
    kind: Literal["pei", "poa", "pac"]
    title: str
    dependencia: str
    parent: str | None
    period_from: date
    period_to: date
    continues: str | None = Field(description="El plan del período anterior del que se clonó")
    status: PlanStatus
    version: int
    approval: Approval
    warnings: list[str]
    notes: list[str]
    source: Source | None
    updated_at: datetime


class PlanPage(Listed[PlanOut]):
    pass


class SectionCounts(Shape):
    n2: int
    n3: int
    n4: int
    projects: int
    action_plans: int


class SectionOut(Shape):
    plan: str
    number: str
    title: str
    dependencia: str
    counts: SectionCounts
    warnings: list[str]
    notes: list[str]
    source: Source | None


class SectionPage(Listed[SectionOut]):
    pass


class PlanTransitionOut(Shape):
    number: int
    from_: str | None = Field(alias="from")
    to: PlanStatus
    reason: str | None
    act: Act | None
    version: int
    actor: str
    occurred_at: datetime


class PlanTransitionPage(Listed[PlanTransitionOut]):
    pass


class PlanVersionOut(Shape):
    version: int
    sha256: str
    reform: int | None
    approval: Approval
    approved_by: str
    approved_at: datetime


class PlanVersionPage(Listed[PlanVersionOut]):
    pass


class SnapshotOut(Shape):
    """The approved content, byte for byte."""

    plan: Document
    sections: list[Document]
    objectives: list[Document]
    strategies: list[Document]
    projects: list[Document]


class FieldChange(Shape):
    field: str
    before: object
    after: object


class KindDiff(Shape):
    """changed: the identity (code, id or number) with its fields."""

    added: list[Document]
    removed: list[Document]
    changed: list[Document]


class DiffContent(Shape):
    plan: list[FieldChange]
    sections: KindDiff
    objectives: KindDiff
    strategies: KindDiff
    projects: KindDiff


class DiffOut(DiffContent):
    plan_code: str
    from_: int = Field(alias="from")
    to: int | None


class Successor(Shape):
    from_: str = Field(alias="from")
    to: str


class RolledIndicator(Shape):
    """to: its assignment in the new plan, of the same indicator; targets are set there anew."""

    assignment: str
    continues: bool
    to: str | None


class DroppedAlignment(Shape):
    """An alignment of the old plan whose target does not go on."""

    from_: str = Field(alias="from")
    to: str


class RolloverOut(Shape):
    from_: str = Field(alias="from")
    to: str
    dry_run: bool
    continues: list[Successor]
    ends: list[str]
    dropped_alignments: list[DroppedAlignment]
    projects: list[Successor]
    carried_over: list[str]
    indicators: list[RolledIndicator] | None
    unavailable: list[str]
