"""Codes are taken by one at a time: who comes second is told so, whoever comes at the same moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from tests.plans.harness import Plans
from tests.plans.test_workflow import OBJECTIVE, PLAN, owner

FOUR = [f"POA-2026-{letter}" for letter in "ABCD"]


async def at_once(plans: Plans, path: str, bodies: list[Any]) -> list[Any]:
    return await asyncio.gather(*(plans.call("POST", path, body) for body in bodies))


def outcomes(answers: list[Any]) -> Counter[tuple[int, str | None]]:
    return Counter((a.status_code, None if a.status_code == 201 else a.json()["code"]) for a in answers)


async def drafts(plans: Plans) -> None:
    for code in FOUR:
        await owner(plans).post("/plans", {**PLAN, "code": code})


async def test_one_plan_is_made_of_one_code(plans: Plans) -> None:
    answers = await at_once(owner(plans), "/plans", [PLAN] * 4)

    assert outcomes(answers) == {(201, None): 1, (409, "code-already-used"): 3}


async def test_one_objective_is_made_of_one_code_whatever_its_plan(plans: Plans) -> None:
    await drafts(plans)

    answers = await at_once(owner(plans), "/objectives", [{**OBJECTIVE, "plan": code, "code": "O-1"} for code in FOUR])

    assert outcomes(answers) == {(201, None): 1, (409, "code-already-used"): 3}


async def test_strategies_of_several_plans_below_one_objective_get_codes_of_their_own(plans: Plans) -> None:
    await drafts(plans)
    bodies = [{"plan": code, "objective": "PEI-2018-2028.OEI5", "text": "Escuchar a la gente"} for code in FOUR]

    answers = await at_once(owner(plans), "/strategies", bodies)

    assert sorted(a.json()["code"] for a in answers) == [f"PEI-2018-2028.OEI5.E{n}" for n in (6, 7, 8, 9)]


async def test_one_project_of_an_owner_and_year_is_made_of_one_code(plans: Plans) -> None:
    await drafts(plans)
    new = {"kind": "project", "name": "Ordenar archivos", "dependencia": "DNPL", "owners": ["DNPL"], "code": "C9"}

    answers = await at_once(plans, "/projects", [{**new, "plan": code} for code in FOUR])

    assert outcomes(answers) == {(201, None): 1, (409, "code-already-used"): 3}
