"""Shapes of data quality."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from services.indicators.domain.structure import Structure
from services.indicators.scorecards.statement import Scope
from services.kit.shapes import DecimalText, Shape


class QualityCounts(Shape):
    """Shares from 0 to 1 of what was due, null while nothing was; and the counts of cells they come from."""

    completeness: DecimalText | None
    timeliness: DecimalText | None
    reliability: DecimalText | None
    due: int
    reported: int
    on_time: int
    returned: int
    drifted: int = Field(description="Cambiadas después de aprobadas, y aún no aprobadas de nuevo")
    reliable: int


class ChildQualityOut(QualityCounts):
    dependencia: str
    name: str


class DataQualityOut(QualityCounts):
    dependencia: str
    plan: str
    period: str | None
    scope: Scope
    structure: Structure
    rule: Literal["reliability@1"]
    children: list[ChildQualityOut] = Field(description="Solo con scope=subtree")
