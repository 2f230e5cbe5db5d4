"""A POA from draft to closed by three people of the right roles; every wrong person or order is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.plans.harness import Plans, grant

PLAN = {
    "code": "POA-2026",
    "kind": "poa",
    "title": "Plan Operativo Anual 2026",
    "dependencia": "IESS",
    "parent": "PEI-2018-2028",
    "period_from": "2026-01-01",
    "period_to": "2026-12-31",
}
OBJECTIVE: dict[str, Any] = {
    "plan": "POA-2026",
    "dependencia": "DNPL",
    "level": "N4",
    "statement": "Incrementar el cumplimiento de los planes MEDIANTE su seguimiento",
    "aligned_to": ["PEI-2018-2028.OEI5", "PEI-2018-2028.OEI5.E5"],
}
ACT = {"body": "Dirección General", "number": "IESS-DG-2026-0001-R", "date": "2026-03-01"}


def owner(plans: Plans, subject: str = "titular") -> Plans:
    return plans.by(grant("plan:read plan:write plan:submit"), subject=subject)


def office(plans: Plans, subject: str = "dnpl") -> Plans:
    return plans.by(grant("plan:read plan:validate plan:observe"), subject=subject)


def authority(plans: Plans, subject: str = "directora") -> Plans:
    return plans.by(grant("plan:read plan:approve"), subject=subject)


async def make_draft(plans: Plans) -> None:
    await owner(plans).post("/plans", PLAN)
    await owner(plans).post("/objectives", OBJECTIVE)


async def move(plans: Plans, to: str, **rest: Any) -> tuple[int, Any]:
    answer = await plans.call("POST", "/plans/POA-2026/transitions", {"to": to, **rest})
    return answer.status_code, answer.json()


async def make_plan(plans: Plans, status: str) -> None:
    """A POA-2026 that has come as far as the status."""
    await make_draft(plans)
    steps: list[tuple[Plans, str, dict[str, Any]]] = [
        (owner(plans), "submitted", {}),
        (office(plans), "validated", {}),
        (authority(plans), "approved", {"act": ACT}),
        (office(plans), "in_execution", {}),
        (office(plans), "closed", {"reason": "Terminó el año"}),
    ]
    for who, to, rest in steps:
        if status == "draft":
            return
        code, answer = await move(who, to, **rest)
        assert code == 200, answer
        if to == status:
            return


async def test_a_plan_goes_from_draft_to_closed(plans: Plans) -> None:
    await make_plan(plans, "closed")

    plan = await plans.get("/plans/POA-2026")
    walk = await plans.items("/plans/POA-2026/transitions")
    assert (plan["status"], plan["version"]) == ("closed", 1)
    assert plan["approval"] == {"body": "Dirección General", "act": "IESS-DG-2026-0001-R", "date": "2026-03-01"}
    assert [(t["to"], t["actor"]) for t in walk] == [
        ("submitted", "titular"),
        ("validated", "dnpl"),
        ("approved", "directora"),
        ("in_execution", "dnpl"),
        ("closed", "dnpl"),
    ]


@pytest.mark.parametrize("status", ["draft", "submitted", "validated", "approved", "in_execution", "closed"])
async def test_only_lawful_steps_are_taken(plans: Plans, status: str) -> None:
    lawful = {
        "draft": {"submitted"},
        "submitted": {"observed", "validated", "rejected"},
        "validated": {"observed", "approved", "rejected"},
        "approved": {"in_execution"},
        "in_execution": {"closed"},
        "closed": set(),
    }
    everybody = plans.by(grant("plan:read plan:write plan:submit plan:validate plan:approve plan:observe"))
    await make_plan(plans, status)

    for to in ("submitted", "observed", "validated", "approved", "in_execution", "closed", "rejected"):
        if to not in lawful[status]:
            code, answer = await move(everybody, to, reason="porque sí", act=ACT)
            assert (code, answer["code"], set(answer["lawful"])) == (409, "unlawful-transition", lawful[status])
    assert (await plans.get("/plans/POA-2026"))["status"] == status


async def test_who_lacks_the_permission_of_a_step_is_refused(plans: Plans) -> None:
    await make_plan(plans, "submitted")

    assert (await move(owner(plans, "otra"), "validated"))[0] == 403
    assert (await move(authority(plans), "validated"))[0] == 403


async def test_a_permission_elsewhere_does_not_count(plans: Plans) -> None:
    await make_plan(plans, "draft")
    azuay = plans.by(grant("plan:read plan:submit", "DP-AZUAY"), subject="azuay")

    assert (await move(azuay, "submitted"))[0] == 404


async def test_who_submits_does_not_validate_nor_approve(plans: Plans) -> None:
    both = plans.by(grant("plan:read plan:write plan:submit plan:validate plan:approve"), subject="titular")
    await make_plan(plans, "submitted")

    assert await refusal(both, "validated") == (403, "separation-of-duties")
    await move(office(plans), "validated")
    assert await refusal(both, "approved", act=ACT) == (403, "separation-of-duties")


async def test_who_validates_does_not_approve(plans: Plans) -> None:
    both = plans.by(grant("plan:read plan:validate plan:approve"), subject="dnpl")
    await make_plan(plans, "validated")

    assert await refusal(both, "approved", act=ACT) == (403, "separation-of-duties")


async def refusal(plans: Plans, to: str, **rest: Any) -> tuple[int, str]:
    status, answer = await move(plans, to, **rest)
    return status, answer["code"]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (None, "act-missing"),
        ({**ACT, "body": "Consejo Directivo"}, "wrong-approval-body"),
        ({**ACT, "date": "2026-03-03"}, "plan-rules-violated"),
        ({"body": "Dirección General", "date": "2026-03-01"}, "invalid"),
    ],
)
async def test_an_approval_needs_the_act_of_the_lawful_body(plans: Plans, act: Any, code: str) -> None:
    await make_plan(plans, "validated")

    assert await refusal(authority(plans), "approved", act=act) == (422, code)
    assert (await plans.get("/plans/POA-2026"))["status"] == "validated"


async def test_methodology_errors_block_a_submission_and_not_a_draft(plans: Plans) -> None:
    await owner(plans).post("/plans", PLAN)
    await owner(plans).post("/objectives", {**OBJECTIVE, "statement": "Incrementar el cumplimiento"})

    status, answer = await move(owner(plans), "submitted")

    assert (status, answer["code"]) == (422, "methodology-errors")
    assert [e["code"] for e in answer["errors"]] == ["n4-without-mediante"]


async def test_an_empty_plan_is_not_submitted(plans: Plans) -> None:
    await owner(plans).post("/plans", PLAN)

    status, answer = await move(owner(plans), "submitted")

    assert (status, answer["code"]) == (422, "methodology-errors")
    assert [(e["pointer"], e["code"]) for e in answer["errors"]] == [
        ("/plans/POA-2026/objectives", "plan-without-objectives")
    ]
    await owner(plans).post("/objectives", OBJECTIVE)
    assert (await move(owner(plans), "submitted"))[0] == 200


async def test_a_procurement_plan_is_submitted_with_its_lines(plans: Plans) -> None:
    """Its lines are those of its dependencia and everything below, in its years."""
    await owner(plans).post("/plans", {**PLAN, "kind": "pac", "parent": None, "dependencia": "DNSC"})
    line = {"dependencia": "DNSC", "year": 2025, "company": "201", "procedure_type": "Subasta inversa electrónica"}
    line |= {"description": "Renovación de equipos de red", "amount": "125000.50", "quarter": 2}
    buyer = plans.by(grant("pac:read pac:write"), subject="compras")
    await buyer.post("/pac-lines", line)
    await buyer.post("/pac-lines", {**line, "year": 2026, "dependencia": "DP-AZUAY"})

    assert [e["code"] for e in (await move(owner(plans), "submitted"))[1]["errors"]] == ["plan-without-lines"]
    await buyer.post("/pac-lines", {**line, "year": 2026})
    assert (await move(owner(plans), "submitted"))[0] == 200


async def test_sending_back_needs_a_reason(plans: Plans) -> None:
    await make_plan(plans, "submitted")

    assert await refusal(office(plans), "observed") == (422, "reason-missing")
    assert (await move(office(plans), "observed", reason="Falta alinear"))[0] == 200
    assert (await move(owner(plans), "submitted"))[0] == 200


async def test_a_draft_is_seen_by_who_works_on_it_only(plans: Plans) -> None:
    await make_plan(plans, "draft")
    reader = plans.by(grant("plan:read"))

    assert (await reader.call("GET", "/plans/POA-2026")).status_code == 404
    assert len(await reader.items("/plans")) == 3
    assert await reader.items("/objectives", plan="POA-2026") == []
    assert len(await owner(plans).items("/objectives", plan="POA-2026")) == 1


async def test_an_approved_plan_is_not_edited(plans: Plans) -> None:
    await make_plan(plans, "approved")

    answer = await owner(plans).call("POST", "/objectives", OBJECTIVE)

    assert (answer.status_code, answer.json()["code"]) == (409, "plan-not-in-draft")


async def test_the_snapshot_is_what_was_approved(plans: Plans) -> None:
    await make_plan(plans, "approved")

    snapshot = await plans.get("/plans/POA-2026/versions/1")

    assert [o["statement"] for o in snapshot["objectives"]] == [OBJECTIVE["statement"]]
    assert [a["code"] for a in snapshot["objectives"][0]["aligned_to"]] == OBJECTIVE["aligned_to"]
    assert (await plans.call("GET", "/plans/POA-2026/versions/2")).status_code == 404


async def test_the_same_transition_sent_twice_with_one_key_happens_once(plans: Plans) -> None:
    await make_plan(plans, "draft")
    body, key = {"to": "submitted"}, {"Idempotency-Key": "una-vez"}

    first = await owner(plans).call("POST", "/plans/POA-2026/transitions", body, headers=key)
    again = await owner(plans).call("POST", "/plans/POA-2026/transitions", body, headers=key)

    assert first.status_code == again.status_code == 200
    assert again.headers["idempotency-replayed"] == "true"
    assert first.content == again.content
    assert len(await plans.items("/plans/POA-2026/transitions")) == 1


async def test_two_approvals_at_once_make_one_version(plans: Plans) -> None:
    await make_plan(plans, "validated")
    # One caller for both: the harness names the caller per application, not per request.
    boss = authority(plans)

    answers = await asyncio.gather(*(move(boss, "approved", act=ACT) for _ in range(4)))

    assert sorted(status for status, _ in answers) == [200, 409, 409, 409]
    assert len(await plans.items("/plans/POA-2026/versions")) == 1


async def test_two_changes_from_one_reading_lose_none(plans: Plans) -> None:
    await make_draft(plans)
    path = "/objectives/POA-2026.DNPL.N4.01"
    etag = (await owner(plans).call("GET", path)).headers["etag"]
    writer = owner(plans)

    answers = await asyncio.gather(
        *(writer.call("PATCH", path, {"number": n}, headers={"If-Match": etag}) for n in (1, 2, 3))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
