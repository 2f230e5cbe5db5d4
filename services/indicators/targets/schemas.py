"""Bodies of target calls."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.indicators.domain.targets import TargetKind
from services.kit.problems import Mismatch
from services.kit.spelling import OneSpelling

Measure = Annotated[Decimal, Field(max_digits=30, decimal_places=10), OneSpelling]
Reason = Annotated[str, Field(min_length=3, max_length=2000)]


class TargetBody(BaseModel):
    """What is asked of one period. A change is in percent, towards the better side; value_to ends a range."""

    model_config = ConfigDict(extra="forbid")

    kind: TargetKind
    value: Measure | None = None
    value_to: Measure | None = None
    reason: Reason

    @model_validator(mode="after")
    def has_what_its_kind_needs(self) -> Self:
        if self.value is None and self.kind is not TargetKind.MAINTAIN:
            raise Mismatch(
                "/value", "Falta el valor de la meta; solo maintain puede ir sin él (mantener la línea base)."
            )
        if self.value_to is not None and (self.value is None or self.value_to < self.value):
            raise Mismatch("/value_to", "El extremo superior del rango no puede ser menor que value.")
        return self


class ClosureBody(BaseModel):
    """Closes or reopens the targets of a plan, whole or of some dependencias."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["close", "reopen"]
    plan: str = Field(max_length=100)
    dependencias: list[str] | None = Field(default=None, min_length=1, max_length=2000)
    reason: Reason


class BaselineBody(BaseModel):
    """Where an assignment starts from, anew."""

    model_config = ConfigDict(extra="forbid")

    value: Measure
    period: str = Field(max_length=20)
    reason: Reason
