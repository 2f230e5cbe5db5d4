"""Shape of a batch's receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.indicators.intake.statements import LISTED
from services.kit.batches import Mode
from services.kit.shapes import Shape


class MeasurementRowOut(Shape):
    index: int = Field(description="Posición de la fila en el envío, desde 0")
    outcome: Literal["created", "updated", "unchanged", "rejected", "not_applied"]
    warnings: list[str] | None = Field(default=None, description="De una fila recibida que llama la atención")
    code: str | None = Field(default=None, description="De una fila rechazada")
    detail: str | None = Field(default=None, description="De una fila rechazada: qué hacer")
    field: str | None = Field(default=None, description="De una fila rechazada: dónde")


class MeasurementReceipt(Shape):
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="Del contenido del envío")
    issued_at: datetime


class MeasurementBatchOut(Shape):
    batch_id: UUID
    dry_run: bool
    mode: Mode
    received: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    rows: list[MeasurementRowOut] = Field(description=f"Las primeras {LISTED} filas y todas las rechazadas")
    receipt: MeasurementReceipt
