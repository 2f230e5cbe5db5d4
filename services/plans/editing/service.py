"""Editing a draft: who may, in which state, and every rule judged before it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import Response

from services.kit.access import about
from services.kit.answers import JSON_TYPE, created, etag_for, require_match
from services.kit.pages import Listing
from services.kit.problems import NotFound
from services.plans.domain.workflow import EDITABLE
from services.plans.editing import applying
from services.plans.editing import repository as rows
from services.plans.editing.schemas import NewObjective, NewPlan, NewStrategy, PlanChange
from services.plans.folding import folded
from services.plans.objectives.listing import objective_listing, strategy_listing
from services.plans.permissions import PLAN_WRITE
from services.plans.plans.listing import plan_listing
from services.plans.problems import PlanExists, PlanNotInDraft, StillReferenced, refused
from services.plans.reading import item_text
from services.plans.visibility import plan_visible
from services.plans.work import Work, locked_plan

# A plan that the caller sees, with itself and all it develops in turn.
PARENT = """
WITH RECURSIVE above (code) AS (
    SELECT $1::text UNION SELECT u.parent FROM plans.plans u JOIN above ON above.code = u.code
    WHERE u.parent IS NOT NULL
) SELECT p.period_from, p.period_to, (SELECT array_agg(code) FROM above) AS above
FROM plans.plans p WHERE p.code = $1 AND ({visible})"""


async def editable_plan(work: Work, code: str) -> Any:
    """The plan, locked, when the caller may edit it now. Raises NotFound, Forbidden or PlanNotInDraft."""
    plan = await locked_plan(work, code)
    await work.demand(plan["dependencia_id"], PLAN_WRITE)
    if plan["status"] not in EDITABLE:
        raise PlanNotInDraft
    return plan


async def create_plan(work: Work, new: NewPlan) -> Response:
    if new.period_from > new.period_to:
        raise refused("/period_to", "date-hole", "El período termina antes de empezar.")
    unit = await rows.dependencia_id(work, new.dependencia, new.period_from, "/dependencia")
    await work.demand(unit, PLAN_WRITE)
    await rows.take_turn_to_name(work)
    if await rows.exists(work, "plans", new.code):
        raise PlanExists
    if new.parent is not None:
        await parent_covers(work, new.code, new.parent, (new.period_from, new.period_to))
    values = {
        "code": new.code,
        "kind": new.kind,
        "title": new.title,
        "title_folded": folded(new.title),
        "dependencia_id": unit,
        "parent": new.parent,
        "period_from": new.period_from,
        "period_to": new.period_to,
        "status": "draft",
        "version": 0,
    }
    await rows.insert(work, "plans", values)
    work.record("plan.created", new.code, {"status": "draft"}, dependencia=new.dependencia)
    text = await item_text(work.connection, plan_listing(work.caller).where("p.code = {}", new.code))
    return created(text, f"/api/v1/plans/{new.code}", etag=etag_for(text))


async def parent_covers(work: Work, code: str, parent: str, period: tuple[date, date]) -> None:
    """A POA develops another plan that the caller sees and that rules during its period. Raises Refused."""
    clause, values = plan_visible(work.caller)
    visible = clause.format(*(f"${number}" for number in range(2, len(values) + 2)))
    row = await work.connection.fetchrow(PARENT.format(visible=visible), parent, *values)
    if row is None:
        raise refused("/parent", "unknown-plan", f"No existe el plan «{parent}».")
    if code in row["above"]:
        detail = f"{parent} es {code} o lo desarrolla: un plan no se desarrolla a sí mismo."
        raise refused("/parent", "parent-cycle", detail)
    if period[0] < row["period_from"] or period[1] > row["period_to"]:
        detail = f"{parent} rige del {row['period_from']} al {row['period_to']}: no cubre el período del plan."
        raise refused("/parent", "date-hole", detail)


async def change_plan(work: Work, code: str, change: PlanChange) -> Response:
    plan = await editable_plan(work, code)
    listing = plan_listing(work.caller).where("p.code = {}", code)
    require_match(work.request, etag_for(await item_text(work.connection, listing)))
    values = change.model_dump(exclude_unset=True)
    period = (values.get("period_from", plan["period_from"]), values.get("period_to", plan["period_to"]))
    if period[0] > period[1]:
        raise refused("/period_to", "date-hole", "El período termina antes de empezar.")
    if period[0] < plan["period_from"]:
        await rows.dependencia_id(work, plan["dependencia"], period[0], "/period_from")
    parent = values.get("parent", plan["parent"])
    if parent is not None:
        await parent_covers(work, code, parent, period)
    if "title" in values:
        values["title_folded"] = folded(values["title"])
    async with applying.judged(work, code):
        await rows.change(work, "plans", code, values)
    work.record("plan.changed", code, {"fields": sorted(values)}, dependencia=plan["dependencia"])
    return await written(work, listing)


# What a draft is not removed over. $1 the plan.
USED = """SELECT EXISTS (SELECT FROM plans.objectives WHERE plan = $1)
    OR EXISTS (SELECT FROM plans.strategies WHERE plan = $1) OR EXISTS (SELECT FROM plans.projects WHERE plan = $1)
    OR EXISTS (SELECT FROM plans.observations WHERE plan = $1) OR EXISTS (SELECT FROM plans.plans WHERE parent = $1)
    OR EXISTS (SELECT FROM plans.plan_transitions WHERE plan = $1)"""


async def remove_plan(work: Work, code: str) -> Response:
    """Takes an empty draft away; its code is free again, for nobody but its authors has seen it."""
    plan = await editable_plan(work, code)
    listing = plan_listing(work.caller).where("p.code = {}", code)
    require_match(work.request, etag_for(await item_text(work.connection, listing)))
    if await work.connection.fetchval(USED, code):
        detail = "Quite antes lo que contiene y a quien lo desarrolla. Uno que se envió o se observó ya no se elimina."
        raise StillReferenced(detail)
    await work.connection.execute("DELETE FROM plans.plan_sections WHERE plan = $1", code)
    await work.connection.execute("DELETE FROM plans.plans WHERE code = $1", code)
    work.record("plan.removed", code, {"status": "draft"}, dependencia=plan["dependencia"])
    return Response(status_code=204)


async def written(work: Work, listing: Listing, status: int = 200, location: str | None = None) -> Response:
    """The resource as it now is, with its ETag."""
    text = await item_text(work.connection, listing)
    headers = {"ETag": etag_for(text)}
    if location is not None:
        headers["Location"] = location
    return Response(text, status, headers, media_type=JSON_TYPE)


async def create_objective(work: Work, new: NewObjective) -> Response:
    plan = await editable_plan(work, new.plan)
    async with applying.judged(work, new.plan):
        code = await applying.add_objective(work, plan, new)
    work.record("objective.created", code, {"plan": new.plan}, dependencia=new.dependencia)
    listing = objective_listing(work.caller).where("o.code = {}", code)
    return await written(work, listing, 201, f"/api/v1/objectives/{code}")


async def create_strategy(work: Work, new: NewStrategy) -> Response:
    plan = await editable_plan(work, new.plan)
    async with applying.judged(work, new.plan):
        code = await applying.add_strategy(work, plan, new)
    work.record("strategy.created", code, {"plan": new.plan}, dependencia=plan["dependencia"])
    listing = strategy_listing(work.caller).where("s.code = {}", code)
    return await written(work, listing, 201, f"/api/v1/strategies/{code}")


async def plan_of(work: Work, kind: str, code: str) -> str:
    """The plan of an objective or strategy. Raises NotFound."""
    table = "objectives" if kind == "objective" else "strategies"
    plan: str | None = await work.connection.fetchval(f"SELECT plan FROM plans.{table} WHERE code = $1", code)
    if plan is None:
        raise NotFound
    return plan


async def place_of(work: Work, plan: Mapping[str, Any], kind: str, code: str) -> str:
    """Whose an objective is; a strategy is its plan's."""
    place: str = plan["dependencia"]
    if kind == "objective":
        place = await work.connection.fetchval(
            """SELECT u.code FROM plans.objectives o JOIN plans.org_units u ON u.id = o.dependencia_id
               WHERE o.code = $1""",
            code,
        )
    return place


def listing_of(work: Work, kind: str, code: str) -> Listing:
    if kind == "objective":
        return objective_listing(work.caller).where("o.code = {}", code)
    return strategy_listing(work.caller).where("s.code = {}", code)


async def change_part(work: Work, kind: str, code: str, changes: Mapping[str, Any]) -> Response:
    """Changes an objective or strategy that the caller read in its current form (If-Match)."""
    plan = await editable_plan(work, await plan_of(work, kind, code))
    listing, place = listing_of(work, kind, code), await place_of(work, plan, kind, code)
    about(place)
    require_match(work.request, etag_for(await item_text(work.connection, listing)))
    apply = applying.change_objective if kind == "objective" else applying.change_strategy
    async with applying.judged(work, plan["code"]):
        await apply(work, plan, code, changes)
    place = await place_of(work, plan, kind, code)
    work.record(f"{kind}.changed", code, {"plan": plan["code"], "fields": sorted(changes)}, dependencia=place)
    return await written(work, listing)


async def remove_part(work: Work, kind: str, code: str) -> Response:
    plan = await editable_plan(work, await plan_of(work, kind, code))
    place = await place_of(work, plan, kind, code)
    about(place)
    require_match(work.request, etag_for(await item_text(work.connection, listing_of(work, kind, code))))
    async with applying.judged(work, plan["code"]):
        await applying.remove(work, plan, kind, code)
    work.record(f"{kind}.removed", code, {"plan": plan["code"]}, dependencia=place)
    return Response(status_code=204)
