"""Shapes of a batch's result."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class RowResult(BaseModel):
    index: int
    outcome: Literal["created", "updated", "unchanged", "not_applied", "rejected"] = Field(
        description="not_applied: fila buena de un envío del que no entró nada"
    )
    code: str | None = Field(default=None, description="Solo en rechazadas; ver appointment_row_codes en /catalogs")
    detail: str | None = Field(default=None, description="Solo en rechazadas")
    field: str | None = Field(default=None, description="Solo en rechazadas")


class Receipt(BaseModel):
    sha256: str
    issued_at: datetime


class BatchResult(BaseModel):
    batch_id: UUID
    dry_run: bool
    mode: Literal["partial", "atomic"]
    received: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    rows: list[RowResult] = Field(description="Todas hasta 1000; más allá, solo las rechazadas")
    receipt: Receipt
