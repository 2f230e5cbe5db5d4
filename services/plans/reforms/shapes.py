"""Shapes of reforms."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from services.kit.shapes import DecimalText, Document, Listed, Shape
from services.plans.methodology.shapes import FindingOut
from services.plans.plans.shapes import DiffContent
from services.plans.shapes import Act, Cause


class ListedReform(Shape):
    plan: str
    number: int
    cause: Cause
    justification: str
    authorization_act: str | None
    status: Literal["draft", "submitted", "observed", "validated", "approved", "rejected"]
    base_version: int
    operations: list[Document]
    act: Act | None
    created_by: str
    created_at: datetime
    submitted_by: str | None
    validated_by: str | None
    approved_by: str | None
    decided_at: datetime | None


class ReformPage(Listed[ListedReform]):
    pass


class TargetChange(Shape):
    """status: `pending`, approved and not yet applied; `refused`, with code and detail; null, nobody could be asked."""

    operation: int
    assignment: str
    period: str
    value: DecimalText
    value_to: DecimalText | None
    kind: str | None
    before: DecimalText | None
    status: Literal["proposed", "pending", "applied", "refused", "dropped"] | None
    code: str | None
    detail: str | None
    version: int | None


class ReformOut(ListedReform):
    targets: list[TargetChange]
    unavailable: list[str]


class ReformTransitionOut(Shape):
    number: int
    from_: str = Field(alias="from")
    to: str
    reason: str | None
    act: Act | None
    actor: str
    occurred_at: datetime


class ReformTransitionPage(Listed[ReformTransitionOut]):
    pass


class EndedAlignment(Shape):
    """Of another plan, to what the reform ends earlier. orphaned: nothing it serves lasts as long as it does."""

    plan: str
    dependencia: str
    from_: str = Field(alias="from")
    from_valid_to: date
    to: str
    to_valid_to: date
    orphaned: bool


class ReformPreview(Shape):
    plan_code: str
    base_version: int
    diff: DiffContent
    findings: list[FindingOut]
    ended_alignments: list[EndedAlignment]
    policy: str
