"""Shapes that answers of several features of plans share."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.kit.shapes import Shape

Level = Literal["N1", "N2", "N3", "N4"]
Cause = Literal["national_plan", "sector_plan", "competences", "evaluation_action_plans", "exceptional"]


class Source(BaseModel):
    """Where the source prints it; what else a source says of its place stays beside."""

    model_config = ConfigDict(extra="allow")

    document: str
    lines: list[int]


class Act(Shape):
    body: str | None
    number: str
    date: date


class Approval(Shape):
    body: str | None
    act: str | None
    date: date | None
