"""Reading what hangs on a project: only for who reaches the project."""

from __future__ import annotations

import asyncpg
from fastapi import Request, Response

from services.kit.access import Caller
from services.kit.answers import answer
from services.kit.database import Pool
from services.kit.pages import Key, Listing, Page, instant
from services.kit.problems import NotFound
from services.plans.projects.listing import project_listing
from services.plans.reading import item_text
from services.plans.tracking.parts import part_text

# Table and alias, columns, of what a project has several of, by number.
_PARTS = {
    "milestones": (
        "plans.project_milestones m",
        {
            "number": "m.number",
            "name": "m.name",
            "weight_percent": "m.weight_percent::text",
            "planned_on": "m.planned_on",
            "done_on": "m.done_on",
        },
    ),
    "risks": (
        "plans.project_risks k",
        {
            "number": "k.number",
            "description": "k.description",
            "probability": "k.probability",
            "impact": "k.impact",
            "exposure": "k.probability * k.impact",
            "response": "k.response",
            "plan_of_response": "k.plan_of_response",
            "status": "k.status",
        },
    ),
    "transitions": (
        "plans.project_transitions t",
        {
            "number": "t.number",
            "from": "t.from_phase",
            "to": "t.to_phase",
            "reason": "t.reason",
            "effective_on": "t.effective_on",
            "actor": "t.actor",
            "occurred_at": instant("t.occurred_at"),
        },
    ),
}


async def refuse_unseen(project: str, request: Request, reader: Pool, caller: Caller) -> None:
    """Raises NotFound when the caller does not reach the project."""
    listing = project_listing(caller, request.app.state.clock.today())
    await item_text(reader, listing.where("r.id = {}", project))


async def seen_project(project: str, request: Request, reader: Pool, caller: Caller) -> asyncpg.Record:
    """The project's row. Raises NotFound when the caller does not reach it."""
    await refuse_unseen(project, request, reader, caller)
    row = await reader.fetchrow("SELECT * FROM plans.projects WHERE id = $1", project)
    if row is None:
        raise NotFound
    return row


def part_listing(name: str, project: str) -> Listing:
    """Transitions, milestones or risks of a project, in their order."""
    source, columns = _PARTS[name]
    alias = source.split(" ")[1]
    listing = Listing(
        columns=columns,
        source=source,
        keys={"number": Key(f"{alias}.number", "integer")},
        order="number",
        unique="number",
    )
    return listing.where(f"{alias}.project = {{}}", project)


def budget_listing(project: str) -> Listing:
    listing = Listing(
        columns={"year": "g.year", "planned": "g.planned::text", "accrued": "g.accrued::text"},
        source="plans.project_budgets g",
        keys={"year": Key("g.year", "integer")},
        order="year",
        unique="year",
    )
    return listing.where("g.project = {}", project)


async def list_part(
    listing: Listing, project: str, request: Request, reader: Pool, caller: Caller, page: Page
) -> Response:
    await refuse_unseen(project, request, reader, caller)
    return await listing.answer(reader, request, page)


async def read_part(sql: str, project: str, number: int, request: Request, reader: Pool, caller: Caller) -> Response:
    await refuse_unseen(project, request, reader, caller)
    return answer(request, await part_text(reader, sql, project, number))
