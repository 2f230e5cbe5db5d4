"""The plan that a plan develops: it rules, is seen, is another one, and what leans on it leans on something."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plans.harness import Plans, grant
from tests.plans.test_workflow import ACT, OBJECTIVE, PLAN, authority, make_draft, move, office, owner

NEXT = {**PLAN, "code": "PEI-2026", "kind": "pei", "parent": None}


async def reparent(plans: Plans, parent: str | None) -> tuple[int, list[tuple[str, str]]]:
    current = await owner(plans).call("GET", "/plans/POA-2026")
    headers = {"If-Match": current.headers["etag"]}
    answer = await owner(plans).call("PATCH", "/plans/POA-2026", {"parent": parent}, headers=headers)
    return answer.status_code, [(e["pointer"], e["code"]) for e in answer.json().get("errors", ())]


@pytest.mark.parametrize("parent", [None, "PEI-2026"])
async def test_a_parent_that_is_leant_on_is_not_taken_away(plans: Plans, parent: str | None) -> None:
    await make_draft(plans)
    await owner(plans).post("/plans", NEXT)
    own = {"plan": "POA-2026", "objective": "PEI-2018-2028.OEI5", "text": "Escuchar a la gente"}
    strategy = (await owner(plans).post("/strategies", own))["code"]

    code, errors = await reparent(plans, parent)

    aligned = "/objectives/POA-2026.DNPL.N4.01/aligned_to/PEI-2018-2028.OEI5"
    assert code == 422
    assert errors == [
        (f"/strategies/{strategy}", "unknown-objective"),
        (aligned, "unknown-target"),
        (f"{aligned}.E5", "unknown-target"),
    ]


async def test_a_parent_that_nothing_leans_on_is_changed(plans: Plans) -> None:
    await owner(plans).post("/plans", PLAN)

    assert (await reparent(plans, None))[0] == 200


async def test_no_plan_develops_itself_or_what_develops_it(plans: Plans) -> None:
    await owner(plans).post("/plans", PLAN)
    await owner(plans).post("/plans", {**PLAN, "code": "POA-2026-B", "parent": "POA-2026"})

    assert await reparent(plans, "POA-2026") == (422, [("/parent", "parent-cycle")])
    assert await reparent(plans, "POA-2026-B") == (422, [("/parent", "parent-cycle")])


async def test_a_draft_of_others_is_no_parent(plans: Plans) -> None:
    await owner(plans).post("/plans", NEXT)
    azuay = plans.by(grant("plan:read plan:write", "DP-AZUAY"), subject="azuay")
    body: dict[str, Any] = {**PLAN, "code": "POA-AZUAY", "dependencia": "DP-AZUAY"}

    unseen = await azuay.call("POST", "/plans", {**body, "parent": "PEI-2026"})
    unknown = await azuay.call("POST", "/plans", {**body, "parent": "PEI-NADA"})

    assert unseen.status_code == unknown.status_code == 422
    assert unseen.json()["errors"] == [{**unknown.json()["errors"][0], "detail": "No existe el plan «PEI-2026»."}]


async def test_a_plan_is_approved_after_the_one_it_develops(plans: Plans) -> None:
    await owner(plans).post("/plans", NEXT)
    await owner(plans).post("/plans", {**PLAN, "parent": "PEI-2026"})
    top = {**OBJECTIVE, "plan": "PEI-2026", "dependencia": "IESS", "level": "N1", "aligned_to": []}
    code = (await owner(plans).post("/objectives", {**top, "statement": "Incrementar la confianza"}))["code"]
    await owner(plans).post("/objectives", {**OBJECTIVE, "aligned_to": [code]})
    await move(owner(plans), "submitted")
    await move(office(plans), "validated")

    code, answer = await move(authority(plans), "approved", act=ACT)

    assert (code, answer["code"], answer["parent"]) == (409, "parent-not-approved", "PEI-2026")
