"""Bodies of the procurement plan."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from services.kit.spelling import Day, OneSpelling, Whole
from services.plans.editing.schemas import Body, Change, Code, Prose

Company = Annotated[str, Field(pattern=r"^2(0[1-9]|1[0-6])$")]
Amount = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4), OneSpelling]
Ocid = Annotated[str, Field(min_length=5, max_length=100)]


class NewLine(Body):
    dependencia: Code
    year: Whole = Field(ge=2000, le=2999)
    company: Company
    procedure_type: str = Field(min_length=3, max_length=120)
    description: Prose
    amount: Amount
    quarter: Whole = Field(ge=1, le=4)
    ocid: Ocid | None = None


class LineChange(Change):
    nullable = frozenset({"ocid"})

    company: Company | None = None
    procedure_type: str | None = Field(default=None, min_length=3, max_length=120)
    description: Prose | None = None
    amount: Amount | None = None
    quarter: Whole | None = Field(default=None, ge=1, le=4)
    ocid: Ocid | None = None


class NewPacReform(Body):
    """kind: `include` needs `new_line`, `change` needs `line` and `changes`, `exclude` needs `line`."""

    kind: Literal["include", "change", "exclude"]
    justification: Prose
    requested_on: Day
    line: Whole | None = Field(default=None, ge=1)
    new_line: NewLine | None = None
    changes: LineChange | None = None


class PacAnswer(Body):
    answer: Literal["accepted", "rejected"]
    answered_on: Day
    note: str | None = Field(default=None, max_length=2000)
