"""Shapes of calendars, exceptions to locks, and exemptions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from services.indicators.domain.periods import Frequency
from services.kit.shapes import Listed, Shape


class CalendarPeriodOut(Shape):
    """state: as of today."""

    plan: str
    period: str
    frequency: Frequency
    first_day: date
    last_day: date
    opens_on: date
    due_on: date
    locks_on: date | None = Field(description="Nulo si el período no se cierra")
    state: Literal["not_open", "open", "overdue", "locked"]
    version: int


class CalendarPeriodPage(Listed[CalendarPeriodOut]):
    pass


class RuleOut(Shape):
    opens_after_days: int
    due_business_day: int
    lock_business_day: int | None


class CalendarOut(Shape):
    """A version of a plan's calendar, as it was recorded."""

    plan: str
    first_year: int
    last_year: int
    rules: dict[Frequency, RuleOut]
    reason: str
    version: int


class GrantedExemption(Shape):
    """An exemption, as it was recorded."""

    assignment: str
    period: str
    reason: str


class ExemptionOut(Shape):
    assignment: str
    dependencia: str
    plan: str
    period: str
    reason: str
    recorded_by: str
    recorded_at: datetime
    ended_at: datetime | None = Field(description="Nulo mientras no se termine")
    active: bool


class ExemptionPage(Listed[ExemptionOut]):
    pass


class GrantedException(Shape):
    """An exception to a lock, as it was recorded."""

    id: int
    dependencia: str
    plan: str
    period: str
    assignment: str | None = Field(description="Nulo si vale para toda la dependencia")
    reason: str
    expires_at: datetime
    granted_by: str


class LockExceptionOut(GrantedException):
    """An exception to a lock and whether it is in force."""

    granted_at: datetime
    active: bool


class LockExceptionPage(Listed[LockExceptionOut]):
    pass
