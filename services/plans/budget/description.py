"""A row of a batch in OpenAPI. The decoder takes anything: what does not fit is that row's result."""

from __future__ import annotations

from typing import Any, Final

from services.plans.domain.execution import COMPANIES


def _amount(description: str) -> dict[str, Any]:
    return {"type": ["string", "number"], "description": description}


ROW_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "year": {"type": "integer", "minimum": 1900, "maximum": 2999},
        "month": {"type": "integer", "minimum": 1, "maximum": 12},
        "company": {"enum": sorted(COMPANIES), "description": "Código canónico de la empresa"},
        "printed_code": {"type": "string", "description": "El código como lo imprime el documento de ese año"},
        "printed_name": {"type": "string", "description": "El nombre como lo imprime el documento de ese año"},
        "group": {"type": ["string", "null"], "description": "Grupo de gasto"},
        "current": _amount("Codificado, en dólares"),
        "accrued": _amount("Devengado, en dólares"),
        "printed_percent": {
            "type": ["string", "number", "null"],
            "description": "Porcentaje impreso; si difiere del calculado en más de 0.005 puntos, la fila trae un aviso",
        },
    },
    "required": ["year", "month", "company", "printed_code", "printed_name", "current", "accrued"],
}
