"""Bases of the answers' shapes, for the API's documentation and generated clients; routes answer bytes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")
DecimalText = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$", description="Decimal exacto")]
Level = Literal["N1", "N2", "N3", "N4"]
Cause = Literal["national_plan", "sector_plan", "competences", "evaluation_action_plans", "exceptional"]


class Shape(BaseModel):
    """Nothing is answered that is not declared."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Listed(Shape, Generic[Item]):
    items: list[Item]
    next_cursor: str | None
    total: int | None = Field(default=None, description="Solo con include_total")


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


Document = dict[str, Any]
