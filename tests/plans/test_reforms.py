"""Reforms: five legal causes, their own workflow, applied whole or not at all; snapshots never change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plans.harness import Plans, grant
from tests.plans.test_workflow import ACT, authority, make_plan, office, owner

CODE = "POA-2026.DNPL.N4.01"
NEW = "Incrementar la calidad de los planes MEDIANTE su revisión metodológica"
REFORM: dict[str, Any] = {
    "cause": "evaluation_action_plans",
    "justification": "La evaluación del primer semestre lo recomienda.",
    "operations": [{"op": "change_objective", "code": CODE, "changes": {"statement": NEW}}],
}


async def prepare(plans: Plans, **changes: Any) -> int:
    made = await owner(plans).post("/plans/POA-2026/reforms", {**REFORM, **changes})
    number: int = made["number"]
    return number


async def step(plans: Plans, number: int, to: str, **rest: Any) -> tuple[int, Any]:
    answer = await plans.call("POST", f"/plans/POA-2026/reforms/{number}/transitions", {"to": to, **rest})
    return answer.status_code, answer.json()


async def approve(plans: Plans, number: int) -> tuple[int, Any]:
    assert (await step(owner(plans), number, "submitted"))[0] == 200
    assert (await step(office(plans), number, "validated"))[0] == 200
    return await step(authority(plans), number, "approved", act=ACT)


async def statement(plans: Plans) -> str:
    text: str = (await plans.get(f"/objectives/{CODE}"))["statement"]
    return text


async def test_a_reform_changes_nothing_until_it_is_approved(plans: Plans) -> None:
    await make_plan(plans, "in_execution")
    old = await statement(plans)
    number = await prepare(plans)

    assert await statement(plans) == old
    status, reform = await approve(plans, number)

    assert (status, reform["status"], reform["act"]["number"]) == (200, "approved", ACT["number"])
    assert await statement(plans) == NEW
    assert (await plans.get("/plans/POA-2026"))["version"] == 2


async def test_each_step_of_a_reform_is_kept_with_its_actor_reason_and_act(plans: Plans) -> None:
    await make_plan(plans, "approved")
    number = await prepare(plans)
    await step(owner(plans), number, "submitted")
    await step(office(plans), number, "observed", reason="Falta el sustento")
    await approve(plans, number)

    steps = await plans.items(f"/plans/POA-2026/reforms/{number}/transitions")

    assert [(s["from"], s["to"], s["actor"], s["reason"]) for s in steps] == [
        ("draft", "submitted", "titular", None),
        ("submitted", "observed", "dnpl", "Falta el sustento"),
        ("observed", "submitted", "titular", None),
        ("submitted", "validated", "dnpl", None),
        ("validated", "approved", "directora", None),
    ]
    assert [s["act"] and s["act"]["number"] for s in steps] == [None, None, None, None, ACT["number"]]


async def test_the_first_snapshot_is_byte_equal_after_two_reforms(plans: Plans) -> None:
    await make_plan(plans, "approved")
    first = (await plans.call("GET", "/plans/POA-2026/versions/1")).content
    await approve(plans, await prepare(plans))
    again = [{"op": "change_objective", "code": CODE, "changes": {"number": 9}}]
    await approve(plans, await prepare(plans, operations=again))

    versions = await plans.items("/plans/POA-2026/versions")
    assert (await plans.call("GET", "/plans/POA-2026/versions/1")).content == first
    assert [(v["version"], v["reform"]) for v in versions] == [(1, None), (2, 1), (3, 2)]


async def test_no_version_is_approved_before_the_one_it_changes(plans: Plans) -> None:
    await make_plan(plans, "approved")
    number = await prepare(plans)
    await step(owner(plans), number, "submitted")
    await step(office(plans), number, "validated")

    status, answer = await step(authority(plans), number, "approved", act={**ACT, "date": "2026-02-28"})

    assert (status, [(e["pointer"], e["code"]) for e in answer["errors"]]) == (422, [("/act/date", "act-out-of-order")])
    assert ACT["date"] in answer["errors"][0]["detail"]
    assert (await step(authority(plans), number, "approved", act=ACT))[0] == 200


async def test_a_diff_names_each_field_that_changed(plans: Plans) -> None:
    await make_plan(plans, "approved")
    old = await statement(plans)
    await approve(plans, await prepare(plans))

    diff = await plans.call("GET", "/plans/POA-2026/diff?from=1&to=2")

    changed = diff.json()["objectives"]["changed"]
    assert changed == [{"code": CODE, "fields": [{"field": "statement", "before": old, "after": NEW}]}]
    assert (await plans.call("GET", "/plans/POA-2026/diff?from=1&to=9")).json()["code"] == "unknown-version"


async def test_a_changed_objective_leads_to_its_reform(plans: Plans) -> None:
    await make_plan(plans, "approved")
    await approve(plans, await prepare(plans))

    [change] = await plans.items(f"/objectives/{CODE}/changes")

    assert (change["reform"], change["cause"], change["field"]) == (1, "evaluation_action_plans", "statement")
    assert change["after"] == NEW


async def test_an_objective_without_reforms_has_no_changes_and_an_unknown_one_is_not_found(plans: Plans) -> None:
    await make_plan(plans, "approved")

    assert await plans.items(f"/objectives/{CODE}/changes") == []
    assert (await plans.call("GET", "/objectives/NO-HAY/changes")).status_code == 404


async def test_a_target_leads_to_its_reform_and_is_published(plans: Plans) -> None:
    await make_plan(plans, "approved")
    target = {"op": "change_target", "assignment": "POA-2026.DNPL.001", "period": "2026", "value": "95.50"}
    await approve(plans, await prepare(plans, operations=[target]))

    [change] = await plans.items("/plans/POA-2026/changes", subject="POA-2026.DNPL.001")

    assert (change["field"], change["after"]) == ("targets/2026", "95.50")


@pytest.mark.parametrize(
    ("operation", "pointer", "code"),
    [
        (
            {"op": "change_objective", "code": "POA-2026.X", "changes": {"number": 2}},
            "/operations/1/code",
            "unknown-code",
        ),
        (
            {"op": "change_objective", "code": CODE, "changes": {"aligned_to": ["NADA"]}},
            "/operations/1/changes/aligned_to/0",
            "unknown-target",
        ),
        ({"op": "end_objective", "code": CODE, "on": "2025-01-01"}, "/operations/1/on", "date-hole"),
        (
            {"op": "change_objective", "code": CODE, "changes": {"level": "N1"}},
            f"/objectives/{CODE}",
            "level-violation",
        ),
    ],
)
async def test_one_bad_operation_refuses_the_whole_reform(
    plans: Plans, operation: dict[str, Any], pointer: str, code: str
) -> None:
    await make_plan(plans, "approved")
    body = {**REFORM, "operations": [*REFORM["operations"], operation]}

    answer = await owner(plans).call("POST", "/plans/POA-2026/reforms", body)

    assert answer.status_code == 422
    assert (pointer, code) in [(e["pointer"], e["code"]) for e in answer.json()["errors"]]
    assert await plans.items("/plans/POA-2026/reforms") == []


async def test_two_hundred_objectives_are_one_transaction(plans: Plans) -> None:
    await make_plan(plans, "approved")
    operations = [
        {
            "op": "add_objective",
            "objective": {
                "plan": "POA-2026",
                "dependencia": "DNPL",
                "level": "N4",
                "statement": f"Reducir el tiempo del trámite {n} MEDIANTE su rediseño",
                "aligned_to": ["PEI-2018-2028.OEI5"],
            },
        }
        for n in range(200)
    ]

    await approve(plans, await prepare(plans, operations=operations))

    assert len(await plans.items("/objectives", plan="POA-2026")) == 201
    assert len((await plans.get("/plans/POA-2026/versions/2"))["objectives"]) == 201


async def test_a_project_is_added_and_changed_by_reform(plans: Plans) -> None:
    await make_plan(plans, "approved")
    new = {"plan": "POA-2026", "kind": "project", "name": "Tablero", "dependencia": "DNPL", "owners": ["DNPL"]}
    await approve(plans, await prepare(plans, operations=[{"op": "add_project", "project": new}]))
    later = {"op": "change_project", "code": "POA-2026.DNPL.P01", "changes": {"end_date": "2026-10-31"}}
    await approve(plans, await prepare(plans, operations=[later]))

    [project] = await plans.items("/projects", plan="POA-2026")
    assert (project["name"], project["end_date"], project["phase"]) == ("Tablero", "2026-10-31", "preproject")
    snapshot = await plans.get("/plans/POA-2026/versions/2")
    assert [p["end_date"] for p in snapshot["projects"]] == [None]


async def test_a_reform_prepared_on_an_older_version_is_stale(plans: Plans) -> None:
    await make_plan(plans, "approved")
    first, second = (
        await prepare(plans),
        await prepare(plans, operations=[{"op": "change_objective", "code": CODE, "changes": {"number": 5}}]),
    )
    await approve(plans, first)

    status, answer = await step(owner(plans), second, "submitted")

    assert (status, answer["code"]) == (409, "base-version-stale")


async def test_a_reform_being_prepared_is_seen_by_who_works_on_the_plan(plans: Plans) -> None:
    await make_plan(plans, "approved")
    number = await prepare(plans)
    reader = plans.by(grant("plan:read"), subject="lectora")

    assert await reader.items("/plans/POA-2026/reforms") == []
    assert (await reader.call("GET", f"/plans/POA-2026/reforms/{number}")).status_code == 404
    await approve(plans, number)
    assert len(await reader.items("/plans/POA-2026/reforms")) == 1


async def test_a_dry_run_answers_the_diff_and_keeps_nothing(plans: Plans) -> None:
    await make_plan(plans, "approved")

    answer = await owner(plans).call("POST", "/plans/POA-2026/reforms?dry_run=true", REFORM)

    assert answer.status_code == 200
    assert answer.json()["diff"]["objectives"]["changed"][0]["code"] == CODE
    assert await plans.items("/plans/POA-2026/reforms") == []


async def test_a_reform_needs_a_lawful_cause(plans: Plans) -> None:
    await make_plan(plans, "approved")

    for changes, code in (
        ({"cause": "because"}, "invalid"),
        ({"cause": "exceptional"}, "plan-rules-violated"),
        ({"operations": [{"op": "change_objective", "code": CODE, "changes": {}}]}, "plan-rules-violated"),
    ):
        answer = await owner(plans).call("POST", "/plans/POA-2026/reforms", {**REFORM, **changes})
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_reform_adds_no_methodology_error(plans: Plans) -> None:
    await make_plan(plans, "approved")
    number = await prepare(
        plans, operations=[{"op": "change_objective", "code": CODE, "changes": {"statement": "Reducir tiempos"}}]
    )

    status, answer = await step(owner(plans), number, "submitted")

    assert (status, [e["code"] for e in answer["errors"]]) == (422, ["n4-without-mediante"])


async def test_a_draft_is_edited_and_not_reformed(plans: Plans) -> None:
    await make_plan(plans, "draft")

    answer = await owner(plans).call("POST", "/plans/POA-2026/reforms", REFORM)

    assert (answer.status_code, answer.json()["code"]) == (409, "plan-not-approved")


async def test_duties_of_a_reform_are_separate_too(plans: Plans) -> None:
    await make_plan(plans, "approved")
    number = await prepare(plans)
    await step(owner(plans), number, "submitted")

    status, answer = await step(office(plans, "titular"), number, "validated")

    assert (status, answer["code"]) == (403, "separation-of-duties")


async def test_the_real_poa_can_be_reformed_with_the_defect_it_came_with(plans: Plans) -> None:
    body = {
        **REFORM,
        "operations": [{"op": "change_objective", "code": "POA-2025.DNPL.N2.1", "changes": {"number": 2}}],
    }
    made = await owner(plans).post("/plans/POA-2025/reforms", body)
    path = f"/plans/POA-2025/reforms/{made['number']}/transitions"

    assert (await owner(plans).call("POST", path, {"to": "submitted"})).status_code == 200
