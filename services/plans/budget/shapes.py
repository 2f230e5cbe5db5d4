"""Shapes of budget execution and its receipts."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from services.kit.shapes import DecimalText, Listed, Shape
from services.plans.shapes import Source


class BudgetRowOut(Shape):
    year: int
    month: int
    company: str
    printed_code: str
    printed_name: str
    group: str | None
    current: DecimalText
    accrued: DecimalText
    execution_percent: DecimalText | None
    printed_percent: DecimalText | None
    version: int
    warnings: list[str]
    source: Source | None


class BudgetRowPage(Listed[BudgetRowOut]):
    pass


class RowResult(Shape):
    index: int
    outcome: Literal["created", "updated", "unchanged", "rejected"]
    warnings: list[str] | None = Field(default=None, description="De una fila recibida")
    code: str | None = Field(default=None, description="De una fila rechazada")
    detail: str | None = None
    field: str | None = None


class Receipt(Shape):
    sha256: str
    issued_at: datetime


class BudgetBatchOut(Shape):
    batch_id: str
    dry_run: bool
    mode: Literal["partial", "atomic"]
    received: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    rows: list[RowResult]
    receipt: Receipt
