"""Bodies of calendar calls."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.indicators.domain.calendar import CalendarRule
from services.indicators.domain.periods import Frequency
from services.kit.problems import Mismatch
from services.kit.spelling import Instant, Whole


class RuleDocument(BaseModel):
    """When periods of one frequency open, fall due and lock."""

    model_config = ConfigDict(extra="forbid")

    opens_after_days: Whole = Field(ge=-366, le=366, description="Días desde el fin del período; 1 = el día siguiente")
    due_business_day: Whole = Field(ge=1, le=250, description="n-ésimo día hábil después del período")
    lock_business_day: Whole | None = Field(default=None, ge=1, le=250)

    @model_validator(mode="after")
    def locks_after_due(self) -> Self:
        if self.lock_business_day is not None and self.lock_business_day < self.due_business_day:
            raise Mismatch("/lock_business_day", "El cierre no puede ser anterior al vencimiento.")
        return self

    def rule(self) -> CalendarRule:
        return CalendarRule(self.opens_after_days, self.due_business_day, self.lock_business_day)


class CalendarDocument(BaseModel):
    """A new version of a plan's calendar."""

    model_config = ConfigDict(extra="forbid")

    plan: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9-]+$")
    first_year: Whole = Field(ge=1990, le=2200)
    last_year: Whole = Field(ge=1990, le=2200)
    rules: dict[Frequency, RuleDocument] = Field(min_length=1)
    reason: str = Field(min_length=3, max_length=2000)

    @model_validator(mode="after")
    def years_in_order(self) -> Self:
        if not self.first_year <= self.last_year <= self.first_year + 20:
            raise Mismatch("/last_year", "El último año no es anterior al primero y lo supera en 20 como máximo.")
        return self


class ExceptionDocument(BaseModel):
    """Leave to report a locked period, for a dependencia or one assignment of it, until it expires."""

    model_config = ConfigDict(extra="forbid")

    dependencia: str = Field(max_length=200)
    plan: str = Field(max_length=100)
    period: str = Field(max_length=20)
    assignment: str | None = Field(default=None, max_length=200)
    reason: str = Field(min_length=3, max_length=2000)
    expires_at: Instant

    def expires_after(self, now: datetime) -> bool:
        return self.expires_at > now


class ExemptionDocument(BaseModel):
    """Nothing is owed in a period, and why."""

    model_config = ConfigDict(extra="forbid")

    assignment: str = Field(max_length=200)
    period: str = Field(max_length=20)
    reason: str = Field(min_length=3, max_length=2000)
