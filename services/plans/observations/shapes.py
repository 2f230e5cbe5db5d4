"""Shapes of observation threads."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from services.kit.shapes import Listed, Shape


class MessageOut(Shape):
    number: int
    kind: Literal["observation", "answer", "resolution", "reopening"]
    text: str
    author: str
    written_at: datetime


class ObservationOut(Shape):
    id: int
    plan: str
    pointer: str
    status: Literal["open", "answered", "resolved"]
    opened_by: str
    opened_at: datetime
    resolved_by: str | None
    resolved_at: datetime | None
    messages: list[MessageOut]


class ObservationPage(Listed[ObservationOut]):
    pass
