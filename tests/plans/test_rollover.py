"""A plan into the next year: previewed, then cloned whole; projects with past end dates are carried over."""

from __future__ import annotations

from typing import Any

from tests.plans.harness import Plans, grant
from tests.plans.test_reforms import approve, prepare
from tests.plans.test_workflow import make_plan

BODY: dict[str, Any] = {
    "code": "POA-2026", "title": "Plan Operativo Anual 2026",
    "period_from": "2026-01-01", "period_to": "2026-12-31", "ends": ["POA-2025.DNSC.N4.05", "POA-2025.PG.E1"],
}  # fmt: skip


def writer(plans: Plans) -> Plans:
    return plans.by(grant("plan:read plan:write project:read"), subject="titular")


async def test_a_preview_says_what_continues_and_keeps_nothing(plans: Plans) -> None:
    answer = await writer(plans).call("POST", "/plans/POA-2025/rollovers?dry_run=true", BODY)

    preview = answer.json()
    assert answer.status_code == 200
    assert (len(preview["continues"]), preview["ends"]) == (89, ["POA-2025.DNSC.N4.05", "POA-2025.PG.E1"])
    assert (len(preview["projects"]), len(preview["carried_over"])) == (121, 21)
    assert preview["unavailable"] == ["indicators"]
    assert (await plans.call("GET", "/plans/POA-2026")).status_code == 404


async def test_what_a_reform_ended_does_not_continue(plans: Plans) -> None:
    await make_plan(plans, "approved")
    new: dict[str, Any] = {"code": "POA-2026.DNPL.N4.02", "plan": "POA-2026", "dependencia": "DNPL", "level": "N4"}
    new |= {"statement": "Reducir los tiempos MEDIANTE turnos", "aligned_to": ["PEI-2018-2028.OEI5"]}
    operations = [
        {"op": "add_objective", "objective": new},
        {"op": "end_objective", "code": new["code"], "on": "2026-06-30"},
    ]
    await approve(plans, await prepare(plans, operations=operations))
    later = {**BODY, "code": "POA-2027", "period_from": "2027-01-01", "period_to": "2027-12-31", "ends": []}

    preview = (await writer(plans).call("POST", "/plans/POA-2026/rollovers?dry_run=true", later)).json()

    assert [c["from"] for c in preview["continues"]] == ["POA-2026.DNPL.N4.01"]
    assert preview["ends"] == [new["code"]]


async def test_the_clone_is_a_draft_with_the_same_alignment(plans: Plans) -> None:
    old = await plans.get("/plans/POA-2025/alignment")
    await writer(plans).post("/plans/POA-2025/rollovers", BODY)

    new = await plans.get("/plans/POA-2026/alignment")
    plan = await plans.get("/plans/POA-2026")
    ended = [e for e in old["edges"] if {e["from"], e["to"]} & set(BODY["ends"])]
    assert (plan["status"], plan["version"]) == ("draft", 0)
    assert len(new["edges"]) == len(old["edges"]) - len(ended)
    assert new["orphan_objectives"] == []
    assert len(await plans.items("/objectives", plan="POA-2026")) == 88


async def test_carried_projects_and_their_owners_come_along(plans: Plans) -> None:
    await writer(plans).post("/plans/POA-2025/rollovers", BODY)

    carried = await plans.items("/projects", plan="POA-2026", carried_over=True)
    shared = await plans.items("/projects", plan="POA-2026", owner="DNPR", kind="project")
    assert all(p["end_date"] < "2026-01-01" for p in carried)
    assert (shared[0]["owners"], len(shared[0]["components"])) == (["DNTI", "DNPR"], 5)


async def test_a_new_period_begins_after_the_old_one(plans: Plans) -> None:
    early = {**BODY, "period_from": "2025-12-31"}
    answer = await writer(plans).call("POST", "/plans/POA-2025/rollovers", early)

    assert answer.json()["errors"][0]["code"] == "period-overlap"


async def test_what_ends_is_of_the_plan(plans: Plans) -> None:
    answer = await writer(plans).call("POST", "/plans/POA-2025/rollovers", {**BODY, "ends": ["POA-2025.NADA"]})

    assert answer.json()["errors"][0]["code"] == "unknown-code"


async def test_a_draft_is_not_rolled_over(plans: Plans) -> None:
    await make_plan(plans, "draft")

    later = {**BODY, "code": "POA-2027", "period_from": "2027-01-01", "period_to": "2027-12-31", "ends": []}
    answer = await writer(plans).call("POST", "/plans/POA-2026/rollovers", later)

    assert answer.json()["code"] == "plan-not-approved"
