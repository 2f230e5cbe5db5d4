"""Projects while they are drafted, and what a reform changes of them: who carries them, their parts, their code."""

from __future__ import annotations

from typing import Any

from tests.plans.harness import Plans, grant
from tests.plans.projects import ID, PROJECT, make_project
from tests.plans.test_ended_targets import reform
from tests.plans.test_rollover import BODY, writer
from tests.plans.test_workflow import owner


def both(plans: Plans) -> Plans:
    return plans.by(grant("plan:read plan:write plan:submit project:read"), subject="titular")


async def change(plans: Plans, project: str = ID, **fields: Any) -> tuple[int, Any]:
    read = await both(plans).call("GET", f"/projects/{project}")
    headers = {"If-Match": read.headers["etag"]}
    answer = await both(plans).call("PATCH", f"/projects/{project}", fields, headers=headers)
    return answer.status_code, answer.json()


async def remove(plans: Plans, project: str = ID, match: str | None = "*") -> tuple[int, str | None]:
    answer = await both(plans).call("DELETE", f"/projects/{project}", headers={"If-Match": match} if match else None)
    return answer.status_code, answer.json()["code"] if answer.content else None


async def test_owners_components_and_code_are_corrected_in_a_draft(plans: Plans) -> None:
    await make_project(plans, draft=True)

    status, made = await change(plans, owners=["DNPL", "DNPR", "DNPL"], components=["Producto único"], code="C031")

    assert (status, made["owners"], made["code"]) == (200, ["DNPL", "DNPR"], "C031")
    assert made["components"] == [{"number": 1, "text": "Producto único"}]
    status, made = await change(plans, code=None, components=[])
    assert (status, made["code"], made["components"]) == (200, None, [])


async def test_a_code_that_an_owner_has_is_refused(plans: Plans) -> None:
    await make_project(plans, draft=True)
    second = await both(plans).post("/projects", {**PROJECT, "code": None, "owners": ["DNPR"]})

    assert (await change(plans, second["id"], code=PROJECT["code"]))[0] == 200
    status, answer = await change(plans, second["id"], owners=["DNPR", "DNTI"])
    assert (status, answer["code"]) == (409, "code-already-used")
    assert (await plans.get(f"/projects/{second['id']}"))["owners"] == ["DNPR"]
    # The same again is no conflict with itself.
    assert (await change(plans, owners=["DNTI"], code=PROJECT["code"]))[0] == 200


async def test_each_refusal_has_its_place(plans: Plans) -> None:
    await make_project(plans, draft=True)

    wrong: list[dict[str, Any]] = [{"owners": []}, {"owners": ["DNTI", "NADIE"]}, {"owners": None}]
    wrong += [{"components": ["x"]}]

    found = [[(e["pointer"], e["code"]) for e in (await change(plans, **fields))[1]["errors"]] for fields in wrong]

    assert found == [
        [("/owners", "too-short")],
        [("/owners/1", "unknown-dependencia")],
        [("/owners", "invalid-value")],
        [("/components/0", "too-short")],
    ]


async def test_a_reform_gives_a_project_to_others(plans: Plans) -> None:
    await make_project(plans)
    why = {"cause": "competences", "justification": "Cambiaron las competencias"}
    operation = {"op": "change_project", "code": ID, "changes": {"owners": ["DNPL"], "components": ["Producto 3"]}}

    await reform(plans, {**why, "operations": [operation]}, "/plans/POA-2026", "Dirección General")

    [changed] = (await plans.get("/plans/POA-2026/diff?from=1&to=2"))["projects"]["changed"]
    assert [(f["field"], f["before"], f["after"]) for f in changed["fields"]] == [
        ("owners", ["DNTI", "DNPL"], ["DNPL"]),
        (
            "components",
            [{"number": 1, "text": "Producto 1"}, {"number": 2, "text": "Producto 2"}],
            [{"number": 1, "text": "Producto 3"}],
        ),
    ]


async def test_a_project_is_taken_out_of_a_draft(plans: Plans) -> None:
    await make_project(plans, draft=True)

    assert await remove(plans, match=None) == (428, "precondition-required")
    assert await remove(plans) == (204, None)
    assert await remove(plans) == (404, "not-found")
    # Its code and its place are free again.
    assert (await both(plans).post("/projects", PROJECT))["id"] == ID


async def test_what_is_approved_or_has_a_history_is_not_taken_out(plans: Plans) -> None:
    titular = plans.by(grant("plan:read project:read project:approve"), subject="titular.dnti")
    moved = await titular.call("POST", "/projects/POA-2025.DNTI.P01/transitions", {"to": "nomination"})
    assert moved.status_code == 200
    await writer(plans).post("/plans/POA-2025/rollovers", BODY)

    assert await remove(plans, "POA-2025.DNTI.P01") == (409, "plan-not-in-draft")
    assert await remove(plans, "POA-2026.DNTI.P01") == (409, "still-referenced")
    assert await remove(plans, "POA-2026.DNTI.A01") == (204, None)


async def test_only_who_writes_the_plan_takes_a_project_out(plans: Plans) -> None:
    await make_project(plans, draft=True)
    reads = owner(plans).by(grant("plan:read plan:submit project:read plan:write", "DNTI"), subject="dnti")

    answer = await reads.call("DELETE", f"/projects/{ID}", headers={"If-Match": "*"})

    assert answer.status_code in (403, 404)
    assert (await plans.get(f"/projects/{ID}"))["id"] == ID
