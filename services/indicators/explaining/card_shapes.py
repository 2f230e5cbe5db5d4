"""Shapes of a card's explanation: of its score, or with `indicator` of that one's roll-ups."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from services.indicators.domain.periods import Frequency
from services.indicators.domain.review import Review
from services.indicators.domain.rollup import OrgAggregation, TimeAggregation
from services.indicators.domain.structure import Structure
from services.indicators.measurements.shapes import CellState
from services.indicators.scorecards.statement import Scope
from services.indicators.sheets.schemas import Unit
from services.kit.shapes import DecimalText, Shape

Unreported = Literal["missing", "not_due", "exempt"]


class CardStepOut(Shape):
    rule: str
    text: str
    result: str | None = Field(description="Un decimal, o la luz en el paso que la decide")


class ScoreRow(Shape):
    assignment: str
    indicator: str
    weight: DecimalText


class ScoredRowOut(ScoreRow):
    state: Literal["reported"]
    value: DecimalText
    target: DecimalText
    traffic_light: str
    achievement_capped: DecimalText


class UnscoredRowOut(ScoreRow):
    state: CellState
    value: DecimalText | None
    target: DecimalText | None
    traffic_light: None
    achievement_capped: None
    because: Literal["missing", "not_due", "exempt", "unscored"]


class ExplainedObjectiveOut(Shape):
    """share: what the objective counts in the card; used and skipped: its rows."""

    dependencia: str
    objective: str | None
    share: DecimalText
    score: DecimalText | None
    coverage: DecimalText | None = Field(description="Peso reportado sobre peso vencido, de 0 a 1")
    steps: list[CardStepOut]
    used: list[ScoredRowOut]
    skipped: list[UnscoredRowOut]


class RolledCellOut(Shape):
    period: str
    state: CellState
    review: Review | None
    value: DecimalText | None
    numerator: DecimalText | None
    denominator: DecimalText | None
    target: DecimalText | None
    unit: Unit | None = Field(description="En que se envió; sin valor, la de la asignación")
    because: Literal["unit-changed"] | None = Field(description="Por qué un valor reportado no se suma")


class RolledRow(Shape):
    """share: what of the dependencia belongs here, from 0 to 1."""

    assignment: str
    dependencia: str
    share: DecimalText
    weight: DecimalText
    numerator: DecimalText | None
    denominator: DecimalText | None
    time_aggregation: TimeAggregation
    value: DecimalText | None
    target: DecimalText | None
    cells: list[RolledCellOut]


class RolledRowOut(RolledRow):
    state: Literal["reported"]


class SkippedRowOut(RolledRow):
    state: Unreported
    because: Unreported


class RollupOut(Shape):
    unit: Unit | None
    frequency: Frequency
    rule: OrgAggregation
    value: DecimalText | None
    target: DecimalText | None
    achievement: DecimalText | None
    traffic_light: str | None
    steps: list[CardStepOut]
    used: list[RolledRowOut]
    skipped: list[SkippedRowOut]


class ExplanationHead(Shape):
    dependencia: str
    plan: str
    period: str
    from_: date = Field(alias="from")
    to: date
    scope: Scope
    structure: Structure
    policy: str


class ScoreExplanationOut(ExplanationHead):
    score: DecimalText | None
    coverage: DecimalText | None
    steps: list[CardStepOut]
    objectives: list[ExplainedObjectiveOut]


class RollupExplanationOut(ExplanationHead):
    indicator: str
    rollups: list[RollupOut]


CardExplanationOut = ScoreExplanationOut | RollupExplanationOut
