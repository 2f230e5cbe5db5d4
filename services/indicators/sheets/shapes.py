"""Shapes of what writing technical sheets answers, of their versions, graph and evaluation."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from services.indicators.catalogue.shapes import IndicatorOut, Sheet
from services.indicators.domain.achievement import Direction
from services.indicators.sheets.schemas import Unit
from services.kit.shapes import DecimalText, Listed, Shape


class AddedSheet(Sheet):
    """The sheet as it was sent, with its first version."""

    version: Literal[1]
    reason: str


class SheetChanges(Shape):
    """What an assignment takes from the new version."""

    unit: Unit | None = Field(default=None, description="Solo si cambia; null: la ficha ya no la dice")
    direction: Direction | None = Field(default=None, description="Solo si cambia")
    evidence_required: bool | None = Field(default=None, description="Solo si cambia")
    numerator_bounded: bool | None = Field(default=None, description="Solo si cambia")


class SheetEffect(Shape):
    """overrides: what the assignment says otherwise than its sheet, and keeps."""

    assignment: str
    dependencia: str
    changes: SheetChanges
    overrides: list[Literal["unit", "direction", "tolerance", "evidence_required"]]


class ReplacedSheet(Shape):
    indicator: str
    version: int
    dry_run: bool
    assignments: list[SheetEffect]


class SheetVersion(IndicatorOut):
    """reason: why the version was replaced; null of the one in force."""

    recorded_at: datetime
    recorded_by: str
    reason: str | None


class SheetVersionPage(Listed[SheetVersion]):
    pass


class FormulaNode(Shape):
    code: str
    name: str
    formula: str | None


class FormulaEdge(Shape):
    """reads: the formula of `from` names `to`; succeeds: `from` continues `to` under another name."""

    from_: str = Field(alias="from")
    to: str
    kind: Literal["reads", "succeeds"]


class FormulaGraph(Shape):
    indicator: str
    nodes: list[FormulaNode]
    edges: list[FormulaEdge]


class FormulaInput(Shape):
    """A cell the formula reads; value, version and recorded_at are null while nobody has reported it."""

    indicator: str
    assignment: str
    value: DecimalText | None
    version: int | None
    recorded_at: datetime | None


class Evaluation(Shape):
    """value is null when an input is missing, when one has two assignments, or when the formula divides by zero."""

    indicator: str
    dependencia: str
    plan: str
    period: str
    formula: str
    value: DecimalText | None
    inputs: list[FormulaInput]
    missing: list[str]
