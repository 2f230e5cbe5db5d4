"""Shapes of projects and of everything that tracks them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from services.kit.shapes import DecimalText, Listed, Shape
from services.plans.shapes import Source

Light = Literal["green", "amber", "red"]


class ComponentOut(Shape):
    number: int
    text: str


class ProjectOut(Shape):
    id: str
    code: str | None
    number: int | None
    name: str
    kind: Literal["project", "action_plan"]
    plan: str
    dependencia: str
    section: str | None
    owners: list[str]
    progress_percent: DecimalText | None
    phase: str | None
    start_date: date | None
    end_date: date | None
    cut_off: date | None
    carried_over: bool
    overdue: bool
    continues: str | None = Field(description="De qué es la continuación, en el plan del período anterior")
    components: list[ComponentOut]
    code_printed: str | None
    phase_printed: str | None
    owners_printed: str | None
    warnings: list[str]
    notes: list[str]
    source: Source | None


class ProjectPage(Listed[ProjectOut]):
    pass


class NextPhase(Shape):
    to: str
    needs_reason: bool


class PhaseOut(Shape):
    """next: the phases it may lawfully go to; is_final: nothing is overdue there; stops_clock: the plan waits."""

    code: str
    label: str
    order: int
    is_final: bool
    stops_clock: bool
    next: list[NextPhase]


class PhasePage(Listed[PhaseOut]):
    pass


class PhaseTransitionOut(Shape):
    number: int
    from_: str | None = Field(alias="from")
    to: str
    reason: str | None
    effective_on: date
    actor: str
    occurred_at: datetime


class PhaseTransitionPage(Listed[PhaseTransitionOut]):
    pass


class MilestoneOut(Shape):
    number: int
    name: str
    weight_percent: DecimalText
    planned_on: date
    done_on: date | None


class MilestonePage(Listed[MilestoneOut]):
    pass


class ReportOut(Shape):
    period: str
    version: int
    progress_percent: DecimalText
    note: str | None
    status: Literal["submitted", "returned", "approved"]
    reported_by: str
    reported_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None


class ReportPage(Listed[ReportOut]):
    pass


class RiskOut(Shape):
    number: int
    description: str
    probability: int
    impact: int
    exposure: int
    response: Literal["avoid", "mitigate", "transfer", "accept"]
    plan_of_response: str | None
    status: Literal["open", "closed"]


class RiskPage(Listed[RiskOut]):
    pass


class BudgetOut(Shape):
    year: int
    planned: DecimalText
    accrued: DecimalText


class BudgetPage(Listed[BudgetOut]):
    pass


class Standing(Shape):
    planned_percent: DecimalText | None
    actual_percent: DecimalText | None
    behind_points: DecimalText | None
    cut_off: date | None
    frozen_days: int
    traffic_light: Light | None


class StandingOut(Standing):
    project: str
    on: date
    policy: str


class CurvePoint(Shape):
    period: str
    planned_percent: DecimalText | None
    actual_percent: DecimalText | None
    status: Literal["submitted", "returned", "approved"] | None


class CurveOut(Shape):
    project: str
    points: list[CurvePoint]


class WorstProject(Standing):
    id: str
    code: str | None
    name: str
    phase: str | None
    end_date: date | None
    overdue: bool
    days_overdue: int


class PortfolioOut(Shape):
    dependencia: str
    plan: str | None
    policy: str
    total: int
    by_kind: dict[str, int]
    by_phase: dict[str, int]
    by_light: dict[str, int]
    overdue: int
    frozen: int
    carried_over: int
    worst: list[WorstProject]
