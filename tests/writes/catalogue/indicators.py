"""Technical sheets, what is assigned to whom, and the policies that judge results."""

from __future__ import annotations

from typing import Any, Final

from tests.writes.example import Call, example, rows
from tests.writes.world import OFFICE, Writers

SHEET: Final[dict[str, Any]] = {
    "name": "Índice de gestión",
    "unit": "percent",
    "direction": "up",
    "time_aggregation": "mean",
    "org_aggregation": "mean",
    "reason": "Prueba de la oficina",
}
POLICY: Final[dict[str, Any]] = {
    "name": "Semáforo estricto",
    "bands": [{"light": "red", "low": "0", "high": "101"}, {"light": "green", "low": "101", "high": None}],
    "cap": "120",
    "reason": "Prueba de la oficina",
}


async def sheet(writers: Writers) -> str:
    code = f"indice-de-gestion-{writers.number()}"
    await writers.post(OFFICE, "/indicators", {**SHEET, "code": code})
    return code


async def new_assignment(writers: Writers) -> dict[str, Any]:
    return {
        "plan": "POA-2019",
        "dependencia": "DP-AZUAY",
        "indicator": await sheet(writers),
        "level": "N4",
        "statement": "Gestión de la unidad",
        "frequency": "monthly",
        "target": {"value": "95"},
        "reason": "Prueba",
    }


async def assignment(writers: Writers) -> str:
    """The code of a new assignment of DP-AZUAY, monthly in 2019."""
    return str((await writers.post(OFFICE, "/assignments", await new_assignment(writers)))["code"])


@example("POST /api/v1/indicators", "indicator.changed")
async def adds_a_sheet(writers: Writers) -> Call:
    body = {**SHEET, "code": f"indice-de-gestion-{writers.number()}"}
    audit = rows(f"indicator.add indicators/{body['code']}")
    return Call(OFFICE, "/api/v1/indicators", body, audit, other={**body, "direction": "down"})


@example("POST /api/v1/indicators/{code}/versions", "indicator.changed")
async def replaces_a_sheet(writers: Writers) -> Call:
    code = await sheet(writers)
    body = {**SHEET, "tolerance": "5"}
    path, audit = f"/api/v1/indicators/{code}/versions", rows(f"indicator.replace indicators/{code}")
    return Call(OFFICE, path, body, audit, other={**body, "tolerance": "6"})


@example("POST /api/v1/assignments", "targets.changed")
async def assigns_an_indicator(writers: Writers) -> Call:
    body = await new_assignment(writers)
    audit, other = rows("assignment.add assignments/{code}"), {**body, "statement": "Otra gestión"}
    return Call(OFFICE, "/api/v1/assignments", body, audit, place="DP-AZUAY", other=other)


@example("PATCH /api/v1/assignments/{code}", "targets.changed")
async def changes_an_assignment(writers: Writers) -> Call:
    code = await assignment(writers)
    body = {"weight": "2", "reason": "Pesa más"}
    audit = rows(f"assignment.change assignments/{code}")
    return Call(OFFICE, f"/api/v1/assignments/{code}", body, audit, place="DP-AZUAY")


@example("POST /api/v1/assignments/{code}/baseline", "targets.changed")
async def sets_a_baseline(writers: Writers) -> Call:
    code = await assignment(writers)
    body = {"value": "40", "period": "2018", "reason": "Dato del año anterior"}
    path, audit = f"/api/v1/assignments/{code}/baseline", rows(f"baseline.set assignments/{code}/baseline")
    return Call(OFFICE, path, body, audit, place="DP-AZUAY", other={**body, "value": "41"})


@example("POST /api/v1/policies/{code}", "policy.changed")
async def adds_a_policy(_: Writers) -> Call:
    audit, other = rows("policy.add-version policies/IESS-2025/{version}"), {**POLICY, "cap": "110"}
    return Call(OFFICE, "/api/v1/policies/IESS-2025", POLICY, audit, other=other)
