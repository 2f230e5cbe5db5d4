"""Shapes of scoring policies."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from services.kit.shapes import DecimalText, Listed, Shape

Limits = Annotated[list[DecimalText], Field(min_length=2, max_length=2, description="Desde y hasta, ambos admitidos")]


class BandOut(Shape):
    """A half-open stretch of achievement, [low, high) percent; the last has no high."""

    light: str
    low: DecimalText
    high: DecimalText | None
    label: str
    colour: str


class RulesOut(Shape):
    """Beside the bands; a rule that no version has set is left out."""

    percent_error: Limits | None = None
    percent_warning: Limits | None = None
    jump_warning_factor: DecimalText | None = None
    indicator_weight: Literal["equal"] | None = None
    objective_weight: Literal["equal"] | None = None
    reliability: Literal["on_time_without_errors_never_returned"] | None = None


class ScoringRulesOut(Shape):
    """A version of a policy, whoever asks for it."""

    code: str
    version: int
    name: str
    bands: list[BandOut]
    cap: DecimalText
    rules: RulesOut


class AddedScoringPolicyOut(ScoringRulesOut):
    reason: str


class ScoringPolicyOut(ScoringRulesOut):
    reason: str | None
    recorded_at: datetime
    recorded_by: str
    in_force: bool = Field(description="La última versión de su código")


class ScoringPolicyPage(Listed[ScoringPolicyOut]):
    pass
