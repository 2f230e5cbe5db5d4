"""Cloning an approved plan into the draft of the next period, previewed first, in one transaction."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import Response

from services.kit.answers import JSON_TYPE, json_bytes
from services.kit.clients import ServiceClient
from services.kit.problems import FieldError
from services.plans.domain.rollover import Rollover, renamed, roll, unknown
from services.plans.domain.workflow import REFORMABLE
from services.plans.editing.applying import judge
from services.plans.editing.repository import exists, take_turn_to_name
from services.plans.editing.service import parent_covers
from services.plans.methodology.indicators import indicators_of
from services.plans.methodology.loading import load_content
from services.plans.permissions import PLAN_WRITE
from services.plans.problems import PlanExists, PlanNotApproved, Refused, refused
from services.plans.reforms.applying import Undo
from services.plans.rollover.cloning import clone
from services.plans.rollover.naming import refuse_taken_names
from services.plans.rollover.schemas import NewRollover
from services.plans.work import Work, locked_plan


async def roll_over(work: Work, code: str, new: NewRollover, client: ServiceClient, *, dry_run: bool) -> Response:
    """The preview, or the new draft with the same answer. A preview is refused for what the rollover would be."""
    plan = await locked_plan(work, code)
    await work.demand(plan["dependencia_id"], PLAN_WRITE)
    if plan["status"] not in (*REFORMABLE, "closed"):
        raise PlanNotApproved("Solo se clona un plan aprobado, en ejecución o cerrado.")
    parent = new.parent or plan["parent"]
    await refuse_wrong_period(work, plan, new, parent)
    # Asked before anything is held up for everybody.
    indicators = await indicators_of(client, code)
    await take_turn_to_name(work)
    if await exists(work, "plans", new.code):
        raise PlanExists
    content = await load_content(work.connection, code)
    strangers = unknown(content, new.ends)
    if strangers:
        raise refused("/ends", "unknown-code", f"No son de {code}: {', '.join(strangers)}.")
    successors = None if parent == plan["parent"] else await successors_in(work, parent)
    rolled = roll(content, (new.period_from, new.period_to), new.ends, successors)
    await refuse_taken_names(work, code, new, rolled)
    await refuse_gone_dependencias(work, plan, new, rolled)
    try:
        async with work.connection.transaction():
            await clone(work, code, parent, new, rolled)
            await judge(work, new.code)
            if dry_run:
                raise Undo
    except Undo:
        pass
    body = {
        "from": code,
        "to": new.code,
        "dry_run": dry_run,
        "continues": pairs(rolled.continues, code, new.code),
        "ends": [*rolled.ends, *rolled.projects_ended],
        "dropped_alignments": [{"from": a.from_, "to": a.target} for a in rolled.dropped],
        "projects": pairs([p.id for p in rolled.projects], code, new.code),
        "carried_over": list(rolled.carried_over),
        "indicators": None if indicators is None else lineage(indicators, rolled, code, new.code),
        "unavailable": ["indicators"] if indicators is None else [],
    }
    if dry_run:
        return Response(json_bytes(body), 200, media_type=JSON_TYPE)
    # What the indicators service needs to take the assignments along; `renamed`, what is not named after its plan.
    odd = {part: renamed(part, code, new.code) for part in rolled.continues if not part.startswith(f"{code}.")}
    data = {"from": code, "ends": list(rolled.ends), "renamed": odd, "by": work.caller.subject}
    work.record("plan.rolled-over", new.code, data, dependencia=plan["dependencia"])
    headers = {"Location": f"/api/v1/plans/{new.code}"}
    return Response(json_bytes(body), 201, headers, media_type=JSON_TYPE)


async def refuse_wrong_period(work: Work, plan: Any, new: NewRollover, parent: str | None) -> None:
    if new.period_from > new.period_to:
        raise refused("/period_to", "date-hole", "El período termina antes de empezar.")
    if new.period_from <= plan["period_to"]:
        detail = f"El período nuevo empieza después del {plan['period_to']}, cuando termina {plan['code']}."
        raise refused("/period_from", "period-overlap", detail)
    if parent is not None:
        await parent_covers(work, new.code, parent, (new.period_from, new.period_to))


async def successors_in(work: Work, parent: str | None) -> dict[str, str]:
    """What each objective or strategy of another plan is continued by in this one."""
    rows = await work.connection.fetch(
        """SELECT continues, code FROM plans.objectives WHERE plan = $1 AND continues IS NOT NULL
           UNION ALL SELECT continues, code FROM plans.strategies WHERE plan = $1 AND continues IS NOT NULL""",
        parent,
    )
    return {row["continues"]: row["code"] for row in rows}


async def refuse_gone_dependencias(work: Work, plan: Any, new: NewRollover, rolled: Rollover) -> None:
    """Raises Refused naming what would continue in a dependencia that no longer exists when the new plan begins."""
    last: date | None = await work.connection.fetchval(
        "SELECT valid_to FROM plans.org_units WHERE id = $1", plan["dependencia_id"]
    )
    if last is not None and last < new.period_from:
        detail = f"«{plan['dependencia']}» existió hasta el {last}: haga el plan de quien la sucede."
        raise refused("/period_from", "unknown-dependencia", detail)
    rows = await work.connection.fetch(
        """SELECT x.code, u.code AS dependencia FROM (
               SELECT code, dependencia_id FROM plans.objectives WHERE code = ANY($1::text[])
               UNION ALL SELECT id, dependencia_id FROM plans.projects WHERE id = ANY($2::text[])
           ) x JOIN plans.org_units u ON u.id = x.dependencia_id WHERE u.valid_to < $3 ORDER BY 1""",
        list(rolled.continues),
        [p.id for p in rolled.projects],
        new.period_from,
    )
    if rows:
        detail = "{code} es de «{dependencia}», que ya no existe el {day}: nómbrelo en ends."
        raise Refused(
            [FieldError("/ends", "unknown-dependencia", detail.format(**r, day=new.period_from)) for r in rows]
        )


def pairs(codes: Any, old: str, new: str) -> list[dict[str, str]]:
    return [{"from": code, "to": renamed(code, old, new)} for code in codes]


def lineage(indicators: Any, rolled: Rollover, old: str, new: str) -> list[dict[str, Any]]:
    """The assignments that go on in the new plan, of the same indicators; those of an objective that ends do not."""
    ended = set(rolled.ends)
    return [
        {
            "assignment": i.assignment,
            "continues": i.objective not in ended,
            "to": None if i.objective in ended else renamed(i.assignment, old, new),
        }
        for i in indicators
    ]
