"""Bodies of project tracking."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from services.kit.spelling import Day, Flag, OneSpelling, Whole
from services.plans.editing.schemas import Body, Change, Code, PeriodCode, Prose, Statement

Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4), OneSpelling]
Weight = Annotated[Decimal, Field(gt=0, le=100, max_digits=7, decimal_places=4), OneSpelling]
Money = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4), OneSpelling]
Period = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$"), PeriodCode]


class NewProject(Body):
    plan: Code
    kind: Literal["project", "action_plan"]
    name: Statement
    dependencia: Code
    owners: list[Code] = Field(min_length=1, max_length=10)
    code: str | None = Field(default=None, min_length=1, max_length=20)
    start_date: Day | None = None
    end_date: Day | None = None
    components: list[Statement] = Field(default_factory=list, max_length=50)


class ProjectChange(Change):
    """owners and components: the whole list, when they are sent."""

    nullable = frozenset({"start_date", "end_date", "code"})

    name: Statement | None = None
    owners: list[Code] | None = Field(default=None, min_length=1, max_length=10)
    code: str | None = Field(default=None, min_length=1, max_length=20)
    components: list[Statement] | None = Field(default=None, max_length=50)
    start_date: Day | None = None
    end_date: Day | None = None
    carried_over: Flag | None = None


class PhaseStep(Body):
    to: str = Field(min_length=3, max_length=40)
    reason: str | None = Field(default=None, min_length=3, max_length=2000)
    effective_on: Day | None = None


class NewMilestone(Body):
    name: Statement
    weight_percent: Weight
    planned_on: Day


class MilestoneChange(Change):
    nullable = frozenset({"done_on"})

    name: Statement | None = None
    weight_percent: Weight | None = None
    planned_on: Day | None = None
    done_on: Day | None = None


class ProgressReport(Body):
    period: Period
    progress_percent: Percent
    note: str | None = Field(default=None, max_length=4000)


class Decision(Body):
    action: Literal["approve", "return"]
    reason: str | None = Field(default=None, min_length=3, max_length=2000)


class NewRisk(Body):
    description: Prose
    probability: Whole = Field(ge=1, le=5)
    impact: Whole = Field(ge=1, le=5)
    response: Literal["avoid", "mitigate", "transfer", "accept"]
    plan_of_response: str | None = Field(default=None, max_length=4000)


class RiskChange(Change):
    nullable = frozenset({"plan_of_response"})

    probability: Whole | None = Field(default=None, ge=1, le=5)
    impact: Whole | None = Field(default=None, ge=1, le=5)
    response: Literal["avoid", "mitigate", "transfer", "accept"] | None = None
    plan_of_response: str | None = Field(default=None, max_length=4000)
    status: Literal["open", "closed"] | None = None


class Budget(Body):
    planned: Money
    accrued: Money
