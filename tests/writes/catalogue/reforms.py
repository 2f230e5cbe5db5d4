"""Reforms of approved plans."""

from __future__ import annotations

from typing import Any

from tests.writes.catalogue.workflow import plan_that_is
from tests.writes.example import Call, example, rows
from tests.writes.world import OWNER, Writers


def wanted(aim: str) -> dict[str, Any]:
    changes = {"statement": "Incrementar la calidad de los planes MEDIANTE su revisión"}
    return {
        "cause": "evaluation_action_plans",
        "justification": "La evaluación del primer semestre lo recomienda.",
        "operations": [{"op": "change_objective", "code": aim, "changes": changes}],
    }


async def prepared(writers: Writers) -> tuple[str, int]:
    """The plan, and the number of a reform of it."""
    code, aim = await plan_that_is(writers, "approved")
    return code, (await writers.post(OWNER, f"/plans/{code}/reforms", wanted(aim)))["number"]


@example("POST /api/v1/plans/{code}/reforms", "plan.reform-created")
async def prepares_a_reform(writers: Writers) -> Call:
    code, aim = await plan_that_is(writers, "approved")
    body = wanted(aim)
    audit, other = rows(f"plan.reform-created {code}"), {**body, "justification": "Otra justificación cualquiera."}
    return Call(OWNER, f"/api/v1/plans/{code}/reforms", body, audit, place="DG", other=other)


@example("PATCH /api/v1/plans/{code}/reforms/{number}", "plan.reform-changed")
async def changes_a_reform(writers: Writers) -> Call:
    code, number = await prepared(writers)
    body = {"justification": "La evaluación anual lo recomienda."}
    audit = rows(f"plan.reform-changed {code}")
    return Call(OWNER, f"/api/v1/plans/{code}/reforms/{number}", body, audit, place="DG")


@example("POST /api/v1/plans/{code}/reforms/{number}/transitions", "plan.reform-submitted")
async def submits_a_reform(writers: Writers) -> Call:
    code, number = await prepared(writers)
    path, audit = f"/api/v1/plans/{code}/reforms/{number}/transitions", rows(f"plan.reform-submitted {code}")
    other = {"to": "submitted", "reason": "Otra razón"}
    return Call(OWNER, path, {"to": "submitted"}, audit, place="DG", other=other)
