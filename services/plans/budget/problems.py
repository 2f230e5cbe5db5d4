"""Why a batch of budget execution, or one row of it, is not taken."""

from __future__ import annotations

from services.kit.problems import Invalid


class BudgetBatchRefused(Invalid):
    code, title = "batch-refused", "No se recibió ninguna fila"
    default_detail = "Ninguna fila del lote pudo entrar; vea rows."


class BudgetBatchMalformed(Invalid):
    code, title = "batch-malformed", "Lote mal formado"
    default_detail = "El lote es un objeto con source y rows (una lista con al menos una fila)."


DETAILS = {
    "missing-field": "Falta el campo o está vacío.",
    "unknown-field": "No se conoce el campo.",
    "invalid-period": "El año o el mes no existen.",
    "period-not-open": "El mes todavía no empieza.",
    "unknown-company": "La compañía canónica es un código de 201 a 216.",
    "invalid-number": "No es un número decimal.",
    "ambiguous-number": "El número admite dos lecturas; escríbalo sin separador de miles.",
    "out-of-range": "El monto no puede ser negativo.",
    "duplicate-row": "Hay dos filas para una compañía, un grupo y un mes; no se toma ninguna.",
}
