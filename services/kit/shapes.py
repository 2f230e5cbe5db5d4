"""Bases of the answers' shapes, for the API's documentation and generated clients; routes answer bytes.

What is declared is held against real answers by tests (`test_declared_shapes`), not at every request.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")
DecimalText = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$", description="Decimal exacto")]
Document = dict[str, Any]


class Shape(BaseModel):
    """Nothing is answered that is not declared."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Listed(Shape, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    next_cursor: str | None
    total: int | None = Field(default=None, description="Solo con include_total")
