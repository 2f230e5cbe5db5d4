"""Shapes of targets, their findings and closures, and of baselines."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from services.indicators.domain.targets import TargetKind
from services.indicators.reforming.router import ReformAct
from services.kit.shapes import DecimalText, Listed, Shape


class TargetReform(Shape):
    """The reform of a plan whose change the version is."""

    plan: str
    number: int
    cause: str | None
    act: ReformAct | None
    approved_by: str | None


class TargetOut(Shape):
    assignment: str
    dependencia: str
    plan: str
    period: str
    kind: TargetKind
    value: DecimalText | None
    value_to: DecimalText | None = Field(description="Extremo superior de un rango")
    level: DecimalText | None = Field(description="Lo que la meta pide; nulo mientras no se pueda saber")
    level_to: DecimalText | None
    closed: bool
    version: int
    reason: str | None
    reform: TargetReform | None = Field(description="Nulo si la fijó la oficina de planificación")
    recorded_by: str
    recorded_at: datetime


class TargetPage(Listed[TargetOut]):
    pass


class TargetVersionOut(TargetOut):
    """One version of a target."""

    superseded_at: datetime | None = Field(description="Nulo en la versión vigente")


class TargetVersionPage(Listed[TargetVersionOut]):
    pass


class TargetFindingOut(Shape):
    assignment: str
    dependencia: str
    plan: str
    period: str | None = Field(description="Nulo si la asignación no tiene metas")
    code: Literal["target-ambiguous", "target-without-level", "period-targets-disagree", "target-missing"]
    detail: str


class TargetFindingPage(Listed[TargetFindingOut]):
    pass


class ClosureOut(Shape):
    """What was asked, and how many targets changed."""

    action: Literal["close", "reopen"]
    plan: str
    dependencias: list[str] | None = Field(description="Nulo si se pidió todo el plan")
    reason: str
    changed: int


class BaselineOut(Shape):
    """What was asked, and how many open targets got their level anew."""

    assignment: str
    value: DecimalText
    period: str
    reason: str
    targets_recomputed: int
