"""Shapes of scorecards: a dependencia's own, and one over everything below it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from services.indicators.domain.achievement import Direction
from services.indicators.domain.periods import Frequency
from services.indicators.domain.review import Review
from services.indicators.domain.rollup import OrgAggregation
from services.indicators.domain.structure import Structure
from services.indicators.measurements.shapes import CellState
from services.indicators.sheets.schemas import Unit
from services.kit.shapes import DecimalText, Shape


class CardSummary(Shape):
    """Counts by state, and beside them one for each light of the policy, by its name."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int] = Field(init=False)

    reported: int
    missing: int
    not_due: int
    exempt: int
    unscored: int = Field(description="Reportados a los que la política no da luz")


class ExcludedOut(Shape):
    """Values that were reported and are not added up with the others, by the unit they were sent in."""

    because: Literal["unit-changed"]
    unit: Unit | None
    cells: int
    periods: list[str]


class CardRowOut(Shape):
    """What an assignment and a roll-up have in common; reported and expected count cells."""

    indicator: str
    name: str
    unit: Unit | None = Field(description="De la asignación cuando llegó su último valor; sin ninguno, la de ahora")
    frequency: Frequency
    target: DecimalText | None
    target_to: DecimalText | None
    value: DecimalText | None
    achievement: DecimalText | None
    achievement_capped: DecimalText | None
    traffic_light: str | None = Field(description="Una de las luces de la política")
    state: CellState
    reported: int
    expected: int
    excluded: list[ExcludedOut] = Field(
        description="Reportadas en otra unidad que la última: no se suman con las demás hasta que se envíen de nuevo"
    )


class OwnIndicatorOut(CardRowOut):
    assignment: str
    direction: Direction
    review: Review | None = Field(description="Nulo cuando las celdas no están todas en el mismo estado")


class RolledIndicatorOut(CardRowOut):
    assignment: str | None = Field(description="Solo cuando una sola asignación cuenta")
    direction: Direction | None
    org_aggregation: OrgAggregation


class ObjectiveScoreOut(Shape):
    objective: str | None = Field(description="Nulo: las asignaciones sin objetivo")
    score: DecimalText | None
    coverage: DecimalText | None = Field(description="Peso reportado sobre peso vencido, de 0 a 1")


class ChildOut(Shape):
    dependencia: str
    name: str
    summary: CardSummary
    score: DecimalText | None
    coverage: DecimalText | None


class WorstChildOut(Shape):
    dependencia: str
    score: DecimalText


class CardHead(Shape):
    dependencia: str
    plan: str
    period: str
    from_: date = Field(alias="from")
    to: date
    policy: str = Field(description="Código y versión de la política con que se calculó")
    summary: CardSummary
    score: DecimalText | None
    coverage: DecimalText | None = Field(description="Peso reportado sobre peso vencido, de 0 a 1")


class OwnCardOut(CardHead):
    scope: Literal["own"]
    structure: Literal[Structure.AS_REPORTED]
    objectives: list[ObjectiveScoreOut]
    indicators: list[OwnIndicatorOut]
    children: Annotated[list[ChildOut], Field(max_length=0, description="Siempre vacía: lo propio no tiene hijas")]


class SubtreeCardOut(CardHead):
    scope: Literal["subtree"]
    structure: Structure
    worst_child: WorstChildOut | None
    indicators: list[RolledIndicatorOut]
    children: list[ChildOut]


CardOut = Annotated[OwnCardOut | SubtreeCardOut, Field(discriminator="scope")]
