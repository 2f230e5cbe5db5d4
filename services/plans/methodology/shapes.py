"""Shapes of findings and coverage."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from services.kit.shapes import Listed, Shape


class FindingOut(Shape):
    code: str
    severity: Literal["error", "warning"]
    pointer: str
    detail: str
    reference: str


class FindingPage(Listed[FindingOut]):
    policy: str = Field(description="Lista de verbos y versión con que se revisó")
    unavailable: list[str] = Field(description="Lo que no se pudo revisar por falta de otro servicio")


class StrategyCoverage(Shape):
    total: int
    carried: int
    unused: list[str]
    outside_pei: list[str]


class IndicatorCoverage(Shape):
    total: int
    linked_to_objective: int
    without_unit: int
    frequency_not_printed: int
    ambiguous_targets: int


class UnitOut(Shape):
    code: str
    name: str


class CoverageOut(Shape):
    plan: str
    policy: str
    objectives: dict[str, int]
    strategies: StrategyCoverage
    objectives_aligned: int
    objectives_without_indicators: list[str] | None
    indicators: IndicatorCoverage | None
    ended_alignments: list[str] = Field(description="A lo que termina antes que el objetivo que le sirve")
    printed_mismatches: list[str]
    crossed_units: list[str]
    repeated_statements: list[str]
    dependencias_without_objectives: list[UnitOut]
    unavailable: list[str]
