"""Bodies of technical sheets."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.indicators.domain.achievement import Direction
from services.indicators.domain.periods import Frequency
from services.indicators.domain.rollup import OrgAggregation, TimeAggregation
from services.kit.spelling import Flag, OneSpelling

Code = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=200)]
Unit = Literal["percent", "usd", "count", "days", "months", "ratio", "index"]
Text = Annotated[str, Field(max_length=4000)]


class SheetBody(BaseModel):
    """Everything a technical sheet says; what it leaves out is unknown, not inherited."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=3, max_length=400)
    aliases: list[Annotated[str, Field(max_length=400)]] = Field(default_factory=list, max_length=50)
    description: Text | None = None
    formula: Annotated[str, Field(max_length=2000)] | None = None
    unit: Unit | None = None
    frequency: Frequency | None = None
    direction: Direction
    time_aggregation: TimeAggregation
    org_aggregation: OrgAggregation
    hierarchy: Literal["impact", "result"] | None = None
    source_text: Text | None = None
    tolerance: Annotated[Decimal, Field(gt=0, max_digits=30, decimal_places=10), OneSpelling] | None = None
    zero_policy: Text | None = None
    evidence_required: Flag = False
    numerator_bounded: Flag = False
    succeeds: list[Code] = Field(default_factory=list, max_length=20)
    reason: str = Field(min_length=3, max_length=2000)


class NewSheetBody(SheetBody):
    """A sheet under a new code, which is never used again for anything else."""

    code: Code
