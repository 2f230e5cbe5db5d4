"""Shapes that answers of several features of indicators share. The sets of values are of data/indicators/README.md."""

from __future__ import annotations

from typing import Literal

from services.kit.shapes import Shape

Level = Literal["N1", "N2", "N3", "N4"]


class IndicatorName(Shape):
    code: str
    name: str


class PrintedResponsible(Shape):
    """Who answers for it, as printed, and how that was read."""

    text: str
    certainty: Literal["printed", "merged_cell", "inferred"]
    dependencias: list[str]
