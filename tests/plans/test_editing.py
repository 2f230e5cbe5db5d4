"""Editing drafts: the rules of objectives, strategies and alignment; nothing half-applied."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plans.harness import Plans
from tests.plans.test_workflow import OBJECTIVE, PLAN, make_draft, owner

UPPER = {
    "plan": "POA-2026",
    "dependencia": "DNPL",
    "level": "N2",
    "statement": "Incrementar la eficiencia de la planificación",
    "aligned_to": ["PEI-2018-2028.OEI5"],
}


async def refused(plans: Plans, method: str, path: str, body: object, **headers: str) -> tuple[int, list[str]]:
    answer = await owner(plans).call(method, path, body, headers=headers or None)
    document = answer.json()
    return answer.status_code, [e["code"] for e in document["errors"]] or [document["code"]]


async def change(plans: Plans, code: str, **fields: Any) -> tuple[int, Any]:
    current = await owner(plans).call("GET", f"/objectives/{code}")
    headers = {"If-Match": current.headers["etag"]}
    answer = await owner(plans).call("PATCH", f"/objectives/{code}", fields, headers=headers)
    return answer.status_code, answer.json()


async def test_a_code_is_given_in_the_order_of_entry(plans: Plans) -> None:
    await make_draft(plans)
    second = await owner(plans).post("/objectives", OBJECTIVE)

    assert second["code"] == "POA-2026.DNPL.N4.02"
    assert [a["code"] for a in second["aligned_to"]] == OBJECTIVE["aligned_to"]
    assert {a["basis"] for a in second["aligned_to"]} == {"entered"}


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"dependencia": "NADIE"}, ["unknown-dependencia"]),
        ({"aligned_to": ["NADA"]}, ["unknown-target"]),
        ({"aligned_to": ["POA-2025.DNPL.N2.1"]}, ["unknown-target"]),
        ({"level": "N1"}, ["level-violation", "level-violation", "level-violation"]),
        ({"valid_from": "2025-12-31"}, ["outside-plan-period"]),
        ({"valid_from": "2026-06-01", "valid_to": "2026-05-31"}, ["date-hole"]),
    ],
)
async def test_an_objective_keeps_the_rules(plans: Plans, changes: dict[str, Any], codes: list[str]) -> None:
    await make_draft(plans)

    assert await refused(plans, "POST", "/objectives", {**OBJECTIVE, **changes}) == (422, codes)
    assert len(await owner(plans).items("/objectives", plan="POA-2026")) == 1


async def test_alignment_goes_strictly_upward_and_may_skip_levels(plans: Plans) -> None:
    await make_draft(plans)
    upper = await owner(plans).post("/objectives", UPPER)
    twin = await owner(plans).post("/objectives", {**UPPER, "statement": "Reducir los tiempos de la planificación"})

    assert (await change(plans, "POA-2026.DNPL.N4.01", aligned_to=[upper["code"]]))[0] == 200
    status, answer = await change(plans, twin["code"], aligned_to=[upper["code"]])
    assert (status, [e["code"] for e in answer["errors"]]) == (422, ["level-violation"])


async def test_a_cycle_is_refused_with_its_path(plans: Plans) -> None:
    await make_draft(plans)
    upper = await owner(plans).post("/objectives", UPPER)
    await change(plans, "POA-2026.DNPL.N4.01", aligned_to=[upper["code"]])

    status, answer = await change(plans, upper["code"], aligned_to=["POA-2026.DNPL.N4.01"])

    assert status == 422
    assert {e["code"] for e in answer["errors"]} == {"alignment-cycle"}
    assert f"{upper['code']} → POA-2026.DNPL.N4.01 → {upper['code']}" in " ".join(e["detail"] for e in answer["errors"])


async def test_validities_that_never_meet_are_a_date_hole(plans: Plans) -> None:
    await make_draft(plans)
    early = await owner(plans).post("/objectives", {**UPPER, "valid_to": "2026-03-31"})

    late = {**OBJECTIVE, "valid_from": "2026-04-01", "aligned_to": [early["code"]]}
    assert await refused(plans, "POST", "/objectives", late) == (422, ["date-hole"])


async def test_a_level_change_that_breaks_what_hangs_below_is_refused(plans: Plans) -> None:
    await make_draft(plans)
    upper = await owner(plans).post("/objectives", UPPER)
    await change(plans, "POA-2026.DNPL.N4.01", aligned_to=[upper["code"]])

    status, answer = await change(plans, upper["code"], level="N4")

    assert (status, [e["code"] for e in answer["errors"]]) == (422, ["level-violation"])


async def test_a_stale_version_is_refused(plans: Plans) -> None:
    await make_draft(plans)
    path, body = "/objectives/POA-2026.DNPL.N4.01", {"number": 3}
    etag = (await owner(plans).call("GET", path)).headers["etag"]

    assert (await owner(plans).call("PATCH", path, body)).status_code == 428
    assert (await owner(plans).call("PATCH", path, body, headers={"If-Match": etag})).status_code == 200
    assert (await owner(plans).call("PATCH", path, body, headers={"If-Match": etag})).status_code == 412


async def test_what_others_depend_on_is_not_deleted(plans: Plans) -> None:
    await make_draft(plans)
    upper = await owner(plans).post("/objectives", UPPER)
    await change(plans, "POA-2026.DNPL.N4.01", aligned_to=[upper["code"]])

    assert await refused(plans, "DELETE", f"/objectives/{upper['code']}", None, **{"If-Match": "*"}) == (
        409,
        ["still-referenced"],
    )
    leaf = await owner(plans).call("DELETE", "/objectives/POA-2026.DNPL.N4.01", headers={"If-Match": "*"})
    assert leaf.status_code == 204


async def test_a_strategy_of_a_poa_is_foreign_to_the_pei(plans: Plans) -> None:
    await make_draft(plans)
    body = {"plan": "POA-2026", "objective": "PEI-2018-2028.OEI5", "text": "Incrementar la presencia jurídica"}

    made = await owner(plans).post("/strategies", body)

    assert (made["in_pei"], made["valid_from"], made["valid_to"]) == (False, "2026-01-01", "2026-12-31")
    assert made["code"] == "PEI-2018-2028.OEI5.E6"
    graph = await owner(plans).get("/plans/POA-2026/alignment")
    assert [s["code"] for s in graph["foreign_strategies"]] == [made["code"]]


async def test_a_strategy_does_not_outlive_its_objective(plans: Plans) -> None:
    await make_draft(plans)
    upper = await owner(plans).post("/objectives", {**UPPER, "valid_to": "2026-06-30"})
    body = {"plan": "POA-2026", "objective": upper["code"], "text": "Simplificar", "valid_to": "2026-12-31"}

    assert await refused(plans, "POST", "/strategies", body) == (422, ["date-hole"])


async def test_a_poa_develops_a_pei_that_rules_in_its_period(plans: Plans) -> None:
    late = {**PLAN, "code": "POA-2030", "period_from": "2030-01-01", "period_to": "2030-12-31"}

    assert await refused(plans, "POST", "/plans", late) == (422, ["date-hole"])
    assert await refused(plans, "POST", "/plans", {**PLAN, "code": "POA-2025"}) == (409, ["code-already-used"])


async def test_an_emptied_required_field_is_refused(plans: Plans) -> None:
    await make_draft(plans)

    status, _ = await change(plans, "POA-2026.DNPL.N4.01", statement=None)

    assert status == 422
