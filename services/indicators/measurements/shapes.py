"""Shapes of cells, of their history, and of what is owed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.indicators.domain.review import Review
from services.indicators.shapes import IndicatorName, PrintedResponsible
from services.kit.shapes import DecimalText, Listed, Shape

CellState = Literal["reported", "missing", "not_due", "exempt"]
SubmittedFor = Annotated[
    str | None,
    Field(description="En lugar de quién lo envió un encargado, subrogante o delegado; nulo, por sí mismo"),
]
BroughtBy = Annotated[UUID | None, Field(description="Lote con que llegó; nulo si vino de otro sistema")]


class EvidenceOut(Shape):
    url: str
    sha256: str | None


class MeasurementOut(Shape):
    """A cell; where nothing was reported, what only a value has is null."""

    assignment: str
    dependencia: str
    plan: str
    indicator: str
    period: str
    value: DecimalText | None
    numerator: DecimalText | None
    denominator: DecimalText | None
    unit: str | None
    target: DecimalText | None = Field(description="Nivel que alcanzar; de un rango, su extremo inferior")
    target_to: DecimalText | None = Field(description="Extremo superior de un rango")
    state: CellState
    review: Review | None
    achievement: DecimalText | None
    achievement_capped: DecimalText | None
    traffic_light: str | None = Field(description="Color de la política nombrada en policy")
    policy: str = Field(description="Política y versión con que se juzga")
    source: str | None
    note: str | None
    evidence: EvidenceOut | None
    warnings: list[str]
    approved_value: DecimalText | None
    drifted: bool = Field(description="El valor cambió después de aprobarse y no se ha vuelto a aprobar")
    due_on: date
    on_time: bool | None = Field(description="Si llegó hasta su vencimiento; nulo sin valor")
    submitted_by: str | None
    submitted_for: SubmittedFor
    recorded_at: datetime | None
    version: int | None


class MeasurementPage(Listed[MeasurementOut]):
    pass


class MeasurementVersion(Shape):
    version: int
    value: DecimalText
    numerator: DecimalText | None
    denominator: DecimalText | None
    note: str | None
    source: str
    submitted_by: str
    submitted_for: SubmittedFor
    review: Review
    reviewed_by: str | None
    review_reason: str | None
    batch_id: BroughtBy
    recorded_at: datetime
    superseded_at: datetime | None = Field(description="Nulo en la versión vigente")


class MeasurementHistoryPage(Listed[MeasurementVersion]):
    assignment: str
    period: str


class OwedBy(Shape):
    code: str
    name: str


class MissingMeasurementOut(Shape):
    assignment: str
    indicator: IndicatorName
    dependencia: OwedBy
    plan: str
    period: str
    opens_on: date
    due_on: date
    locks_on: date | None
    state: CellState
    days_late: int
    responsible: PrintedResponsible | None


class MissingMeasurementPage(Listed[MissingMeasurementOut]):
    pass
