"""Why a row of budget execution is not taken."""

from __future__ import annotations

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
