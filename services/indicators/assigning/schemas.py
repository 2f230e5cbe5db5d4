"""Bodies of assignment calls."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.indicators.domain.achievement import Direction
from services.indicators.domain.periods import Frequency
from services.indicators.domain.targets import TargetKind
from services.indicators.sheets.schemas import Unit
from services.indicators.targets.schemas import Measure, Reason
from services.kit.problems import Mismatch
from services.kit.spelling import Flag, OneSpelling, Whole

FeedSource = Literal["manual", "push", "budget", "hr", "pac", "platform"]
Tolerance = Annotated[Decimal, Field(gt=0, max_digits=30, decimal_places=10), OneSpelling]
Weight = Annotated[Decimal, Field(ge=0, le=1000, max_digits=10, decimal_places=4), OneSpelling]


class FeedRuleBody(BaseModel):
    """Which part of a source feeds the assignment: budget companies and groups; null is every one.

    reforms_of: for `pac`, the dependencia whose reforms count, with what is below it; null is the assignment's own.
    reliability_of: for `platform`, the dependencia whose cells count, with those below it; null is the own ones alone.
    """

    model_config = ConfigDict(extra="forbid")

    companies: list[Annotated[str, Field(max_length=20)]] | None = Field(default=None, max_length=100)
    groups: list[Annotated[str, Field(max_length=60)]] | None = Field(default=None, max_length=100)
    reliability_of: str | None = Field(default=None, max_length=200)
    reforms_of: str | None = Field(default=None, max_length=200)


class EveryTarget(BaseModel):
    """A target that holds in every period of the assignment's frequency."""

    model_config = ConfigDict(extra="forbid")

    kind: TargetKind = TargetKind.LEVEL
    value: Measure | None = None
    value_to: Measure | None = None


class NewAssignmentBody(BaseModel):
    """An indicator a dependencia answers for. Unit and direction are the sheet's when left out."""

    model_config = ConfigDict(extra="forbid")

    plan: str = Field(max_length=100)
    dependencia: str = Field(max_length=200)
    indicator: str = Field(max_length=200)
    level: Literal["N1", "N2", "N3", "N4"]
    number: Whole | None = Field(default=None, ge=0, le=100_000)
    objective: str | None = Field(default=None, max_length=200)
    statement: str = Field(min_length=3, max_length=2000)
    frequency: Frequency
    unit: Unit | None = None
    direction: Direction | None = None
    tolerance: Tolerance | None = None
    by_progress: Flag = False
    weight: Weight = Decimal(1)
    target: EveryTarget | None = None
    target_text: str | None = Field(default=None, max_length=2000)
    feed_source: FeedSource = "manual"
    reason: Reason


class AssignmentChanges(BaseModel):
    """What the planning office may set later. Only what is sent changes; null clears what may be empty."""

    model_config = ConfigDict(extra="forbid")

    objective: str | None = Field(default=None, max_length=200)
    frequency: Frequency | None = None
    tolerance: Tolerance | None = None
    by_progress: Flag | None = None
    weight: Weight | None = None
    evidence_required: Flag | None = None
    numerator_bounded: Flag | None = None
    feed_source: FeedSource | None = None
    feed_rule: FeedRuleBody | None = None
    reason: Reason

    @model_validator(mode="after")
    def changes_something(self) -> Self:
        if self.model_fields_set <= {"reason"}:
            raise Mismatch("", "No hay nada que cambiar: envíe al menos un dato además de reason.")
        required = {"frequency", "by_progress", "weight", "evidence_required", "numerator_bounded", "feed_source"}
        for name in required & self.model_fields_set:
            if getattr(self, name) is None:
                raise Mismatch(f"/{name}", "Este dato no puede quedar vacío.")
        return self
