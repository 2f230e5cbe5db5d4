"""Why a whole batch is refused. Its rows say why, one by one."""

from __future__ import annotations

from services.kit.problems import ContentTooLarge, Invalid


class BatchRefused(Invalid):
    code, title = "batch-rejected", "Envío rechazado"
    default_detail = "No entró ninguna fila: en rows está, fila por fila, qué corregir. Corríjalas y envíe de nuevo."


class TooManyRows(ContentTooLarge):
    code, title = "too-many-rows", "Demasiadas filas"
    default_detail = "Un envío admite hasta 100 000 filas. Divídalo en varios."


class InvalidBatch(Invalid):
    code, title = "invalid-batch", "Envío mal formado"
    default_detail = "El envío es un objeto con source y rows, o líneas con una fila cada una."
