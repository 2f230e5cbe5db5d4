"""A reform that ends what other plans serve: told in its preview, on the feed, in their findings; mended one by one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plans.harness import Plans, codes, grant
from tests.plans.test_editing import change
from tests.plans.test_workflow import ACT, OBJECTIVE, PLAN, authority, make_draft, make_plan, move, office, owner

PEI = "/plans/PEI-2018-2028"
O5, N4 = "PEI-2018-2028.OEI5", "POA-2026.DNPL.N4.01"
ENDED = "alignment-target-ended"


def ending(on: str, code: str = O5) -> dict[str, Any]:
    why = "Cambió el Plan Nacional de Desarrollo"
    operations = [{"op": "end_objective", "code": code, "on": on}]
    return {"cause": "national_plan", "justification": why, "operations": operations}


async def reform(plans: Plans, body: dict[str, Any], path: str = PEI, board: str = "Consejo Directivo") -> None:
    number = (await owner(plans).post(f"{path}/reforms", body))["number"]
    act = {**ACT, "body": board}
    steps: list[tuple[Plans, dict[str, Any]]] = [
        (owner(plans), {"to": "submitted"}), (office(plans), {"to": "validated"}),
        (authority(plans), {"to": "approved", "act": act}),
    ]  # fmt: skip
    for who, step in steps:
        answer = await who.call("POST", f"{path}/reforms/{number}/transitions", step)
        assert answer.status_code == 200, answer.json()


async def findings(plans: Plans, code: str = ENDED) -> list[dict[str, Any]]:
    return await plans.items("/plans/POA-2026/findings", finding=code)


async def test_the_preview_names_the_alignments_that_would_lead_nowhere(plans: Plans) -> None:
    await make_plan(plans, "approved")

    answer = await owner(plans).call("POST", f"{PEI}/reforms?dry_run=true", ending("2026-06-30"))

    told = answer.json()["ended_alignments"]
    assert told == [
        {"plan": "POA-2026", "dependencia": "DNPL", "from": N4, "from_valid_to": "2026-12-31", "to": to,
         "to_valid_to": "2026-06-30", "orphaned": True}
        for to in (O5, f"{O5}.E5")
    ]  # fmt: skip
    assert await findings(plans) == []


async def test_what_is_drafted_elsewhere_is_told_to_who_works_on_it(plans: Plans) -> None:
    await owner(plans).post("/plans", {**PLAN, "dependencia": "DNPL"})
    await owner(plans).post("/objectives", OBJECTIVE)
    told = []
    for who in (owner(plans), plans.by(grant("plan:read plan:write", subtree=False))):
        answer = await who.call("POST", f"{PEI}/reforms?dry_run=true", ending("2026-06-30"))
        told.append(len(answer.json()["ended_alignments"]))

    assert told == [2, 0]


async def test_once_approved_every_plan_that_leans_on_it_is_told(plans: Plans) -> None:
    await make_plan(plans, "in_execution")
    await reform(plans, ending("2026-06-30"))

    feed = await plans.by(grant("internal:read")).get("/feed", limit=1000)
    [event] = [e for e in feed["items"] if e["type"] == "plan.alignments-ended"]
    found = await findings(plans)
    coverage = await plans.get("/plans/POA-2026/coverage")
    assert (event["subject"], event["dependencia"]) == ("POA-2026", "IESS")
    assert (event["data"]["reformed"], len(event["data"]["alignments"])) == ("PEI-2018-2028", 2)
    places = [f"{N4}/{to}" for to in (O5, f"{O5}.E5")]
    assert [(f["severity"], f["pointer"]) for f in found] == [("warning", f"/alignments/{p}") for p in places]
    assert "2026-06-30" in found[0]["detail"]
    assert coverage["ended_alignments"] == places


async def test_who_goes_on_by_another_way_is_no_orphan(plans: Plans) -> None:
    await make_draft(plans)
    await change(plans, N4, aligned_to=[*OBJECTIVE["aligned_to"], "PEI-2018-2028.OEI7"])

    answer = await owner(plans).call("POST", f"{PEI}/reforms?dry_run=true", ending("2026-06-30"))

    assert {told["orphaned"] for told in answer.json()["ended_alignments"]} == {False}


async def test_a_reform_ends_strategies_of_its_own_plan_only(plans: Plans) -> None:
    """Those of a POA are approved with it: they end by a reform of their own."""
    await make_draft(plans)
    own = {"plan": "POA-2026", "objective": O5, "text": "Escuchar a la gente"}
    strategy = (await owner(plans).post("/strategies", own))["code"]
    for who, to, rest in ((owner(plans), "submitted", {}), (office(plans), "validated", {}),
                          (authority(plans), "approved", {"act": ACT})):  # fmt: skip
        assert (await move(who, to, **rest))[0] == 200

    await reform(plans, ending("2026-06-30"))

    diff = (await plans.call("GET", "/plans/POA-2026/diff?from=1")).json()
    assert all(not diff["strategies"][part] for part in ("added", "removed", "changed"))
    assert (await plans.get(f"/strategies/{O5}.E5"))["valid_to"] == "2026-06-30"
    assert [f["pointer"] for f in await findings(plans, "date-hole")] == [f"/strategies/{strategy}"]


async def test_a_strategy_that_begins_later_is_named(plans: Plans) -> None:
    late = {"plan": "PEI-2018-2028", "objective": O5, "text": "Más tarde", "valid_from": "2027-01-01"}
    await reform(plans, {**ending("2026-06-30"), "operations": [{"op": "add_strategy", "strategy": late}]})

    answer = await owner(plans).call("POST", f"{PEI}/reforms", ending("2026-06-30"))

    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/operations/0/on", "date-hole")]
    assert f"{O5}.E6" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize("again", [False, True])
async def test_what_another_plan_broke_is_mended_one_by_one(plans: Plans, again: bool) -> None:
    """Ended before the draft begins: nothing there lasts a day of it. Each is realigned, then it can be submitted."""
    await make_draft(plans)
    other = await owner(plans).post("/objectives", {**OBJECTIVE, "statement": "Reducir las esperas MEDIANTE turnos"})
    await reform(plans, ending("2025-12-31"))

    status, answer = await move(owner(plans), "submitted")
    assert (status, {e["code"] for e in answer["errors"]}) == (422, {"date-hole"})
    if again:
        status, answer = await change(plans, N4, number=3)
        assert status == 200, answer
        status, answer = await change(plans, N4, aligned_to=["PEI-2018-2028.OEI7", O5, "PEI-2018-2028.OEI5.E1"])
        assert (status, [e["pointer"] for e in answer["errors"]]) == (422, [f"/objectives/{N4}/aligned_to/{O5}.E1"])
    for code in (N4, other["code"]):
        assert (await change(plans, code, aligned_to=["PEI-2018-2028.OEI7"]))[0] == 200
    assert (await move(owner(plans), "submitted"))[0] == 200


async def test_a_reform_of_the_plan_below_is_not_held_up_by_it(plans: Plans) -> None:
    await make_plan(plans, "in_execution")
    await reform(plans, ending("2025-12-31"))

    operations = [{"op": "change_objective", "code": N4, "changes": {"number": 4}}]
    await reform(plans, {**ending(""), "operations": operations}, "/plans/POA-2026", "Dirección General")

    assert (await plans.get(f"/objectives/{N4}"))["number"] == 4
    assert {f["code"] for f in await plans.items("/plans/POA-2026/findings", severity="error")} == {"date-hole"}


async def test_strategies_that_are_over_are_not_said_to_be_unused(plans: Plans) -> None:
    await make_draft(plans)
    before = codes(await plans.items("/strategies", plan="POA-2026", objective="PEI-2018-2028.OEI1"))
    await reform(plans, ending("2025-12-31", "PEI-2018-2028.OEI1"))

    unused = {f["pointer"].removeprefix("/strategies/") for f in await findings(plans, "strategy-unused")}

    assert len(before) > 0
    assert not unused & set(before)


async def test_within_a_plan_too_what_serves_an_ended_objective_is_found(plans: Plans) -> None:
    await make_draft(plans)
    upper = {**OBJECTIVE, "level": "N2", "statement": "Incrementar el orden"}
    above = (await owner(plans).post("/objectives", upper))["code"]
    await change(plans, N4, aligned_to=[above])
    for who, to, rest in ((owner(plans), "submitted", {}), (office(plans), "validated", {}),
                          (authority(plans), "approved", {"act": ACT})):  # fmt: skip
        assert (await move(who, to, **rest))[0] == 200

    answer = await owner(plans).call("POST", "/plans/POA-2026/reforms?dry_run=true", ending("2026-06-30", above))

    assert [f["pointer"] for f in answer.json()["findings"] if f["code"] == ENDED] == [f"/alignments/{N4}/{above}"]
    assert answer.json()["ended_alignments"] == []
