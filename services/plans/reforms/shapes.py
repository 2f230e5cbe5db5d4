"""Shapes of reforms."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from services.plans.methodology.shapes import FindingOut
from services.plans.plans.shapes import DiffContent
from services.plans.shapes import Act, Cause, Document, Listed, Shape


class ReformOut(Shape):
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


class ReformPage(Listed[ReformOut]):
    pass


class ReformPreview(Shape):
    plan_code: str
    base_version: int
    diff: DiffContent
    findings: list[FindingOut]
