"""Shapes of technical sheets and assignments, as lists and single resources answer them."""

from __future__ import annotations

from typing import Literal

from services.indicators.assigning.schemas import FeedSource
from services.indicators.domain.achievement import Direction
from services.indicators.domain.periods import Frequency
from services.indicators.domain.rollup import OrgAggregation, TimeAggregation
from services.indicators.domain.targets import TargetKind
from services.indicators.shapes import IndicatorName, Level, PrintedResponsible
from services.indicators.sheets.schemas import Unit
from services.kit.shapes import DecimalText, Listed, Shape


class SheetSource(Shape):
    """Where the sheet is first printed; of lines, the first and the last."""

    document: str
    lines: list[int]


class Sheet(Shape):
    """What a technical sheet says, wherever it is answered."""

    code: str
    name: str
    aliases: list[str]
    description: str | None
    formula: str | None
    unit: Unit | None
    frequency: Frequency | None
    direction: Direction
    time_aggregation: TimeAggregation
    org_aggregation: OrgAggregation
    hierarchy: Literal["impact", "result"] | None
    source_text: str | None
    tolerance: DecimalText | None
    zero_policy: str | None
    evidence_required: bool
    numerator_bounded: bool
    succeeds: list[str]


class IndicatorOut(Sheet):
    """A technical sheet in force; source is null when it was written here."""

    version: int
    warnings: list[str]
    source: SheetSource | None


class IndicatorPage(Listed[IndicatorOut]):
    pass


class AssignedBaseline(Shape):
    """Where an assignment starts from; a note has no value."""

    value: DecimalText | None
    period: str | None
    kind: Literal["result", "note"]
    text: str


class AssignedTarget(Shape):
    """level: what the target asks for in the indicator's unit; null while nobody can tell."""

    period: str
    kind: TargetKind
    value: DecimalText | None
    value_to: DecimalText | None
    level: DecimalText | None
    closed: bool


class AssignmentSource(Shape):
    """Where the row is printed; row, page and unit_printed are the matrix's and null for a plan."""

    document: str
    row: int | None
    page: int | None
    lines: list[int]
    unit_printed: str | None


class FeedRuleOut(Shape):
    """Which part of a source feeds the assignment; null is every one, or the assignment's own."""

    companies: list[str] | None
    groups: list[str] | None
    reliability_of: str | None
    reforms_of: str | None


class AssignmentOut(Shape):
    """An indicator a dependencia answers for. source is null when it was assigned here."""

    code: str
    plan: str
    dependencia: str
    indicator: IndicatorName
    objective: str | None
    level: Level
    number: int | None
    statement: str
    frequency: Frequency
    unit: Unit | None
    direction: Direction
    baseline: AssignedBaseline | None
    targets: list[AssignedTarget]
    target_text: str | None
    tolerance: DecimalText | None
    by_progress: bool
    weight: DecimalText
    section: str | None
    objective_text: str | None
    objective_reliability: Literal["proved", "high", "medium", "low", "none"] | None
    responsible: PrintedResponsible | None
    feed_source: FeedSource
    feed_rule: FeedRuleOut | None
    evidence_required: bool
    warnings: list[str]
    notes: list[str]
    source: AssignmentSource | None
    version: int


class AssignmentPage(Listed[AssignmentOut]):
    pass
