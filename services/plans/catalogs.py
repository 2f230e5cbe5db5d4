"""What front ends draw without hard-coding: labels, order and colours of this service's closed lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.plans.budget.problems import DETAILS
from services.plans.domain.workflow import PLAN_STEPS, REFORM_STEPS, Step


def _entries(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"code": code, "label": label, "order": order} for order, (code, label) in enumerate(pairs, 1)]


def _states(steps: Mapping[str, Mapping[str, Step]], *pairs: tuple[str, str]) -> list[dict[str, Any]]:
    """Entries with where each state may lawfully go, who takes the step there and what it needs."""
    return [
        {
            **entry,
            "next": [
                {"to": to, "needs": s.needs, "permission": s.permission} for to, s in steps[entry["code"]].items()
            ],
        }
        for entry in _entries(*pairs)
    ]


CATALOGS: dict[str, Any] = {
    "plan_kinds": _entries(
        ("pei", "Plan Estratégico Institucional"),
        ("poa", "Plan Operativo Anual"),
        ("pac", "Plan Anual de Contratación"),
    ),
    "plan_statuses": _states(
        PLAN_STEPS,
        ("draft", "Borrador"),
        ("submitted", "Enviado"),
        ("observed", "Observado"),
        ("validated", "Validado"),
        ("approved", "Aprobado"),
        ("in_execution", "En ejecución"),
        ("closed", "Cerrado"),
        ("rejected", "Rechazado"),
    ),
    "reform_statuses": _states(
        REFORM_STEPS,
        ("draft", "Borrador"),
        ("submitted", "Enviada"),
        ("observed", "Observada"),
        ("validated", "Validada"),
        ("approved", "Aprobada y aplicada"),
        ("rejected", "Rechazada"),
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
        ("printed", "El documento pone la estrategia bajo su objetivo"),
        ("section", "El documento alinea la sección entera"),
        ("structure", "El documento anida los niveles sin decir cuál con cuál"),
        ("entered", "Registrada en el sistema"),
    ),
    "alignment_kinds": _entries(
        ("belongs_to", "Pertenece al objetivo"),
        ("contributes", "Contribuye al objetivo"),
        ("carries", "Lleva la estrategia"),
    ),
    "node_kinds": _entries(("objective", "Objetivo"), ("strategy", "Estrategia")),
    "reform_causes": _entries(
        ("national_plan", "Plan Nacional de Desarrollo aprobado o actualizado"),
        ("sector_plan", "Actualización del Plan Sectorial"),
        ("competences", "Cambios en las competencias"),
        ("evaluation_action_plans", "Planes de acción del seguimiento y la evaluación"),
        ("exceptional", "Caso excepcional, con autorización previa"),
    ),
    "reform_change_kinds": _entries(("added", "Añadido"), ("removed", "Eliminado"), ("changed", "Cambiado")),
    "reformed_target_statuses": _entries(
        ("proposed", "Propuesta"),
        ("pending", "Por aplicar"),
        ("applied", "Aplicada"),
        ("refused", "No aplicada"),
        ("dropped", "Sin efecto: la reforma se rechazó"),
    ),
    "observation_statuses": _entries(("open", "Abierta"), ("answered", "Respondida"), ("resolved", "Resuelta")),
    "observation_message_kinds": _entries(
        ("observation", "Observación"),
        ("answer", "Respuesta"),
        ("resolution", "Resolución"),
        ("reopening", "Reapertura"),
    ),
    "finding_severities": _entries(("error", "Error: impide enviar el plan"), ("warning", "Advertencia")),
    "findings": _entries(
        ("plan-without-objectives", "Plan sin objetivos"),
        ("plan-without-lines", "PAC sin líneas"),
        ("objective-without-infinitive", "No empieza con un infinitivo de la lista"),
        ("mediante-above-n4", "MEDIANTE en un nivel que no lo lleva"),
        ("n4-without-mediante", "Objetivo operativo sin MEDIANTE"),
        ("n4-mediante-repeated", "Más de un MEDIANTE"),
        ("n4-mediante-without-text", "MEDIANTE sin texto después"),
        ("statement-repeated", "Enunciado repetido"),
        ("unit-statement-crossed", "El enunciado trata de otra unidad"),
        ("strategy-not-in-pei", "Estrategia fuera del PEI"),
        ("strategy-unused", "Estrategia que nadie lleva"),
        ("objective-orphan", "Objetivo que no contribuye a ninguno"),
        ("alignment-target-ended", "Alineación a lo que termina antes"),
        ("date-hole", "Vigencias que no coinciden en ningún día"),
        ("level-violation", "Alineación o nivel que no corresponde"),
        ("alignment-cycle", "Alineación que da la vuelta"),
        ("outside-plan-period", "Vigencia fuera del plan"),
        ("unknown-objective", "Estrategia de un objetivo fuera del plan"),
        ("unknown-target", "Alineación a algo fuera del plan"),
        ("alignment-number-text-mismatch", "Número y texto impresos no coinciden"),
        ("project-ended-without-carry-over", "Proyecto terminado antes del plan, sin arrastre"),
        ("indicator-without-target", "Indicador sin meta"),
        ("indicator-without-unit", "Indicador sin unidad"),
        ("indicator-without-direction", "Indicador sin sentido"),
        ("indicator-without-frequency", "Indicadores sin frecuencia"),
        ("target-text-mismatch", "Texto y valor de la meta no coinciden"),
        ("indicators-without-objective", "Indicadores sin objetivo"),
        ("objective-without-indicator", "Objetivo sin indicador"),
    ),
    "source_warnings": _entries(
        ("approval-not-printed", "El documento no imprime el acto de aprobación"),
        ("period-bounds-assumed", "El documento da los años, no los días"),
        ("read-from-matrix", "Leído de la matriz LOTAIP"),
        ("without-n2", "La sección no tiene objetivos N2"),
        ("stray-text", "Una celda contiene texto de otra"),
        ("organisation-named-twice", "Una organización con dos nombres"),
        ("organisation-misprinted", "Nombre de la organización mal impreso"),
        ("number-repeated", "Número repetido"),
        ("number-out-of-order", "Número fuera de orden"),
        ("number-restarts", "La numeración empieza de nuevo"),
        ("statement-cut", "Enunciado cortado"),
        ("statement-repeated", "Enunciado repetido"),
        ("unit-statement-crossed", "El enunciado trata de otra unidad"),
        ("without-mediante", "Sin MEDIANTE"),
        ("strategy-not-in-pei", "Estrategia fuera del PEI"),
        ("alignment-number-text-mismatch", "Número y texto impresos no coinciden"),
        ("code-with-prefix", "Código impreso con prefijo"),
        ("code-not-printed", "Sin código impreso"),
        ("name-broken", "Nombre cortado por la tabla"),
        ("phase-unusual", "Fase poco usual"),
        ("progress-not-printed", "Sin avance impreso"),
        ("printed-twice", "Impreso en dos secciones"),
        ("joint-executors-differ", "Los ejecutores conjuntos no coinciden"),
        ("owner-of-another-branch", "Lo lleva una dependencia de otra rama"),
        ("ended-before-plan-year", "Terminó antes del año del plan"),
        ("company-code-unstable", "El código de compañía cambia de un año a otro"),
        ("company-code-assumed", "Código de compañía supuesto"),
        ("company-code-repeated", "Código de compañía repetido"),
        ("printed-percent-differs", "El porcentaje impreso no es el calculado"),
        ("accrued-above-current", "Devengado mayor que codificado"),
    ),
    "project_lights": _entries(("green", "Según lo planeado"), ("amber", "Con retraso"), ("red", "Muy retrasado")),
    "progress_report_statuses": _entries(("submitted", "Enviado"), ("returned", "Devuelto"), ("approved", "Aprobado")),
    "risk_responses": _entries(
        ("avoid", "Evitar"), ("mitigate", "Mitigar"), ("transfer", "Transferir"), ("accept", "Aceptar")
    ),
    "risk_statuses": _entries(("open", "Abierto"), ("closed", "Cerrado")),
    "pac_line_statuses": _entries(("planned", "Planificada"), ("published", "Publicada"), ("excluded", "Excluida")),
    "pac_reform_kinds": _entries(("include", "Inclusión"), ("change", "Cambio"), ("exclude", "Exclusión")),
    "pac_reform_answers": _entries(("accepted", "Aceptada"), ("rejected", "Rechazada")),
    "plan_policy_kinds": _entries(
        ("lint_verbs", "Infinitivos acordados"),
        ("pac_deadlines", "Plazo de las reformas del PAC"),
        ("project_lights", "Semáforo de los proyectos"),
    ),
    "budget_row_outcomes": _entries(
        ("created", "Creada"), ("updated", "Actualizada"), ("unchanged", "Sin cambio"), ("rejected", "Rechazada")
    ),
    "budget_row_codes": _entries(*DETAILS.items()),
}
