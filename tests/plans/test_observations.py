"""Observations: threads on a place of a plan; while one is open the plan is not validated."""

from __future__ import annotations

import pytest

from tests.plans.harness import Plans
from tests.plans.test_workflow import authority, make_plan, move, office, owner

PLACE = "/objectives/POA-2026.DNPL.N4.01"
BODY = {"plan": "POA-2026", "pointer": PLACE, "text": "Alinee también con la estrategia 4."}


async def test_a_thread_is_opened_answered_and_resolved(plans: Plans) -> None:
    await make_plan(plans, "submitted")
    opened = await office(plans).post("/observations", BODY)
    path = f"/observations/{opened['id']}"
    await owner(plans).post(f"{path}/answers", {"text": "Se alineó."})
    closed = await office(plans).post(f"{path}/resolution", {"text": "Conforme."})

    assert [m["kind"] for m in closed["messages"]] == ["observation", "answer", "resolution"]
    assert (closed["status"], closed["resolved_by"]) == ("resolved", "dnpl")
    assert await plans.items("/observations", plan="POA-2026", status="open") == []


async def test_an_open_observation_holds_back_the_validation(plans: Plans) -> None:
    await make_plan(plans, "submitted")
    opened = await office(plans).post("/observations", BODY)

    status, answer = await move(office(plans), "validated")
    assert (status, answer["code"]) == (409, "open-observations")
    assert answer["observations"] == [{"id": opened["id"], "pointer": PLACE}]

    await office(plans).post(f"/observations/{opened['id']}/resolution", {"text": "Conforme."})
    assert (await move(office(plans), "validated"))[0] == 200


@pytest.mark.parametrize("pointer", [
    "/objectives/NADA", "objectives/POA-2026.DNPL.N4.01", "/nada/x", "/objectives/", "/assignments/POA-2025.DNPL.001",
    "/plans/POA-2025", "/alignments/NADA/PEI-2018-2028.OEI5",
])  # fmt: skip
async def test_a_pointer_names_a_place_of_the_plan(plans: Plans, pointer: str) -> None:
    await make_plan(plans, "submitted")

    answer = await office(plans).call("POST", "/observations", {**BODY, "pointer": pointer})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown-pointer")


async def test_each_part_of_a_thread_is_somebody_s(plans: Plans) -> None:
    await make_plan(plans, "submitted")
    opened = await office(plans).post("/observations", BODY)
    path = f"/observations/{opened['id']}"

    assert (await owner(plans).call("POST", "/observations", BODY)).status_code == 403
    assert (await authority(plans).call("POST", f"{path}/answers", {"text": "Bien."})).status_code == 403
    assert (await owner(plans).call("POST", f"{path}/resolution", {"text": "Bien."})).status_code == 403


async def test_a_resolved_thread_is_closed(plans: Plans) -> None:
    await make_plan(plans, "submitted")
    opened = await office(plans).post("/observations", BODY)
    path = f"/observations/{opened['id']}"
    await office(plans).post(f"{path}/resolution", {"text": "Conforme."})

    answer = await owner(plans).call("POST", f"{path}/answers", {"text": "Otra cosa."})

    assert (answer.status_code, answer.json()["code"]) == (409, "observation-resolved")


async def test_an_approved_plan_is_not_observed(plans: Plans) -> None:
    answer = await office(plans).call("POST", "/observations", {**BODY, "plan": "POA-2025", "pointer": ""})

    assert (answer.status_code, answer.json()["code"]) == (409, "plan-not-under-review")


@pytest.mark.parametrize(
    "pointer",
    ["", "/", f"{PLACE}/statement", "/alignments/POA-2026.DNPL.N4.01/PEI-2018-2028.OEI5", "/plans/POA-2026/assignments",
     "/assignments/POA-2026.DNPL.001", "/strategies/PEI-2018-2028.OEI5.E1"],
)  # fmt: skip
async def test_whatever_a_finding_or_a_refusal_points_at_can_be_observed(plans: Plans, pointer: str) -> None:
    await make_plan(plans, "submitted")

    opened = await office(plans).post("/observations", {**BODY, "pointer": pointer})

    assert opened["pointer"] == pointer.rstrip("/")
    assert len(await plans.items("/observations", pointer=pointer.rstrip("/"))) == 1
