"""Bodies of observation threads."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.plans.editing.schemas import Body, Code

Words = Annotated[str, Field(min_length=3, max_length=4000)]


class NewObservation(Body):
    plan: Code
    pointer: str = Field(max_length=300)
    text: Words


class Message(Body):
    text: Words
