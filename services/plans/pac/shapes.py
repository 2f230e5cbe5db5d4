"""Shapes of the procurement plan."""

from __future__ import annotations

from datetime import date
from typing import Literal

from services.kit.shapes import DecimalText, Document, Listed, Shape


class LineOut(Shape):
    id: int
    dependencia: str
    year: int
    number: int
    company: str
    procedure_type: str
    description: str
    amount: DecimalText
    quarter: int
    ocid: str | None
    status: Literal["planned", "published", "excluded"]


class LinePage(Listed[LineOut]):
    pass


class PolicyName(Shape):
    code: str
    version: int


class PacReformOut(Shape):
    id: int
    dependencia: str
    year: int
    kind: Literal["include", "change", "exclude"]
    line: int | None
    changes: Document
    justification: str
    requested_on: date
    requested_by: str
    deadline_on: date
    policy: PolicyName
    answered_on: date | None
    answer: Literal["accepted", "rejected"] | None
    answered_by: str | None
    answer_note: str | None
    in_time: bool | None


class PacReformPage(Listed[PacReformOut]):
    pass


class TimelinessOut(Shape):
    dependencia: str
    period: str
    in_time: int
    due: int
    percent: DecimalText | None
