"""Bodies of the workflow calls."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from services.kit.spelling import Day
from services.plans.editing.schemas import Body

Reason = Annotated[str, Field(min_length=3, max_length=2000)]


class Act(Body):
    """The act of approval: body and number as the document names them, and its date."""

    body: str | None = Field(default=None, min_length=3, max_length=120)
    # A plan shows its approval as {body, act, date}: what was read may be sent back as it is.
    number: str = Field(min_length=1, max_length=120, validation_alias=AliasChoices("number", "act"))
    date: Day


class Transition(Body):
    to: Literal["submitted", "observed", "validated", "approved", "in_execution", "closed", "rejected"]
    reason: Reason | None = None
    act: Act | None = None
