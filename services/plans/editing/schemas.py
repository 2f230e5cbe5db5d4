"""Bodies of the editing calls. Fields that are absent stay as they are; unknown ones are refused."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from services.kit.printable import NAME
from services.kit.spelling import Day, Flag, Whole, kept
from services.plans.domain.periods import in_our_spelling

Code = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[A-Z0-9][A-Z0-9.\-]*$")]
# What plans are read by, in lists, trees and letters: one line, with something to be seen.
Statement = Annotated[str, Field(min_length=3, max_length=2000, pattern=NAME)]
Prose = Annotated[str, Field(min_length=3, max_length=2000)]
Level = Literal["N1", "N2", "N3", "N4"]


PeriodCode = BeforeValidator(lambda code: in_our_spelling(code) if isinstance(code, str) else code)


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @field_validator("*")
    @classmethod
    def within_the_calendar(cls, value: Any) -> Any:
        """Every day of a body."""
        return kept(value) if isinstance(value, date) else value


class Change(Body):
    """A change names the fields it sets; null is only for what may be empty."""

    nullable: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*", mode="before")
    @classmethod
    def nothing_required_is_emptied(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None and info.field_name not in cls.nullable:
            raise ValueError("No puede quedar vacío.")
        return value


class NewPlan(Body):
    code: Code
    kind: Literal["pei", "poa", "pac"]
    title: Statement
    dependencia: Code
    parent: Code | None = None
    period_from: Day
    period_to: Day


class PlanChange(Change):
    nullable = frozenset({"parent"})

    title: Statement | None = None
    parent: Code | None = None
    period_from: Day | None = None
    period_to: Day | None = None


class NewObjective(Body):
    plan: Code
    dependencia: Code
    level: Level
    statement: Statement
    code: Code | None = None
    number: Whole | None = Field(default=None, ge=1)
    section: str | None = Field(default=None, max_length=40)
    valid_from: Day | None = None
    valid_to: Day | None = None
    aligned_to: list[Code] = Field(default_factory=list, max_length=100)


class ObjectiveChange(Change):
    nullable = frozenset({"number"})

    dependencia: Code | None = None
    level: Level | None = None
    statement: Statement | None = None
    number: Whole | None = Field(default=None, ge=1)
    valid_from: Day | None = None
    valid_to: Day | None = None
    aligned_to: list[Code] | None = Field(default=None, max_length=100)


class NewStrategy(Body):
    plan: Code
    objective: Code
    text: Statement
    code: Code | None = None
    in_pei: Flag | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None


class StrategyChange(Change):
    objective: Code | None = None
    text: Statement | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
