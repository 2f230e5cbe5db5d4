"""What front ends draw without hard-coding: labels, order and colours of this service's closed lists."""

from __future__ import annotations

from typing import Any


def _entries(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"code": code, "label": label, "order": order} for order, (code, label) in enumerate(pairs, 1)]


CATALOGS: dict[str, Any] = {
    "plan_kinds": _entries(
        ("pei", "Plan Estratégico Institucional"),
        ("poa", "Plan Operativo Anual"),
        ("pac", "Plan Anual de Contratación"),
    ),
    "plan_statuses": _entries(
        ("draft", "Borrador"),
        ("submitted", "Enviado"),
        ("observed", "Observado"),
        ("validated", "Validado"),
        ("approved", "Aprobado"),
        ("in_execution", "En ejecución"),
        ("closed", "Cerrado"),
        ("rejected", "Rechazado"),
    ),
    "objective_levels": _entries(
        ("N1", "N1 · Estratégico"), ("N2", "N2 · Específico"), ("N3", "N3 · Específico"), ("N4", "N4 · Operativo")
    ),
    "project_kinds": _entries(("project", "Proyecto"), ("action_plan", "Plan de acción")),
    "project_phases": _entries(
        ("preproject", "Anteproyecto"),
        ("nomination", "Postulación"),
        ("approved", "Aprobado"),
        ("execution", "Ejecución"),
        ("frozen", "Congelado"),
        ("closing", "Cierre"),
        ("closed", "Cerrado"),
        ("cancelled", "Cancelado"),
    ),
    "alignment_bases": _entries(
        ("section", "El documento alinea la sección entera"),
        ("structure", "El documento anida los niveles sin decir cuál con cuál"),
        ("entered", "Registrada en el sistema"),
    ),
}
