"""Plans on their way from draft to closed: transitions, observations, the next year."""

from __future__ import annotations

from typing import Any, Final

from tests.writes.catalogue.drafts import objective, plan
from tests.writes.example import Call, example, rows
from tests.writes.world import AUTHORITY, OFFICE, OWNER, Writers

CLONED: Final = dict.fromkeys(
    ("plans", "objectives", "strategies", "alignments", "projects", "project_owners"),
    "the clone is tried under a savepoint, which has a number of its own",
)


def act(writers: Writers) -> dict[str, str]:
    return {"body": "Dirección General", "number": "IESS-DG-2026-0001-R", "date": str(writers.today)}


async def plan_that_is(writers: Writers, status: str) -> tuple[str, str]:
    """A plan that has come as far as the status, and its objective."""
    code = await plan(writers)
    aim = await objective(writers, code)
    steps: list[tuple[str, str, dict[str, Any]]] = [
        (OWNER, "submitted", {}),
        (OFFICE, "validated", {}),
        (AUTHORITY, "approved", {"act": act(writers)}),
    ]
    for who, to, rest in steps:
        await writers.post(who, f"/plans/{code}/transitions", {"to": to, **rest})
        if to == status:
            return code, aim
    raise ValueError(status)


async def observed(writers: Writers) -> tuple[str, int]:
    """A plan with an observation, and its number."""
    code, aim = await plan_that_is(writers, "submitted")
    body = {"plan": code, "pointer": f"/objectives/{aim}", "text": "Alinee también con la estrategia 4."}
    return code, (await writers.post(OFFICE, "/observations", body))["id"]


@example("POST /api/v1/plans/{code}/transitions", "plan.approved")
async def approves_a_plan(writers: Writers) -> Call:
    code, _ = await plan_that_is(writers, "validated")
    body = {"to": "approved", "act": act(writers)}
    audit, other = rows(f"plan.approved {code}"), {"to": "observed", "reason": "Falta el sustento"}
    return Call(AUTHORITY, f"/api/v1/plans/{code}/transitions", body, audit, place="DG", other=other)


@example("POST /api/v1/plans/{code}/rollovers", "plan.rolled-over", savepoint=CLONED)
async def rolls_a_plan_over(writers: Writers) -> Call:
    code, _ = await plan_that_is(writers, "approved")
    new = f"POA-2028-{writers.number()}"
    body = {"code": new, "title": "El año que viene", "period_from": "2028-01-01", "period_to": "2028-12-31"}
    audit = rows(f"plan.rolled-over {new}")
    path, other = f"/api/v1/plans/{code}/rollovers", {**body, "title": "Otro título"}
    return Call(OWNER, path, body, audit, place="DG", other=other)


@example("POST /api/v1/observations", "observation.opened")
async def observes(writers: Writers) -> Call:
    code, aim = await plan_that_is(writers, "submitted")
    body = {"plan": code, "pointer": f"/objectives/{aim}", "text": "Alinee también con la estrategia 4."}
    audit = rows("observation.opened {id}")
    return Call(OFFICE, "/api/v1/observations", body, audit, place="DG", other={**body, "text": "Otra"})


@example("POST /api/v1/observations/{number}/answers", "observation.answered")
async def answers_an_observation(writers: Writers) -> Call:
    _, number = await observed(writers)
    path, audit = f"/api/v1/observations/{number}/answers", rows(f"observation.answered {number}")
    return Call(OWNER, path, {"text": "Se alineó."}, audit, place="DG", other={"text": "No se alineó."})


@example("POST /api/v1/observations/{number}/resolution", "observation.resolved")
async def resolves_an_observation(writers: Writers) -> Call:
    _, number = await observed(writers)
    path, audit = f"/api/v1/observations/{number}/resolution", rows(f"observation.resolved {number}")
    return Call(OFFICE, path, {"text": "Conforme."}, audit, place="DG", other={"text": "Así sea."})
