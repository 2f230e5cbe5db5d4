"""Bodies and answers of policy calls."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from services.kit.shapes import Document, Listed, Shape
from services.kit.spelling import Day
from services.plans.editing.schemas import Body
from services.plans.policies.rules import Kind


class NewVersion(Body):
    """valid_from: today or later; what was judged before stays judged. rules: of the policy's kind."""

    valid_from: Day
    valid_to: Day | None = None
    reason: str = Field(min_length=3, max_length=2000)
    rules: dict[str, Any]


class PolicyOut(Shape):
    code: str
    version: int
    kind: Kind
    rules: Document
    valid_from: date
    valid_to: date | None
    in_force: bool
    reason: str
    recorded_at: datetime
    recorded_by: str


class PolicyPage(Listed[PolicyOut]):
    pass
