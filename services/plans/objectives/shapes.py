"""Shapes of objectives, strategies and what they are aligned to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from services.kit.shapes import Document, Listed, Shape
from services.plans.shapes import Cause, Level, Source

Basis = Literal["section", "structure", "entered"]


class AlignedOut(Shape):
    """number and text as printed; number_by_text: the number whose statement the printed text really is."""

    code: str
    kind: Literal["objective", "strategy"]
    number: int | None
    text: str | None
    number_by_text: int | None
    basis: Basis
    warnings: list[str]


class ObjectiveOut(Shape):
    code: str
    plan: str
    level: Level
    number: int | None
    statement: str
    dependencia: str
    aligned_to: list[AlignedOut]
    section: str | None
    unit_printed: str | None
    axis: Document | None
    valid_from: date
    valid_to: date
    continues: str | None = Field(description="De qué es la continuación, en el plan del período anterior")
    warnings: list[str]
    notes: list[str]
    source: Source | None


class ObjectivePage(Listed[ObjectiveOut]):
    pass


class StrategyOut(Shape):
    code: str
    plan: str
    objective: str
    text: str
    in_pei: bool
    carried_by: int
    valid_from: date
    valid_to: date
    continues: str | None = Field(description="De qué es la continuación, en el plan del período anterior")
    warnings: list[str]
    notes: list[str]
    source: Source | None


class StrategyPage(Listed[StrategyOut]):
    pass


class NodeOut(Shape):
    code: str
    kind: Literal["objective", "strategy"]
    layer: int
    level: Level | None
    number: int | None
    label: str
    plan: str
    dependencia: str | None
    section: str | None
    in_pei: bool | None
    warnings: list[str]


class EdgeOut(Shape):
    from_: str = Field(alias="from")
    to: str
    kind: Literal["belongs_to", "contributes", "carries"]
    basis: Literal["printed", "section", "structure", "entered"]
    number: int | None
    text: str | None
    number_by_text: int | None
    weight: int
    warnings: list[str]


class PrintedStrategy(Shape):
    code: str
    text: str
    in_pei: bool
    number_by_text: int | None


class PrintedRow(Shape):
    section: str | None
    dependencia: str | None
    number: int | None
    objective: str | None
    text: str | None
    number_by_text: int | None
    consistent: bool
    strategies: list[PrintedStrategy]


class LooseStrategy(Shape):
    code: str
    objective: str
    text: str
    in_pei: bool


class LooseObjective(Shape):
    code: str
    level: Level
    statement: str
    dependencia: str


class AlignmentOut(Shape):
    plan: str
    nodes: list[NodeOut]
    edges: list[EdgeOut]
    printed: list[PrintedRow]
    unused_strategies: list[LooseStrategy]
    foreign_strategies: list[LooseStrategy]
    orphan_objectives: list[LooseObjective]


class IndicatorStates(Shape):
    indicators: int
    reported: int
    lights: dict[str, int]
    worst: str | None


class WalkNode(Shape):
    code: str
    depth: int
    kind: Literal["objective", "strategy"]
    level: Level | None
    number: int | None
    label: str
    plan: str
    dependencia: str | None
    status: IndicatorStates | None = Field(default=None, description="Solo con expand=status")


class WalkEdge(Shape):
    from_: str = Field(alias="from")
    to: str
    basis: str


class WalkOut(Shape):
    code: str
    nodes: list[WalkNode]
    edges: list[WalkEdge]
    unavailable: list[str]


class ChangeAct(Shape):
    body: str | None
    number: str | None
    date: date | None


class ChangeOut(Shape):
    plan: str
    reform: int
    cause: Cause
    kind: str
    code: str
    change: Literal["added", "removed", "changed"]
    field: str | None
    before: object
    after: object
    act: ChangeAct
    approved_by: str | None
    approved_at: datetime | None


class ChangePage(Listed[ChangeOut]):
    pass
