"""Shape of the explanation of one cell."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from services.indicators.domain.achievement import Direction
from services.indicators.domain.review import Review
from services.indicators.domain.targets import TargetKind
from services.indicators.measurements.shapes import BroughtBy, CellState, SubmittedFor
from services.indicators.sheets.shapes import FormulaInput
from services.kit.shapes import DecimalText, Shape


class ExplainedBaseline(Shape):
    value: DecimalText | None
    period: str | None


class ExplainedTarget(Shape):
    """text is of the assignment; the rest is null where the period has no target."""

    kind: TargetKind | None
    value: DecimalText | None = Field(description="Como está fijada: un nivel, o un cambio en por ciento")
    text: str | None = Field(description="Como está impresa")
    last_year_value: DecimalText | None = Field(description="Resultado del que parte un cambio interanual")
    version: int | None


class ExplainedMeasurement(Shape):
    value: DecimalText
    numerator: DecimalText | None
    denominator: DecimalText | None
    source: str
    submitted_by: str
    submitted_for: SubmittedFor
    review: Review
    reviewed_by: str | None
    batch_id: BroughtBy
    version: int
    recorded_at: datetime
    first_recorded_at: datetime
    warnings: list[str]


class ExplainedDeadline(Shape):
    version: int
    opens_on: date
    due_on: date
    locks_on: date | None


class ExplainedInputs(Shape):
    indicator: str
    sheet_version: int
    unit: str | None
    direction: Direction
    tolerance: DecimalText | None
    baseline: ExplainedBaseline
    by_progress: bool
    target: ExplainedTarget
    measurement: ExplainedMeasurement | None = Field(description="Nulo sin valor reportado")
    calendar: ExplainedDeadline
    computed_from: list[FormulaInput] = Field(description="Celdas de las que una fórmula calculó el valor")


class ExplainedStep(Shape):
    rule: str
    text: str
    result: str | None = Field(description="Un decimal o un color")


class ExplanationOut(Shape):
    assignment: str
    period: str
    dependencia: str
    state: CellState
    policy: str = Field(description="Política y versión con que se juzga")
    rule: str | None = Field(description="Caso de la regla de cumplimiento que se aplicó")
    value: DecimalText | None
    target: DecimalText | None
    achievement: DecimalText | None
    achievement_capped: DecimalText | None
    traffic_light: str | None = Field(description="Color de la política nombrada en policy")
    inputs: ExplainedInputs
    steps: list[ExplainedStep]
