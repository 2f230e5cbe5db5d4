"""Shape of what a review did."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from services.indicators.domain.review import Action
from services.kit.shapes import Shape


class ReviewedRow(Shape):
    assignment: str
    period: str
    outcome: Literal["submitted", "returned", "approved", "rejected"]
    code: str | None = Field(description="De una celda rechazada")
    detail: str | None = Field(description="De una celda rechazada: por qué")


class ReviewOut(Shape):
    action: Action
    dependencia: str
    period: str
    reviewed: int
    rejected: int
    rows: list[ReviewedRow]
