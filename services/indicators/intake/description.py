"""A row of a batch in OpenAPI. The decoder takes anything: what does not fit is that row's result."""

from __future__ import annotations

from typing import Any, Final


def _text(description: str, **rest: Any) -> dict[str, Any]:
    return {"type": ["string", "null"], "description": description, **rest}


def _number(description: str) -> dict[str, Any]:
    return {"type": ["string", "number", "null"], "description": description}


ROW_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "assignment": _text("Código de la asignación; o indicator, dependencia y plan, si no hay dos así"),
        "indicator": _text("Código del indicador"),
        "dependencia": _text("Código de la dependencia"),
        "plan": _text("Código del plan"),
        "period": {"type": "string", "description": "Código del período: 2019-01, 2019-Q1 …"},
        "value": _number("Decimal, mejor como texto para no perder dígitos; sobra si hay numerator y denominator"),
        "numerator": _number("Con denominator: el valor se calcula de ambos"),
        "denominator": _number("Con numerator"),
        "note": _text("Nota de quien reporta"),
        "evidence_url": _text("Dónde está el respaldo"),
        "evidence_sha256": _text("SHA-256 del respaldo, en hexadecimal"),
    },
    "required": ["period"],
}
