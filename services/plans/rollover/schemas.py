"""Body of a rollover."""

from __future__ import annotations

from pydantic import Field

from services.kit.spelling import Day
from services.plans.editing.schemas import Body, Code, Statement


class NewRollover(Body):
    """code, title, period: of the new plan; ends: what of the old one does not continue."""

    code: Code
    title: Statement
    period_from: Day
    period_to: Day
    parent: Code | None = None
    ends: list[Code] = Field(default_factory=list, max_length=1000)
