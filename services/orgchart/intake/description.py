"""A row of a batch in OpenAPI. The decoder takes anything: what does not fit is that row's result."""

from __future__ import annotations

from typing import Any, Final

from services.orgchart.appointments.schemas import KINDS


def _text(description: str, **rest: Any) -> dict[str, Any]:
    return {"type": ["string", "null"], "description": description, **rest}


def _personal(description: str) -> dict[str, Any]:
    return _text(f"Dato personal. {description}", **{"x-personal-data": True})


ROW_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "post": _text("Código del puesto; o dependencia, por su puesto responsable"),
        "dependencia": _text("Código de la dependencia"),
        "person": _text("Identificador opaco; o cedula", format="uuid"),
        "cedula": _personal("Cédula o RUC de persona natural; si no está registrada, se registra con sus nombres"),
        "given_names": _personal("Nombres"),
        "family_names": _personal("Apellidos"),
        "email": _personal("Correo institucional"),
        "kind": {"enum": list(KINDS)},
        "valid_from": {"type": "string", "format": "date"},
        "valid_to": _text("Último día, inclusive; null mientras no se sepa", format="date"),
        "document": _text("Acto que la dispone"),
        "subject": _text("Cuenta con la que la persona inicia sesión"),
    },
    "required": ["kind", "valid_from"],
}
