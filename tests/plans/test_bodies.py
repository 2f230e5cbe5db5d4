"""What a body may hold: days that can be kept, nothing required emptied, each refusal at its own place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plans.harness import Plans
from tests.plans.test_pac import LINE, WHY, unit
from tests.plans.test_workflow import OBJECTIVE, PLAN, make_draft, make_plan, owner


async def errors(plans: Plans, method: str, path: str, body: object, **headers: str) -> list[tuple[str, str]]:
    answer = await plans.call(method, path, body, headers=headers or None)
    assert answer.status_code == 422, answer.text
    return [(e["pointer"], e["code"]) for e in answer.json()["errors"]]


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"])
async def test_a_day_that_stands_for_no_day_is_refused(plans: Plans, day: str) -> None:
    """The driver writes the first and the last day there are as minus and plus infinity."""
    body = {**PLAN, "parent": None, "period_from": min(day, "2026-01-01"), "period_to": max(day, "2026-12-31")}

    place = "/period_from" if day < "2026" else "/period_to"
    assert await errors(owner(plans), "POST", "/plans", body) == [(place, "invalid-value")]


async def test_what_is_emptied_is_named_where_it_is(plans: Plans) -> None:
    await make_draft(plans)
    line = (await unit(plans).post("/pac-lines", LINE))["id"]
    reform: dict[str, Any] = {"kind": "change", "line": line, "justification": WHY, "requested_on": "2026-02-26"}
    path, match = "/objectives/POA-2026.DNPL.N4.01", {"If-Match": "*"}

    found = await errors(owner(plans), "PATCH", path, {"statement": None, "level": None, "number": None}, **match)
    assert found == [("/level", "invalid-value"), ("/statement", "invalid-value")]
    asked = {**reform, "changes": {"amount": None, "ocid": None}}
    assert await errors(unit(plans), "POST", "/pac-reforms", asked) == [("/changes/amount", "invalid-value")]


async def test_a_reform_is_not_emptied_either(plans: Plans) -> None:
    await make_plan(plans, "approved")
    target = {"op": "change_objective", "code": "POA-2026.DNPL.N4.01", "changes": {"number": 4}}
    new = {"cause": "competences", "justification": "Cambiaron las competencias", "operations": [target]}
    await owner(plans).post("/plans/POA-2026/reforms", new)

    path, match = "/plans/POA-2026/reforms/1", {"If-Match": "*"}
    found = await errors(owner(plans), "PATCH", path, {"operations": None, "justification": None}, **match)
    assert found == [("/justification", "invalid-value"), ("/operations", "invalid-value")]


@pytest.mark.parametrize(
    "text", ["Incrementar \u202e algo", "Incrementar \x07 algo", "Incrementar\nalgo", "\u200b" * 5]
)
async def test_what_plans_are_read_by_is_one_line_to_be_seen(plans: Plans, text: str) -> None:
    await make_draft(plans)

    assert await errors(owner(plans), "POST", "/objectives", {**OBJECTIVE, "statement": text}) == [
        ("/statement", "invalid-text")
    ]
    assert (await unit(plans).post("/pac-lines", {**LINE, "description": "Equipos\ny su garantía"}))["number"] == 1


async def test_too_many_decimals_are_said_so(plans: Plans) -> None:
    assert await errors(unit(plans), "POST", "/pac-lines", {**LINE, "amount": "1.12345"}) == [
        ("/amount", "too-precise")
    ]


async def test_a_strategy_says_of_the_pei_what_is_so(plans: Plans) -> None:
    """Which plan states it decides: what a body says otherwise is not passed over."""
    await make_draft(plans)
    body = {"plan": "POA-2026", "objective": "PEI-2018-2028.OEI5", "text": "Escuchar a la gente"}

    assert await errors(owner(plans), "POST", "/strategies", {**body, "in_pei": True}) == [
        ("/in_pei", "strategy-not-in-pei")
    ]
    assert (await owner(plans).post("/strategies", {**body, "in_pei": False}))["in_pei"] is False


async def test_an_objective_is_of_the_plans_dependencia_or_below(plans: Plans) -> None:
    azuay = {**PLAN, "code": "POA-AZUAY", "dependencia": "DP-AZUAY"}
    await owner(plans).post("/plans", azuay)
    new = {**OBJECTIVE, "plan": "POA-AZUAY"}

    assert await errors(owner(plans), "POST", "/objectives", {**new, "dependencia": "DP-GUAYAS"}) == [
        ("/dependencia", "other-dependencia")
    ]
    assert await errors(owner(plans), "POST", "/objectives", {**new, "dependencia": "IESS"}) == [
        ("/dependencia", "other-dependencia")
    ]
    code = (await owner(plans).post("/objectives", {**new, "dependencia": "DP-AZUAY-AF"}))["code"]
    change = {"dependencia": "DP-GUAYAS"}
    assert await errors(owner(plans), "PATCH", f"/objectives/{code}", change, **{"If-Match": "*"}) == [
        ("/dependencia", "other-dependencia")
    ]
    project = {"plan": "POA-AZUAY", "kind": "project", "name": "Ordenar archivos", "owners": ["DP-AZUAY"]}
    assert await errors(plans, "POST", "/projects", {**project, "dependencia": "DP-GUAYAS"}) == [
        ("/dependencia", "other-dependencia")
    ]


async def test_nothing_is_moved_to_days_before_its_dependencia(plans: Plans) -> None:
    """The Subprocuraduría exists since 2019-05-22, the institution of the regulation since 2017-05-06."""
    await owner(plans).post("/plans", {**PLAN, "parent": None, "period_from": "2018-01-01"})
    new = {**OBJECTIVE, "dependencia": "SPG", "aligned_to": [], "valid_from": "2026-01-01"}
    code = (await owner(plans).post("/objectives", new))["code"]
    match = {"If-Match": "*"}

    found = await errors(owner(plans), "PATCH", f"/objectives/{code}", {"valid_from": "2019-05-21"}, **match)
    assert found == [("/valid_from", "unknown-dependencia")]
    found = await errors(owner(plans), "PATCH", "/plans/POA-2026", {"period_from": "2017-05-05"}, **match)
    assert found == [("/period_from", "unknown-dependencia")]


@pytest.mark.parametrize(("operation", "code"), [({"op": "burn"}, "unknown-value"), ({}, "required")])
async def test_an_operation_that_is_none_is_named_with_those_there_are(
    plans: Plans, operation: dict[str, str], code: str
) -> None:
    new = {"cause": "competences", "justification": "Cambiaron las competencias", "operations": [operation]}

    assert await errors(owner(plans), "POST", "/plans/POA-2026/reforms", new) == [("/operations/0/op", code)]


async def test_an_objective_stands_in_a_section_that_there_is(plans: Plans) -> None:
    await make_draft(plans)

    found = await errors(owner(plans), "POST", "/objectives", {**OBJECTIVE, "section": "6.1.99"})
    assert found == [("/section", "unknown-section")]


NEW = {**OBJECTIVE, "statement": "Reducir los tiempos MEDIANTE turnos"}
STRATEGY = {"plan": "POA-2026", "objective": "PEI-2018-2028.OEI5", "text": "Escuchar a la gente"}
PROJECT = {
    "plan": "POA-2026", "kind": "project", "name": "Ordenar archivos", "dependencia": "DNPL", "owners": ["DNPL"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "place"),
    [
        ({"op": "add_objective", "objective": {**NEW, "dependencia": "NADIE"}}, "objective/dependencia"),
        ({"op": "add_objective", "objective": {**NEW, "aligned_to": ["PEI-2018-2028.OEI5", "X"]}},
         "objective/aligned_to/1"),
        ({"op": "add_objective", "objective": {**NEW, "plan": "POA-2025"}}, "objective/plan"),
        ({"op": "add_strategy", "strategy": {**STRATEGY, "objective": "NADA"}}, "strategy/objective"),
        ({"op": "add_project", "project": {**PROJECT, "owners": ["DNPL", "NADIE"]}}, "project/owners/1"),
        ({"op": "change_objective", "code": "POA-2026.DNPL.N4.01", "changes": {"dependencia": "NADIE"}},
         "changes/dependencia"),
        ({"op": "change_objective", "code": "POA-2026.DNPL.N4.01", "changes": {"aligned_to": ["X"]}},
         "changes/aligned_to/0"),
        ({"op": "change_objective", "code": "NADA", "changes": {"number": 1}}, "code"),
        ({"op": "end_objective", "code": "POA-2026.DNPL.N4.01", "on": "2025-12-31"}, "on"),
    ],
)  # fmt: skip
async def test_a_reform_is_refused_at_the_place_in_its_body(
    plans: Plans, operation: dict[str, Any], place: str
) -> None:
    await make_plan(plans, "approved")
    fine = {"op": "change_objective", "code": "POA-2026.DNPL.N4.01", "changes": {"number": 7}}
    new = {"cause": "competences", "justification": "Cambiaron las competencias", "operations": [fine, operation]}

    found = await errors(owner(plans), "POST", "/plans/POA-2026/reforms", new)

    assert [pointer for pointer, _ in found] == [f"/operations/1/{place}"]


async def test_an_objective_is_refused_at_the_target_that_is_none(plans: Plans) -> None:
    await make_draft(plans)
    new = {**OBJECTIVE, "aligned_to": ["X", "PEI-2018-2028.OEI5", "Y"]}

    found = await errors(owner(plans), "POST", "/objectives", new)
    assert found == [("/aligned_to/0", "unknown-target"), ("/aligned_to/2", "unknown-target")]
