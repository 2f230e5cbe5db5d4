"""What becomes of a plan that goes no further: an empty draft is removed; a reform under review is decided first."""

from __future__ import annotations

import pytest

from tests.plans.harness import Plans
from tests.plans.test_reforms import approve, prepare, step
from tests.plans.test_workflow import OBJECTIVE, PLAN, make_draft, make_plan, move, office, owner


async def remove(plans: Plans, match: str | None = "*") -> tuple[int, str | None]:
    headers = {"If-Match": match} if match else None
    answer = await owner(plans).call("DELETE", "/plans/POA-2026", headers=headers)
    return answer.status_code, answer.json()["code"] if answer.content else None


async def test_an_empty_draft_is_removed_and_its_code_is_free(plans: Plans) -> None:
    """It cannot be submitted, so that nobody could reject it either."""
    await owner(plans).post("/plans", PLAN)

    assert await remove(plans, None) == (428, "precondition-required")
    assert await remove(plans) == (204, None)
    assert (await owner(plans).call("GET", "/plans/POA-2026")).status_code == 404
    await owner(plans).post("/plans", PLAN)


async def test_what_it_holds_is_removed_first(plans: Plans) -> None:
    await make_draft(plans)
    path = f"/objectives/POA-2026.{OBJECTIVE['dependencia']}.N4.01"

    assert await remove(plans) == (409, "still-referenced")
    assert (await owner(plans).call("DELETE", path, headers={"If-Match": "*"})).status_code == 204
    assert await remove(plans) == (204, None)


async def test_a_plan_that_was_submitted_stays(plans: Plans) -> None:
    await make_plan(plans, "submitted")
    assert await remove(plans) == (409, "plan-not-in-draft")

    await move(office(plans), "observed", reason="Falta alinear")

    assert await remove(plans) == (409, "still-referenced")


async def test_a_plan_that_another_develops_or_that_is_observed_stays(plans: Plans) -> None:
    await owner(plans).post("/plans", {**PLAN, "code": "PEI-2026", "kind": "pei", "parent": None})
    await owner(plans).post("/plans", {**PLAN, "parent": "PEI-2026"})
    answer = await owner(plans).call("DELETE", "/plans/PEI-2026", headers={"If-Match": "*"})
    assert answer.json()["code"] == "still-referenced"

    await office(plans).post("/observations", {"plan": "POA-2026", "pointer": "", "text": "Está vacío"})
    assert await remove(plans) == (409, "still-referenced")


@pytest.mark.parametrize("status", ["submitted", "observed", "validated"])
async def test_a_plan_is_not_closed_over_a_reform_under_review(plans: Plans, status: str) -> None:
    await make_plan(plans, "in_execution")
    number = await prepare(plans)
    for who, to in ((owner(plans), "submitted"), (office(plans), status)):
        await step(who, number, to, reason="Así consta")

    code, answer = await move(office(plans), "closed", reason="Terminó el año")

    assert (code, answer["code"], answer["reforms"]) == (409, "open-reforms", [number])
    assert (await plans.get("/plans/POA-2026"))["status"] == "in_execution"


async def test_reforms_that_were_decided_or_never_sent_do_not_hold_it_up(plans: Plans) -> None:
    await make_plan(plans, "in_execution")
    await approve(plans, await prepare(plans))
    await prepare(
        plans, operations=[{"op": "change_objective", "code": "POA-2026.DNPL.N4.01", "changes": {"number": 7}}]
    )

    assert (await move(office(plans), "closed", reason="Terminó el año"))[0] == 200
