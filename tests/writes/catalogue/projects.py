"""Projects and everything that hangs on them."""

from __future__ import annotations

from typing import Any, Final

from tests.writes.catalogue.drafts import plan
from tests.writes.example import Call, example, rows
from tests.writes.world import OWNER, REPORTER, Writers

# A project of a plan that is approved, and where it is.
PROJECT: Final = "POA-2025.DNTI.P01"
PLACE: Final = "DNTI"
PATH: Final = f"/projects/{PROJECT}"
MILESTONE: Final = {"name": "Pliegos publicados", "planned_on": "2025-06-30", "weight_percent": "5"}
RISK: Final = {"description": "El proveedor se atrasa", "probability": 2, "impact": 3, "response": "mitigate"}


def new_project(code: str) -> dict[str, Any]:
    return {
        "plan": code,
        "kind": "project",
        "name": "Tablero institucional",
        "dependencia": PLACE,
        "owners": [PLACE],
        "start_date": "2027-01-01",
        "end_date": "2027-12-31",
    }


@example("POST /api/v1/projects", "project.created")
async def creates_a_project(writers: Writers) -> Call:
    body = new_project(await plan(writers))
    audit = rows("project.created {id}")
    return Call(OWNER, "/api/v1/projects", body, audit, place=PLACE, other={**body, "name": "Otro tablero"})


@example("PATCH /api/v1/projects/{project}", "project.changed")
async def renames_a_project(writers: Writers) -> Call:
    made = await writers.post(OWNER, "/projects", new_project(await plan(writers)))
    path, audit = f"/api/v1/projects/{made['id']}", rows(f"project.changed {made['id']}")
    return Call(OWNER, path, {"name": "Otro tablero"}, audit, place=PLACE)


@example("DELETE /api/v1/projects/{project}", "project.removed")
async def takes_a_project_out(writers: Writers) -> Call:
    made = await writers.post(OWNER, "/projects", new_project(await plan(writers)))
    return Call(OWNER, f"/api/v1/projects/{made['id']}", audit=rows(f"project.removed {made['id']}"), place=PLACE)


@example("POST /api/v1/projects/{project}/transitions", "project.phase-changed")
async def nominates_a_project(_: Writers) -> Call:
    body = {"to": "nomination", "reason": "Hay presupuesto"}
    audit, other = rows(f"project.phase-changed {PROJECT}"), {**body, "reason": "Otra razón"}
    return Call(OWNER, f"/api/v1{PATH}/transitions", body, audit, place=PLACE, other=other)


@example("PUT /api/v1/projects/{project}/budgets/{year}", "project.budget-set")
async def sets_a_budget(writers: Writers) -> Call:
    # The first of a year replaces nothing that anybody could have read.
    await writers.do(OWNER, "PUT", f"{PATH}/budgets/2025", {"planned": "900", "accrued": "0"})
    body = {"planned": "1000.50", "accrued": "0"}
    return Call(OWNER, f"/api/v1{PATH}/budgets/2025", body, rows(f"project.budget-set {PROJECT}"), place=PLACE)


@example("POST /api/v1/projects/{project}/milestones", "project.milestone-added")
async def adds_a_milestone(_: Writers) -> Call:
    audit, other = rows(f"project.milestone-added {PROJECT}"), {**MILESTONE, "name": "Otro hito"}
    return Call(OWNER, f"/api/v1{PATH}/milestones", MILESTONE, audit, place=PLACE, other=other)


@example("PATCH /api/v1/projects/{project}/milestones/{number}", "project.milestone-changed")
async def reaches_a_milestone(writers: Writers) -> Call:
    number = (await writers.post(OWNER, f"{PATH}/milestones", MILESTONE))["number"]
    path, audit = f"/api/v1{PATH}/milestones/{number}", rows(f"project.milestone-changed {PROJECT}")
    return Call(REPORTER, path, {"done_on": "2025-06-30"}, audit, place=PLACE)


@example("POST /api/v1/projects/{project}/progress-reports", "project.progress-reported")
async def reports_progress(_: Writers) -> Call:
    body = {"period": "2025-10", "progress_percent": "61.5"}
    audit, other = rows(f"project.progress-reported {PROJECT}"), {**body, "progress_percent": "62"}
    return Call(REPORTER, f"/api/v1{PATH}/progress-reports", body, audit, place=PLACE, other=other)


@example("POST /api/v1/projects/{project}/progress-reports/{period}/decision", "project.progress-approved")
async def approves_progress(writers: Writers) -> Call:
    await writers.post(REPORTER, f"{PATH}/progress-reports", {"period": "2025-11", "progress_percent": "70"})
    path, audit = f"/api/v1{PATH}/progress-reports/2025-11/decision", rows(f"project.progress-approved {PROJECT}")
    other = {"action": "return", "reason": "Sin evidencia"}
    return Call(OWNER, path, {"action": "approve"}, audit, place=PLACE, other=other)


@example("POST /api/v1/projects/{project}/risks", "project.risk-added")
async def adds_a_risk(_: Writers) -> Call:
    audit, other = rows(f"project.risk-added {PROJECT}"), {**RISK, "impact": 4}
    return Call(REPORTER, f"/api/v1{PATH}/risks", RISK, audit, place=PLACE, other=other)


@example("PATCH /api/v1/projects/{project}/risks/{number}", "project.risk-changed")
async def closes_a_risk(writers: Writers) -> Call:
    number = (await writers.post(REPORTER, f"{PATH}/risks", RISK))["number"]
    path, audit = f"/api/v1{PATH}/risks/{number}", rows(f"project.risk-changed {PROJECT}")
    return Call(REPORTER, path, {"status": "closed"}, audit, place=PLACE)
