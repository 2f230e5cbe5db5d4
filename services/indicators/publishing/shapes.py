"""Shapes of what the transparency law publishes."""

from __future__ import annotations

from pydantic import Field

from services.kit.shapes import Shape


class LotaipColumn(Shape):
    name: str
    description: str


class LotaipOut(Shape):
    """One numeral of one month."""

    numeral: str
    month: str
    title: str
    columns: list[LotaipColumn]
    rows: list[list[str]] = Field(description="Celdas en el orden de columns; lo ausente se dice con palabras")
    metadata: dict[str, str | None] = Field(description="Lo que lleva el archivo de metadatos, por su etiqueta")
