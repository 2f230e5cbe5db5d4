"""What each numeral publishes: its columns, and how facts become rows."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from services.indicators.publishing.forms import NOT_APPLICABLE, Column, Form

POLICY_FILE = Path(__file__).with_name("lotaip.json")
Facts = Sequence[Mapping[str, Any]]

TARGETS = (
    Column("Unidad", "Dependencia que responde por la meta"),
    Column("Objetivo", "Objetivo de la unidad al que aporta el indicador"),
    Column("Indicador", "Nombre del indicador o enunciado de la meta, como consta en el plan"),
    Column("Meta cuantificable", "Meta del indicador con su frecuencia, como consta en el plan aprobado"),
    Column("Enlace al sistema de gestión de planificación", "Dirección donde consta el seguimiento de la meta"),
)
MATRIX = (
    Column("No.", "Número de orden de la unidad"),
    Column("Descripción de la unidad", "Dependencia que responde por la meta"),
    Column("Objetivo de la unidad", "Objetivo de la unidad al que aporta el indicador"),
    Column("Indicador", "Nombre del indicador"),
    Column("Meta cuantificable", "Meta y frecuencia, como constan en el plan"),
)
BUDGET = (
    Column("Código", "Código de la compañía presupuestaria, como fue impreso"),
    Column("Categoría", "Grupo de gasto; NO APLICA cuando se informa por compañía"),
    Column("Descripción", "Nombre de la administradora o fondo"),
    Column("Asignado", "Presupuesto asignado inicial, en USD"),
    Column("Modificado", "Modificaciones del presupuesto, en USD"),
    Column("Codificado", "Presupuesto vigente, en USD"),
    Column("Certificado", "Monto certificado, en USD"),
    Column("Comprometido", "Monto comprometido, en USD"),
    Column("Devengado", "Monto devengado acumulado, en USD"),
    Column("Pagado", "Monto pagado, en USD"),
    Column("Saldo por comprometer", "Codificado menos comprometido, en USD"),
    Column("Saldo por devengar", "Codificado menos devengado, en USD"),
    Column("Saldo por pagar", "Devengado menos pagado, en USD"),
    Column("% ejecución", "Devengado sobre codificado, en porcentaje"),
)
PROGRAMMES = (
    Column("Plan o programa", "Plan al que pertenece"),
    Column("Nombre", "Nombre del plan, proyecto o plan de acción"),
    Column("Tipo", "Plan, proyecto o plan de acción"),
    Column("Unidad", "Dependencias responsables"),
    Column("Fecha de inicio", "Primer día"),
    Column("Fecha de culminación", "Último día"),
    Column("Estado", "Estado del plan o fase del proyecto"),
    Column("Avance (%)", "Avance informado; no disponible cuando el plan no lo da"),
)
LABELS = (
    "FECHA ACTUALIZACIÓN DE LA INFORMACIÓN",
    "PERIODICIDAD DE ACTUALIZACIÓN DE LA INFORMACIÓN",
    "UNIDAD POSEEDORA DE LA INFORMACIÓN",
    "RESPONSABLE DE LA UNIDAD POSEEDORA DE LA INFORMACIÓN",
    "CORREO ELECTRÓNICO",
    "NÚMERO TELEFÓNICO",
)


@cache
def policy() -> dict[str, Any]:
    """Who owns each numeral's information, and how to reach them: data with a version, not code."""
    read: dict[str, Any] = msgspec.json.decode(POLICY_FILE.read_bytes())
    return read


def last_day(month: str) -> date:
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, calendar.monthrange(year, number)[1])


def _form(numeral: str, month: str, columns: Sequence[Column], rows: Sequence[Sequence[str | None]]) -> Form:
    rules = policy()
    numeral_rules = rules["numerals"][numeral]
    values = (
        last_day(month).strftime("%d/%m/%Y"),
        numeral_rules["periodicity"],
        numeral_rules["owner"],
        rules["responsible"],
        rules["email"],
        rules["telephone"],
    )
    return Form(numeral, month, numeral_rules["title"], columns, rows, dict(zip(LABELS, values, strict=True)))


def targets_form(month: str, assignments: Facts) -> Form:
    """Numeral 1.3. assignments: unit, objective, indicator, target_text, in the order of publication."""
    link = policy()["system_link"]
    rows = [[a["unit"], a["objective"], a["indicator"], a["target_text"], link] for a in assignments]
    return _form("1.3", month, TARGETS, rows)


def matrix_form(month: str, assignments: Facts) -> Form:
    """The matrix of literal a4 (law before 2023): units are numbered in the order in which they first appear."""
    numbers: dict[str, int] = {}
    rows = []
    for a in assignments:
        number = numbers.setdefault(a["unit"], len(numbers) + 1)
        rows.append([str(number), a["unit"], a["objective"], a["indicator"], a["target_text"]])
    return _form("a4", month, MATRIX, rows)


def _budget_row(line: Mapping[str, Any]) -> list[str | None]:
    code, group = line["printed_code"] or line["company"], line["group"] or NOT_APPLICABLE
    assigned = modified = certified = committed = paid = to_commit = to_pay = None
    return [
        code, group, line["printed_name"], assigned, modified, line["current"], certified, committed, line["accrued"],
        paid, to_commit, line["to_accrue"], to_pay, line["execution_percent"],
    ]  # fmt: skip


def budget_form(month: str, execution: Facts) -> Form:
    """Numeral 6, from budget execution. What finance does not report stays absent; nothing is made up."""
    rows = [_budget_row(line) for line in execution]
    return _form("6", month, BUDGET, rows)


_KINDS = {"pei": "Plan", "poa": "Plan", "pac": "Plan", "project": "Proyecto", "action_plan": "Plan de acción"}


def programmes_form(month: str, plans: Facts, projects: Facts, labels: Mapping[str, Mapping[str, str]]) -> Form:
    """Numeral 10: plans in force in the month, each followed by its projects and action plans. labels: what people
    call the states of plans and the phases of projects, by catalogue and code."""
    statuses, phases = labels["plan_statuses"], labels["project_phases"]
    rows: list[list[str | None]] = []
    for plan in plans:
        rows.append(
            [plan["code"], plan["title"], _KINDS[plan["kind"]], plan["dependencia"], plan["period_from"],
             plan["period_to"], statuses.get(plan["status"], plan["status"]), NOT_APPLICABLE]
        )  # fmt: skip
        rows += [
            [plan["code"], p["name"], _KINDS[p["kind"]], ", ".join(p["owners"]), p["start_date"], p["end_date"],
             phases.get(p["phase"], p["phase"]), p["progress_percent"]]
            for p in projects
            if p["plan"] == plan["code"]
        ]  # fmt: skip
    return _form("10", month, PROGRAMMES, rows)
