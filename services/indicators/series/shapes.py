"""Shapes of series and comparisons."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from services.indicators.domain.achievement import Direction
from services.indicators.domain.periods import Frequency
from services.indicators.domain.structure import Structure
from services.indicators.measurements.shapes import CellState
from services.indicators.scorecards.statement import Scope
from services.indicators.sheets.schemas import Unit
from services.kit.shapes import DecimalText, Listed, Shape

Break = Literal["definition-changed", "unit-changed", "frequency-changed", "direction-changed"]


class SheetHead(Shape):
    code: str
    name: str
    unit: Unit | None
    direction: Direction
    version: int


class PointOut(Shape):
    """comparable: false where the point and the one before it measure different things; breaks says what differs."""

    indicator: str
    plan: str
    period: str
    frequency: Frequency
    unit: Unit | None
    assignment: str | None
    value: DecimalText | None
    target: DecimalText | None
    target_to: DecimalText | None
    achievement: DecimalText | None
    traffic_light: str | None
    state: Literal["reported", "missing", "exempt"]
    reported: int
    expected: int
    comparable: bool
    breaks: list[Break]


class SeriesOut(Shape):
    indicator: SheetHead
    lineage: list[str] = Field(description="El indicador y los que continúa o lo continúan")
    dependencia: str
    scope: Scope
    structure: Structure
    policy: str
    points: list[PointOut]


class ComparedOut(Shape):
    """province: of its seat; provinces: those whose cells count for it."""

    rank: int | None
    quartile: int | None = Field(ge=1, le=4)
    dependencia: str
    name: str
    province: str | None
    provinces: list[str]
    assignment: str | None
    unit: Unit | None
    frequency: Frequency
    value: DecimalText | None
    target: DecimalText | None
    achievement: DecimalText | None
    traffic_light: str | None
    state: CellState
    reported: int
    expected: int


class Statistics(Shape):
    """Counts of dependencias, and of their values the extremes and quartiles: values that somebody reported."""

    expected: int
    reported: int
    minimum: DecimalText | None
    maximum: DecimalText | None
    first_quartile: DecimalText | None
    median: DecimalText | None
    third_quartile: DecimalText | None


class ComparedPage(Listed[ComparedOut]):
    indicator: SheetHead
    plan: str
    period: str
    dependencia: str
    structure: Structure
    policy: str
    comparable: bool = Field(description="Falso cuando hay más de una unidad o frecuencia")
    units: list[Unit | None]
    statistics: Statistics
