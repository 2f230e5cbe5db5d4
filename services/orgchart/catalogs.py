"""Labels that front ends show for this service's codes."""

from __future__ import annotations

from typing import Any

from services.orgchart.appointments.codes import DETAILS


def _labelled(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"code": code, "label": label, "order": order} for order, (code, label) in enumerate(pairs, 1)]


CATALOGS: dict[str, Any] = {
    "dependencia_kinds": _labelled(
        ("institution", "Institución"),
        ("council", "Consejo"),
        ("directorate", "Dirección"),
        ("office", "Oficina"),
        ("commission", "Comisión"),
        ("committee", "Comité"),
        ("subdirectorate", "Subdirección"),
        ("coordination", "Coordinación"),
        ("provincial_directorate", "Dirección Provincial"),
        ("provincial_coordination", "Coordinación Provincial"),
        ("provincial_unit", "Unidad Provincial"),
        ("provincial_commission", "Comisión Provincial"),
        ("service_center", "Centro de Atención"),
    ),
    "appointment_kinds": _labelled(("holder", "Titular"), ("acting", "Encargado"), ("substitute", "Subrogante")),
    "appointment_states": _labelled(
        ("planned", "Prevista"), ("in_force", "Vigente"), ("over", "Terminada"), ("revoked", "Revocada")
    ),
    "appointment_row_codes": _labelled(*DETAILS.items()),
    "post_namings": _labelled(
        ("regulation", "Según el ROF"), ("manual", "Según el manual de puestos"), ("missing", "Sin nombre")
    ),
    "management_levels": _labelled(("1", "Nivel 1"), ("2", "Nivel 2 (cabecera zonal)")),
    "operations": _labelled(
        ("original", "Original"),
        ("added", "Agregado"),
        ("replaced", "Sustituido"),
        ("repealed", "Derogado"),
        ("renumbered", "Renumerado"),
        ("created", "Creado"),
        ("renamed", "Renombrado"),
        ("moved", "Trasladado"),
        ("merged", "Fusionado"),
        ("split", "Dividido"),
        ("level_changed", "Cambiado de nivel"),
    ),
    "reorganization_statuses": _labelled(
        ("previewed", "Vista previa"),
        ("propagating", "En propagación"),
        ("complete", "Completa"),
        ("undone", "Deshecha"),
    ),
    "process_types": _labelled(
        ("governing", "Gobernante"),
        ("substantive", "Sustantivo"),
        ("advisory", "Adjetivo de asesoría"),
        ("support", "Adjetivo de apoyo"),
        ("advisory_and_support", "Adjetivo de asesoría y apoyo"),
    ),
}
