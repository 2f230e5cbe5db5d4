"""Plans and procurement of a dependencia that a reorganisation ended in the middle of the year."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from iesspr.postgres import DatabaseUrls
from tests.plans.harness import Plans, grant
from tests.plans.test_pac import LINE
from tests.plans.test_workflow import ACT, OBJECTIVE, PLAN, authority, move, office, owner

ENDED, HEIR = "DNCS", "DNRI"
LATER = {"code": "POA-2027", "title": "Plan 2027", "period_from": "2027-01-01", "period_to": "2027-12-31"}
CODE = f"POA-2026.{ENDED}.N4.01"


@pytest_asyncio.fixture
async def ended(
    plans: Plans, writable: tuple[DatabaseUrls, asyncpg.Connection[asyncpg.Record], str]
) -> AsyncIterator[Plans]:
    """DNCS with a plan in execution; it was merged away at the end of January."""
    await owner(plans).post("/plans", {**PLAN, "dependencia": ENDED})
    await owner(plans).post("/objectives", {**OBJECTIVE, "dependencia": ENDED})
    for who, to, rest in (
        (owner(plans), "submitted", {}),
        (office(plans), "validated", {}),
        (authority(plans), "approved", {"act": ACT}),
    ):
        assert (await move(who, to, **rest))[0] == 200
    end = "UPDATE plans.org_units SET valid_to = {} WHERE code = $1"
    await writable[1].execute(end.format("'2026-01-31'"), ENDED)
    yield plans
    await writable[1].execute(end.format("NULL"), ENDED)


def reform(dependencia: str) -> dict[str, Any]:
    new = {**OBJECTIVE, "dependencia": dependencia, "valid_from": "2026-02-01"}
    operations = [
        {"op": "end_objective", "code": CODE, "on": "2026-01-31"},
        {"op": "add_objective", "objective": {**new, "statement": "Incrementar el orden MEDIANTE listas"}},
    ]
    return {"cause": "competences", "justification": "La unidad se fusionó con otra", "operations": operations}


async def test_a_reform_moves_its_objectives_to_who_takes_over(ended: Plans) -> None:
    answer = await owner(ended).call("POST", "/plans/POA-2026/reforms?dry_run=true", reform(HEIR))

    assert answer.status_code == 200, answer.json()
    assert [o["dependencia"] for o in answer.json()["diff"]["objectives"]["added"]] == [HEIR]


async def test_only_to_where_the_author_writes_plans(ended: Plans) -> None:
    """Who writes the ended unit's plans alone commits nobody else."""
    titular = ended.by(grant("plan:read plan:write", ENDED), subject="titular.dncs")

    answer = await titular.call("POST", "/plans/POA-2026/reforms?dry_run=true", reform(HEIR))

    pointer = "/operations/1/objective/dependencia"
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, "other-dependencia")]


async def test_a_living_unit_s_plan_commits_nobody_else(plans: Plans) -> None:
    await owner(plans).post("/plans", {**PLAN, "dependencia": ENDED})

    answer = await owner(plans).call("POST", "/objectives", {**OBJECTIVE, "dependencia": HEIR})

    assert answer.json()["errors"][0]["code"] == "other-dependencia"


async def test_its_plan_does_not_go_on_in_its_name(ended: Plans) -> None:
    """Nobody would answer for the successor; nor may anybody create a plan for it."""
    body = {**LATER, "ends": [CODE]}

    answer = await owner(ended).call("POST", "/plans/POA-2026/rollovers?dry_run=true", body)

    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/period_from", "unknown-dependencia")]


@pytest.mark.parametrize(("year", "status"), [(2025, 201), (2026, 201), (2027, 422)])
async def test_lines_are_of_a_year_in_which_it_existed(ended: Plans, year: int, status: int) -> None:
    buyer = ended.by(grant("pac:read pac:write"), subject="compras")

    answer = await buyer.call("POST", "/pac-lines", {**LINE, "dependencia": ENDED, "year": year})

    assert answer.status_code == status
