"""Milestones, risks and budget of a project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Response

from services.kit.answers import JSON_TYPE, etag_for, require_match
from services.kit.database import Connection, Pool
from services.kit.problems import NotFound
from services.plans.permissions import PROJECT_APPROVE, PROJECT_REPORT
from services.plans.problems import refused
from services.plans.tracking.reaching import locked_project, refuse_ended
from services.plans.tracking.schemas import Budget, MilestoneChange, NewMilestone, NewRisk, RiskChange
from services.plans.work import Work

MILESTONE = """SELECT json_build_object('number', m.number, 'name', m.name,
    'weight_percent', m.weight_percent::text, 'planned_on', m.planned_on, 'done_on', m.done_on)::text
    FROM plans.project_milestones m WHERE m.project = $1 AND m.number = $2"""
RISK = """SELECT json_build_object('number', k.number, 'description', k.description,
    'probability', k.probability, 'impact', k.impact, 'exposure', k.probability * k.impact, 'response', k.response,
    'plan_of_response', k.plan_of_response, 'status', k.status)::text
    FROM plans.project_risks k WHERE k.project = $1 AND k.number = $2"""
BUDGET = """SELECT json_build_object('year', g.year, 'planned', g.planned::text, 'accrued', g.accrued::text)::text
    FROM plans.project_budgets g WHERE g.project = $1 AND g.year = $2"""


async def part_text(connection: Connection | Pool, sql: str, project: str, number: int) -> str:
    """JSON text of one part. Raises NotFound."""
    text: str | None = await connection.fetchval(sql, project, number)
    if text is None:
        raise NotFound
    return text


async def demand_match(work: Work, sql: str, project: str, number: int) -> None:
    """Raises 428 or 412 unless the caller names the part as it now is."""
    require_match(work.request, etag_for(await part_text(work.connection, sql, project, number)))


async def add_row(work: Work, table: str, project: str, values: Mapping[str, Any]) -> int:
    """Inserts a numbered part of a project. Returns its number."""
    row = {**values, "updated_at": work.now, "updated_by": work.caller.subject}
    places = ", ".join(f"${place}" for place in range(2, len(row) + 2))
    number: int = await work.connection.fetchval(
        f"""INSERT INTO plans.{table} (project, number, {", ".join(row)})
            SELECT $1, coalesce(max(number), 0) + 1, {places} FROM plans.{table} WHERE project = $1 RETURNING number""",
        project,
        *row.values(),
    )
    return number


async def change_row(work: Work, table: str, project: str, number: int, values: Mapping[str, Any]) -> None:
    """Sets columns of a numbered part. Raises NotFound."""
    row = {**values, "updated_at": work.now, "updated_by": work.caller.subject}
    settings = ", ".join(f"{name} = ${place}" for place, name in enumerate(row, 3))
    done = await work.connection.execute(
        f"UPDATE plans.{table} SET {settings} WHERE project = $1 AND number = $2", project, number, *row.values()
    )
    if done == "UPDATE 0":
        raise NotFound


async def refuse_overweight(work: Work, project: str) -> None:
    """The weights of all milestones are parts of one whole. Raises Refused above 100."""
    whole = await work.connection.fetchval(
        "SELECT sum(weight_percent) FROM plans.project_milestones WHERE project = $1", project
    )
    if whole is not None and whole > 100:
        raise refused(
            "/weight_percent", "weights-above-100", f"Los pesos de los hitos suman {whole}; el máximo es 100."
        )


async def add_milestone(work: Work, project: str, new: NewMilestone) -> Response:
    row = await locked_project(work, project, PROJECT_APPROVE)
    refuse_ended(row)
    number = await add_row(work, "project_milestones", project, new.model_dump())
    await refuse_overweight(work, project)
    work.record("project.milestone-added", project, {"number": number}, dependencia=row["dependencia"])
    return await shown(work, MILESTONE, project, number, 201)


async def change_milestone(work: Work, project: str, number: int, change: MilestoneChange) -> Response:
    values = change.model_dump(exclude_unset=True)
    # Who reports says that it is done; what was planned is the titular's.
    needed = (PROJECT_REPORT, PROJECT_APPROVE) if set(values) <= {"done_on"} else (PROJECT_APPROVE,)
    row = await locked_project(work, project, *needed)
    refuse_ended(row)
    await demand_match(work, MILESTONE, project, number)
    if values.get("done_on") is not None and values["done_on"] > work.today:
        raise refused("/done_on", "date-in-the-future", "Un hito no se cumple en el futuro.")
    await change_row(work, "project_milestones", project, number, values)
    await refuse_overweight(work, project)
    work.record(
        "project.milestone-changed",
        project,
        {"number": number, "fields": sorted(values)},
        dependencia=row["dependencia"],
    )
    return await shown(work, MILESTONE, project, number, 200)


async def add_risk(work: Work, project: str, new: NewRisk) -> Response:
    row = await locked_project(work, project, PROJECT_REPORT, PROJECT_APPROVE)
    refuse_ended(row)
    number = await add_row(work, "project_risks", project, {**new.model_dump(), "status": "open"})
    work.record("project.risk-added", project, {"number": number}, dependencia=row["dependencia"])
    return await shown(work, RISK, project, number, 201)


async def change_risk(work: Work, project: str, number: int, change: RiskChange) -> Response:
    row = await locked_project(work, project, PROJECT_REPORT, PROJECT_APPROVE)
    await demand_match(work, RISK, project, number)
    values = change.model_dump(exclude_unset=True)
    await change_row(work, "project_risks", project, number, values)
    work.record("project.risk-changed", project, {"number": number}, dependencia=row["dependencia"])
    return await shown(work, RISK, project, number, 200)


async def set_budget(work: Work, project: str, year: int, budget: Budget) -> Response:
    row = await locked_project(work, project, PROJECT_APPROVE)
    # The first budget of a year replaces nothing that somebody could have read.
    if await work.connection.fetchval(BUDGET, project, year) is not None:
        await demand_match(work, BUDGET, project, year)
    await work.connection.execute(
        """INSERT INTO plans.project_budgets (project, year, planned, accrued, updated_at, updated_by)
           VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (project, year) DO UPDATE SET planned = excluded.planned, accrued = excluded.accrued,
               updated_at = excluded.updated_at, updated_by = excluded.updated_by""",
        project,
        year,
        budget.planned,
        budget.accrued,
        work.now,
        work.caller.subject,
    )
    work.record("project.budget-set", project, {"year": year}, dependencia=row["dependencia"])
    return await shown(work, BUDGET, project, year, 200)


async def shown(work: Work, sql: str, project: str, number: int, status: int) -> Response:
    text = await part_text(work.connection, sql, project, number)
    return Response(text, status, {"ETag": etag_for(text)}, media_type=JSON_TYPE)
