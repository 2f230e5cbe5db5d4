"""Observation threads: opened and resolved by the planning office, answered by the owner."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from services.kit.answers import JSON_TYPE
from services.kit.problems import Conflict, NotFound
from services.plans.domain.pointers import place
from services.plans.observations.listing import observation_listing
from services.plans.observations.schemas import NewObservation
from services.plans.permissions import PLAN_OBSERVE, PLAN_SUBMIT, PLAN_WRITE
from services.plans.problems import refused
from services.plans.reading import item_text
from services.plans.work import Work, locked_plan

UNDER_REVIEW = ("draft", "submitted", "observed", "validated")
KEYS = {"objectives": "code", "strategies": "code", "projects": "id", "sections": "number"}


class NotUnderReview(Conflict):
    code, title = "plan-not-under-review", "El plan no está en revisión"
    default_detail = "Solo se observa un plan que todavía no se aprobó."


class ObservationResolved(Conflict):
    code, title = "observation-resolved", "La observación ya está resuelta"
    default_detail = "Abra otra observación si queda algo pendiente."


async def refuse_unknown_place(work: Work, plan: str, pointer: str) -> None:
    """Raises Refused when the pointer names nothing of this plan."""
    found = place(pointer)
    # Assignments are another service's; they are named after their plan.
    known = found in (("plans", ""), ("plans", plan)) or (
        found is not None and found[0] == "assignments" and found[1].startswith(f"{plan}.")
    )
    if found is not None and found[0] in KEYS:
        table = "plan_sections" if found[0] == "sections" else found[0]
        known = await work.connection.fetchval(
            f"""SELECT EXISTS (SELECT 1 FROM plans.{table} x WHERE x.{KEYS[found[0]]} = $2 AND x.plan IN
                (SELECT unnest(array[code, parent]) FROM plans.plans WHERE code = $1))""",
            plan,
            found[1],
        )
    if not known:
        detail = "No señala nada de este plan. Use /objectives/<código>, /strategies/…, /projects/…, o vacío."
        raise refused("/pointer", "unknown-pointer", detail)


async def open_thread(work: Work, new: NewObservation) -> Response:
    plan = await locked_plan(work, new.plan)
    await work.demand(plan["dependencia_id"], PLAN_OBSERVE)
    if plan["status"] not in UNDER_REVIEW:
        raise NotUnderReview
    await refuse_unknown_place(work, new.plan, new.pointer)
    number: int = await work.connection.fetchval(
        """INSERT INTO plans.observations (id, plan, pointer, status, opened_by, opened_at)
           VALUES (nextval('plans.observation_ids'), $1, $2, 'open', $3, $4) RETURNING id""",
        new.plan,
        new.pointer.rstrip("/"),
        work.caller.subject,
        work.now,
    )
    await write(work, number, "observation", new.text)
    data = {"plan": new.plan, "pointer": new.pointer.rstrip("/")}
    work.record("observation.opened", str(number), data, dependencia=plan["dependencia"])
    return await thread(work, number, 201)


async def locked_thread(work: Work, number: int) -> tuple[Any, Any]:
    """A thread that is not resolved, and its plan. Raises NotFound or ObservationResolved."""
    row = await work.connection.fetchrow("SELECT * FROM plans.observations WHERE id = $1 FOR UPDATE", number)
    if row is None:
        raise NotFound
    plan = await locked_plan(work, row["plan"])
    if row["status"] == "resolved":
        raise ObservationResolved
    return row, plan


async def answer_thread(work: Work, number: int, text: str) -> Response:
    row, plan = await locked_thread(work, number)
    await work.demand(plan["dependencia_id"], PLAN_WRITE, PLAN_SUBMIT)
    await write(work, number, "answer", text)
    await work.connection.execute("UPDATE plans.observations SET status = 'answered' WHERE id = $1", number)
    work.record("observation.answered", str(number), {"plan": row["plan"]}, dependencia=plan["dependencia"])
    return await thread(work, number, 201)


async def resolve_thread(work: Work, number: int, text: str) -> Response:
    row, plan = await locked_thread(work, number)
    await work.demand(plan["dependencia_id"], PLAN_OBSERVE)
    await write(work, number, "resolution", text)
    await work.connection.execute(
        "UPDATE plans.observations SET status = 'resolved', resolved_by = $2, resolved_at = $3 WHERE id = $1",
        number,
        work.caller.subject,
        work.now,
    )
    work.record("observation.resolved", str(number), {"plan": row["plan"]}, dependencia=plan["dependencia"])
    return await thread(work, number, 201)


async def write(work: Work, number: int, kind: str, text: str) -> None:
    await work.connection.execute(
        """INSERT INTO plans.observation_messages (observation, number, kind, text, author, written_at)
           SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5
           FROM plans.observation_messages WHERE observation = $1""",
        number,
        kind,
        text,
        work.caller.subject,
        work.now,
    )


async def thread(work: Work, number: int, status: int) -> Response:
    text = await item_text(work.connection, observation_listing(work.caller).where("b.id = {}", number))
    return Response(text, status, {"Location": f"/api/v1/observations/{number}"}, media_type=JSON_TYPE)
