"""Bodies of reforms: what changes, under which legal cause."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from services.kit.spelling import Day
from services.plans.editing.schemas import (
    Body,
    Change,
    Code,
    NewObjective,
    NewStrategy,
    ObjectiveChange,
    PeriodCode,
    StrategyChange,
)
from services.plans.tracking.schemas import NewProject, ProjectChange


def _digits(value: Any) -> Any:
    """A decimal comes as a JSON number or as text, and is kept as text."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value) if type(value) is int else value


_MEASURE = r"^-?[0-9]{1,20}(\.[0-9]{1,10})?$"
Measure = Annotated[
    str,
    BeforeValidator(_digits),
    Field(pattern=_MEASURE),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": _MEASURE}]}),
]
Cause = Literal["national_plan", "sector_plan", "competences", "evaluation_action_plans", "exceptional"]


class AddObjective(Body):
    op: Literal["add_objective"]
    objective: NewObjective


class ChangeObjective(Body):
    op: Literal["change_objective"]
    code: Code
    changes: ObjectiveChange


class EndObjective(Body):
    """Ends an objective; its code and history stay."""

    op: Literal["end_objective"]
    code: Code
    on: Day


class AddStrategy(Body):
    op: Literal["add_strategy"]
    strategy: NewStrategy


class ChangeStrategy(Body):
    op: Literal["change_strategy"]
    code: Code
    changes: StrategyChange


class AddProject(Body):
    op: Literal["add_project"]
    project: NewProject


class ChangeProject(Body):
    op: Literal["change_project"]
    code: Code
    changes: ProjectChange


class ChangeTarget(Body):
    """A target belongs to the indicators service: recorded here with its cause, applied there after the approval.

    kind: how the number is meant; without it, as the number it replaces.
    """

    op: Literal["change_target"]
    assignment: Code
    period: Annotated[str, PeriodCode] = Field(
        pattern=r"^[12][0-9]{3}(-((0[1-9]|1[0-2])|B[1-6]|Q[1-4]|C[1-3]|S[12]))?$"
    )
    value: Measure
    value_to: Measure | None = None
    kind: Literal["level", "change_on_baseline", "change_on_same_period_last_year", "maintain"] | None = None


Operation = Annotated[
    AddObjective
    | ChangeObjective
    | EndObjective
    | AddStrategy
    | ChangeStrategy
    | AddProject
    | ChangeProject
    | ChangeTarget,
    Field(discriminator="op"),
]


class NewReform(Body):
    cause: Cause
    justification: str = Field(min_length=10, max_length=10_000)
    authorization_act: str | None = Field(default=None, min_length=3, max_length=200)
    operations: list[Operation] = Field(min_length=1, max_length=1000)


class ReformChange(Change):
    justification: str | None = Field(default=None, min_length=10, max_length=10_000)
    operations: list[Operation] | None = Field(default=None, min_length=1, max_length=1000)


def as_documents(operations: list[Any]) -> list[dict[str, Any]]:
    """Operations as JSON, with only the fields that were sent."""
    return [operation.model_dump(mode="json", exclude_unset=True) for operation in operations]
