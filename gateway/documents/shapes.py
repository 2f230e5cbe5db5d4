"""Shapes of the catalogues."""

from __future__ import annotations

from pydantic import Field

from services.kit.shapes import Shape


class CatalogStep(Shape):
    """Where a state may lawfully go, who takes the step there and what it needs beyond."""

    to: str
    needs: str | None
    permission: str


class CatalogEntry(Shape):
    """What to show for a code."""

    code: str
    label: str
    order: int | None = Field(default=None, description="Los roles no lo llevan: vienen en su orden")
    colour: str | None = Field(default=None, description="#rrggbb, de los semáforos")
    next: list[CatalogStep] | None = Field(default=None, description="De los estados de un plan o de una reforma")


Catalogs = dict[str, list[CatalogEntry]]
