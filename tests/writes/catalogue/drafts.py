"""Plans while they are drafts: the plan, its objectives and strategies, and the rules that judge them."""

from __future__ import annotations

from typing import Any, Final

from tests.writes.example import Call, example, rows
from tests.writes.world import OFFICE, OWNER, Writers

STATEMENT: Final = "Incrementar el cumplimiento de los planes MEDIANTE su seguimiento"


def new_plan(writers: Writers) -> dict[str, Any]:
    number = writers.number()
    return {
        "code": f"POA-2027-{number}",
        "kind": "poa",
        "title": f"Plan Operativo Anual 2027, {number}",
        "dependencia": "DG",
        "parent": "PEI-2018-2028",
        "period_from": "2027-01-01",
        "period_to": "2027-12-31",
    }


async def plan(writers: Writers) -> str:
    """The code of a new draft."""
    return str((await writers.post(OWNER, "/plans", new_plan(writers)))["code"])


def new_objective(code: str) -> dict[str, Any]:
    aligned = ["PEI-2018-2028.OEI5", "PEI-2018-2028.OEI5.E5"]
    return {
        "plan": code,
        "dependencia": "DNTI",
        "level": "N4",
        "statement": STATEMENT,
        "aligned_to": aligned,
    }


async def objective(writers: Writers, code: str) -> str:
    return str((await writers.post(OWNER, "/objectives", new_objective(code)))["code"])


async def strategy(writers: Writers) -> str:
    code = await plan(writers)
    body = {"plan": code, "objective": await objective(writers, code), "text": "Medir cada mes"}
    return str((await writers.post(OWNER, "/strategies", body))["code"])


@example("POST /api/v1/plans", "plan.created")
async def creates_a_plan(writers: Writers) -> Call:
    body = new_plan(writers)
    audit = rows(f"plan.created {body['code']}")
    return Call(OWNER, "/api/v1/plans", body, audit, place="DG", other={**body, "title": "Otro título"})


@example("PATCH /api/v1/plans/{code}", "plan.changed")
async def changes_a_plan(writers: Writers) -> Call:
    code = await plan(writers)
    return Call(OWNER, f"/api/v1/plans/{code}", {"title": "Otro título"}, rows(f"plan.changed {code}"), place="DG")


@example("DELETE /api/v1/plans/{code}", "plan.removed")
async def takes_an_empty_plan_away(writers: Writers) -> Call:
    code = await plan(writers)
    return Call(OWNER, f"/api/v1/plans/{code}", audit=rows(f"plan.removed {code}"), place="DG")


@example("POST /api/v1/objectives", "objective.created")
async def adds_an_objective(writers: Writers) -> Call:
    body = new_objective(await plan(writers))
    other = {**body, "statement": "Reducir los tiempos MEDIANTE turnos"}
    return Call(OWNER, "/api/v1/objectives", body, rows("objective.created {code}"), place="DNTI", other=other)


@example("PATCH /api/v1/objectives/{code}", "objective.changed")
async def changes_an_objective(writers: Writers) -> Call:
    code = await objective(writers, await plan(writers))
    body = {"statement": "Reducir los tiempos MEDIANTE turnos"}
    return Call(OWNER, f"/api/v1/objectives/{code}", body, rows(f"objective.changed {code}"), place="DNTI")


@example("DELETE /api/v1/objectives/{code}", "objective.removed")
async def removes_an_objective(writers: Writers) -> Call:
    code = await objective(writers, await plan(writers))
    return Call(OWNER, f"/api/v1/objectives/{code}", audit=rows(f"objective.removed {code}"), place="DNTI")


@example("POST /api/v1/strategies", "strategy.created")
async def adds_a_strategy(writers: Writers) -> Call:
    code = await plan(writers)
    body = {"plan": code, "objective": await objective(writers, code), "text": "Medir cada mes"}
    audit = rows("strategy.created {code}")
    return Call(OWNER, "/api/v1/strategies", body, audit, place="DG", other={**body, "text": "Medir cada año"})


@example("PATCH /api/v1/strategies/{code}", "strategy.changed")
async def changes_a_strategy(writers: Writers) -> Call:
    code = await strategy(writers)
    audit = rows(f"strategy.changed {code}")
    return Call(OWNER, f"/api/v1/strategies/{code}", {"text": "Medir cada año"}, audit, place="DG")


@example("DELETE /api/v1/strategies/{code}", "strategy.removed")
async def removes_a_strategy(writers: Writers) -> Call:
    code = await strategy(writers)
    return Call(OWNER, f"/api/v1/strategies/{code}", audit=rows(f"strategy.removed {code}"), place="DG")


@example("POST /api/v1/plan-policies/{code}", "policy.changed")
async def adds_a_plan_policy(writers: Writers) -> Call:
    body = {
        "valid_from": str(writers.today),
        "reason": "Más exigente",
        "rules": {"amber_points": "1", "red_points": "2"},
    }
    return Call(
        OFFICE,
        "/api/v1/plan-policies/PROYECTOS",
        body,
        rows("policy.changed plan-policies/PROYECTOS/2"),
        other={**body, "reason": "Otra razón"},
    )
