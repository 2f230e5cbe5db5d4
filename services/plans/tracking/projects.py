"""Creating and changing projects of a draft plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import Response

from services.kit.access import about
from services.kit.answers import JSON_TYPE, etag_for, require_match
from services.kit.problems import NotFound
from services.plans.editing.repository import (
    dependencia_id,
    exists,
    next_ordinal,
    own_dependencia_id,
    take_turn_to_name,
)
from services.plans.editing.service import editable_plan
from services.plans.folding import folded
from services.plans.permissions import PLAN_WRITE
from services.plans.problems import PlanNotInDraft, StillReferenced, refused
from services.plans.projects.listing import project_listing
from services.plans.reading import item_text
from services.plans.tracking.committed import set_components, set_owners
from services.plans.tracking.reaching import locked_project, owners_of
from services.plans.tracking.schemas import NewProject, ProjectChange
from services.plans.work import Work

EDITABLE = ("draft", "observed")
# What hangs on a project: rows that only tell of it, and those that nobody deletes.
PARTS = ("project_owners", "project_components", "project_milestones", "project_risks", "project_budgets")
HISTORY = ("project_transitions", "project_reports")


async def shown_project(work: Work, project: str, status: int = 200) -> Response:
    text = await item_text(work.connection, project_listing(work.caller, work.today).where("r.id = {}", project))
    headers = {"ETag": etag_for(text), "Location": f"/api/v1/projects/{project}"}
    return Response(text, status, headers, media_type=JSON_TYPE)


async def create_project(work: Work, new: NewProject) -> Response:
    """A project or action plan in a draft plan, with its owners and components."""
    plan = await editable_plan(work, new.plan)
    project = await insert_project(work, plan, new)
    work.record("project.created", project, {"plan": new.plan, "kind": new.kind}, dependencia=new.dependencia)
    return await shown_project(work, project, 201)


async def insert_project(work: Work, plan: Mapping[str, Any], new: NewProject) -> str:
    """Rows of a new project of a plan, whoever may add it. Returns its id. Raises Refused or PlanExists."""
    if new.start_date and new.end_date and new.start_date > new.end_date:
        raise refused("/end_date", "date-hole", "El proyecto termina antes de empezar.")
    on = new.start_date or plan["period_from"]
    unit = await own_dependencia_id(work, plan, new.dependencia, on, "/dependencia")
    owners = [await dependencia_id(work, code, on, f"/owners/{i}") for i, code in enumerate(new.owners)]
    await take_turn_to_name(work)
    project = await next_id(work, new)
    await work.connection.execute(
        """INSERT INTO plans.projects (id, plan, ordinal, dependencia_id, kind, code, number, name, name_folded, phase,
               start_date, end_date, carried_over, updated_at, updated_by)
           SELECT $1, $2, $3, $4, $5::text, $6, CASE WHEN $5 = 'action_plan' THEN (SELECT coalesce(max(number), 0) + 1
               FROM plans.projects WHERE plan = $2 AND dependencia_id = $4 AND kind = $5) END,
               $7, $8, 'preproject', $9::date, $10::date, coalesce($10::date < $11::date, false), $12, $13""",
        project,
        new.plan,
        await next_ordinal(work, "projects", new.plan),
        unit,
        new.kind,
        new.code,
        new.name,
        folded(new.name),
        new.start_date,
        new.end_date,
        plan["period_from"],
        work.now,
        work.caller.subject,
    )
    await set_owners(work, project, owners, new.code, plan["period_from"].year)
    await set_components(work, project, new.components)
    return project


async def next_id(work: Work, new: NewProject) -> str:
    stem = f"{new.plan}.{new.dependencia}.{'P' if new.kind == 'project' else 'A'}"
    number = 1
    while await exists(work, "projects", f"{stem}{number:02d}"):
        number += 1
    return f"{stem}{number:02d}"


async def change_project(work: Work, project: str, change: ProjectChange) -> Response:
    """Changes the committed facts of a project while its plan is a draft; its life is told by phases and reports."""
    row = await locked_project(work, project, PLAN_WRITE)
    listing = project_listing(work.caller, work.today).where("r.id = {}", project)
    require_match(work.request, etag_for(await item_text(work.connection, listing)))
    if row["plan_status"] not in EDITABLE:
        raise PlanNotInDraft
    values: dict[str, Any] = change.model_dump(exclude_unset=True)
    await update_project(work, row, values, row["period_from"])
    work.record("project.changed", project, {"fields": sorted(values)}, dependencia=row["dependencia"])
    return await shown_project(work, project)


async def remove_project(work: Work, project: str) -> Response:
    """Takes a project out of a draft. Raises StillReferenced for one that has come through phases before."""
    where = await work.connection.fetchrow(
        """SELECT r.plan, u.code AS dependencia FROM plans.projects r JOIN plans.org_units u ON u.id = r.dependencia_id
           WHERE r.id = $1""",
        project,
    )
    if where is None:
        raise NotFound
    about(where["dependencia"])
    await editable_plan(work, where["plan"])
    await locked_project(work, project, PLAN_WRITE)
    listing = project_listing(work.caller, work.today).where("r.id = {}", project)
    require_match(work.request, etag_for(await item_text(work.connection, listing)))
    for table in HISTORY:
        if await work.connection.fetchval(f"SELECT EXISTS (SELECT FROM plans.{table} WHERE project = $1)", project):
            raise StillReferenced("El proyecto viene del plan anterior con su historia. Clone el plan sin él (ends).")
    for table in PARTS:
        await work.connection.execute(f"DELETE FROM plans.{table} WHERE project = $1", project)
    await work.connection.execute("DELETE FROM plans.projects WHERE id = $1", project)
    work.record("project.removed", project, {"plan": where["plan"]}, dependencia=where["dependencia"])
    return Response(status_code=204)


async def update_project(work: Work, row: Mapping[str, Any], changes: Mapping[str, Any], period_from: date) -> None:
    """Sets the committed facts of a project. period_from: of its plan. Raises Refused or PlanExists."""
    values = dict(changes)
    owners, components = values.pop("owners", None), values.pop("components", None)
    start: date | None = values.get("start_date", row["start_date"])
    end: date | None = values.get("end_date", row["end_date"])
    if start is not None and end is not None and start > end:
        raise refused("/end_date", "date-hole", "El proyecto termina antes de empezar.")
    if "name" in values:
        values["name_folded"] = folded(values["name"])
    if owners is not None:
        on = start or period_from
        units = [await dependencia_id(work, code, on, f"/owners/{i}") for i, code in enumerate(owners)]
        await set_owners(work, row["id"], units, values.get("code", row["code"]), period_from.year)
    elif "code" in values:
        await set_owners(work, row["id"], await owners_of(work, row["id"]), values["code"], period_from.year)
    if components is not None:
        await set_components(work, row["id"], components)
    settings = "".join(f", {name} = ${place}" for place, name in enumerate(values, 4))
    await work.connection.execute(
        f"""UPDATE plans.projects SET updated_at = $2, updated_by = $3, revision = revision + 1{settings}
            WHERE id = $1""",
        row["id"],
        work.now,
        work.caller.subject,
        *values.values(),
    )
