"""Real answers are exactly what the OpenAPI document declares: nothing more, nothing missing."""

from __future__ import annotations

from typing import Any

from tests.plans.harness import Plans, grant
from tests.plans.projects import ID, PROJECT
from tests.plans.test_budget import ROW
from tests.plans.test_pac import LINE, WHY
from tests.plans.test_reforms import REFORM
from tests.plans.test_workflow import ACT, OBJECTIVE, PLAN, authority, move, office, owner
from tests.support.declared import judge, undeclared

N4 = "POA-2026.DNPL.N4.01"
ADDRESSES = {
    "/plans": "/plans?include_total=true",
    "/plans/{code}": "/plans/POA-2026",
    "/plans/{code}/sections": "/plans/POA-2025/sections",
    "/plans/{code}/transitions": "/plans/POA-2026/transitions",
    "/plans/{code}/versions": "/plans/POA-2026/versions",
    "/plans/{code}/versions/{version}": "/plans/POA-2026/versions/2",
    "/plans/{code}/diff": "/plans/POA-2026/diff?from=1",
    "/plans/{code}/reforms": "/plans/POA-2026/reforms",
    "/plans/{code}/reforms/{number}": "/plans/POA-2026/reforms/1",
    "/plans/{code}/reforms/{number}/transitions": "/plans/POA-2026/reforms/1/transitions",
    "/plans/{code}/changes": f"/plans/POA-2026/changes?subject={N4}",
    "/plans/{code}/alignment": "/plans/POA-2025/alignment",
    "/plans/{code}/findings": "/plans/POA-2025/findings",
    "/plans/{code}/coverage": "/plans/POA-2025/coverage",
    "/objectives": "/objectives?limit=500",
    "/objectives/{code}": f"/objectives/{N4}",
    "/objectives/{code}/changes": f"/objectives/{N4}/changes",
    "/objectives/{code}/lineage": f"/objectives/{N4}/lineage?expand=status",
    "/objectives/{code}/cascade": "/objectives/PEI-2018-2028.OEI5/cascade",
    "/strategies": "/strategies",
    "/strategies/{code}": "/strategies/PEI-2018-2028.OEI1.E1",
    "/strategies/{code}/cascade": "/strategies/PEI-2018-2028.OEI1.E1/cascade",
    "/observations": "/observations",
    "/observations/{number}": "/observations/{thread}",
    "/projects": "/projects?limit=500",
    "/projects/phases": "/projects/phases",
    "/projects/portfolio": "/projects/portfolio?dependencia=IESS",
    "/projects/{project}": f"/projects/{ID}",
    "/projects/{project}/standing": f"/projects/{ID}/standing",
    "/projects/{project}/curve": f"/projects/{ID}/curve",
    "/projects/{project}/transitions": f"/projects/{ID}/transitions",
    "/projects/{project}/milestones": f"/projects/{ID}/milestones",
    "/projects/{project}/milestones/{number}": f"/projects/{ID}/milestones/1",
    "/projects/{project}/progress-reports": f"/projects/{ID}/progress-reports",
    "/projects/{project}/risks": f"/projects/{ID}/risks",
    "/projects/{project}/risks/{number}": f"/projects/{ID}/risks/1",
    "/projects/{project}/budgets": f"/projects/{ID}/budgets",
    "/projects/{project}/budgets/{year}": f"/projects/{ID}/budgets/2026",
    "/pac-lines": "/pac-lines",
    "/pac-lines/{number}": "/pac-lines/{line}",
    "/pac-reforms": "/pac-reforms",
    "/pac-reforms/timeliness": "/pac-reforms/timeliness?dependencia=DNTI&year=2026",
    "/pac-reforms/{number}": "/pac-reforms/{reform}",
    "/plan-policies": "/plan-policies",
    "/plan-policies/{code}/{version}": "/plan-policies/VERBOS/1",
    "/budget-execution": "/budget-execution",
    "/budget-execution-batches/{batch_id}": "/budget-execution-batches/{batch}",
}


async def furnish(plans: Plans) -> dict[str, Any]:
    """One of everything, so that no list is judged empty. Returns the numbers the service gave."""
    everybody = plans.by(
        grant("plan:read plan:write plan:submit plan:observe project:read project:report project:approve"),
        grant("pac:read pac:write budget:push"),
        subject="titular",
    )
    await everybody.post("/plans", PLAN)
    await everybody.post("/objectives", OBJECTIVE)
    await everybody.post("/projects", PROJECT)
    thread = await everybody.post("/observations", {"plan": "POA-2026", "pointer": "", "text": "Revise"})
    await everybody.post(f"/observations/{thread['id']}/resolution", {"text": "Conforme"})
    for who, to, rest in (
        (owner(plans), "submitted", {}),
        (office(plans), "validated", {}),
        (authority(plans), "approved", {"act": ACT}),
    ):
        assert (await move(who, to, **rest))[0] == 200
    await everybody.post("/plans/POA-2026/reforms", REFORM)
    steps = "/plans/POA-2026/reforms/1/transitions"
    await owner(plans).post(steps, {"to": "submitted"}, 200)
    await office(plans).post(steps, {"to": "validated"}, 200)
    await authority(plans).post(steps, {"to": "approved", "act": ACT}, 200)
    await everybody.post(f"/projects/{ID}/transitions", {"to": "nomination"}, 200)
    milestone = {"name": "Diseño", "weight_percent": "60", "planned_on": "2026-02-01"}
    await everybody.post(f"/projects/{ID}/milestones", milestone)
    await everybody.post(f"/projects/{ID}/progress-reports", {"period": "2026-02", "progress_percent": "5"})
    risk = {"description": "Sin proveedor", "probability": 4, "impact": 5, "response": "mitigate"}
    await everybody.post(f"/projects/{ID}/risks", risk)
    await everybody.call("PUT", f"/projects/{ID}/budgets/2026", {"planned": "10", "accrued": "0"})
    line = await everybody.post("/pac-lines", LINE)
    asked = {"kind": "exclude", "line": line["id"], "justification": WHY, "requested_on": "2026-02-26"}
    reform = await everybody.post("/pac-reforms", asked)
    sent = await everybody.call(
        "POST", "/budget-execution-batches", {"source": "x", "rows": [ROW, {}]}, headers={"Idempotency-Key": "k"}
    )
    return {"thread": thread["id"], "line": line["id"], "reform": reform["id"], "batch": sent.json()["batch_id"]}


async def test_every_answer_is_as_declared(plans: Plans) -> None:
    document, numbers = plans.app.openapi(), await furnish(plans)

    for path, address in ADDRESSES.items():
        answer = await plans.get(address.format(**numbers) if "{" in address else address)
        judge(document, "GET", path, 200, answer)


def test_every_read_is_judged(loaded: Plans) -> None:
    reads = {path.removeprefix("/api/v1") for path, item in loaded.app.openapi()["paths"].items() if "get" in item}

    assert {path for path in reads if path.startswith("/")} - set(ADDRESSES) == set()


def test_every_operation_declares_its_answer(loaded: Plans) -> None:
    assert undeclared(loaded.app.openapi()) == []
