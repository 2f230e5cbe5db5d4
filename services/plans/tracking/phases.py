"""Moving a project through its phases: an open catalogue with lawful steps, some of which need a reason."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import Response

from services.plans.permissions import PROJECT_APPROVE
from services.plans.problems import ReasonMissing, UnlawfulTransition, refused
from services.plans.tracking.projects import shown_project
from services.plans.tracking.reaching import locked_project
from services.plans.tracking.schemas import PhaseStep
from services.plans.work import Work

# What was printed without a phase enters the catalogue at one of these.
ENTRANCES = ("preproject", "approved", "execution")


async def take_phase_step(work: Work, project: str, step: PhaseStep) -> Response:
    row = await locked_project(work, project, PROJECT_APPROVE)
    await refuse_unlawful(work, row["phase"], step)
    effective = step.effective_on or work.today
    last: date | None = await work.connection.fetchval(
        "SELECT max(effective_on) FROM plans.project_transitions WHERE project = $1", project
    )
    if effective > work.today or (last is not None and effective < last):
        detail = "La fecha va entre la del último cambio de fase y hoy."
        raise refused("/effective_on", "date-out-of-range", detail)
    await work.connection.execute(
        """INSERT INTO plans.project_transitions (project, number, from_phase, to_phase, reason, effective_on, actor,
               occurred_at)
           SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6, $7
           FROM plans.project_transitions WHERE project = $1""",
        project,
        row["phase"],
        step.to,
        step.reason,
        effective,
        work.caller.subject,
        work.now,
    )
    await work.connection.execute(
        "UPDATE plans.projects SET phase = $2, revision = revision + 1, updated_at = $3, updated_by = $4 WHERE id = $1",
        project,
        step.to,
        work.now,
        work.caller.subject,
    )
    data: dict[str, Any] = {"from": row["phase"], "to": step.to, "effective_on": effective.isoformat()}
    work.record("project.phase-changed", project, data, dependencia=row["dependencia"], reason=step.reason)
    return await shown_project(work, project)


async def refuse_unlawful(work: Work, phase: str | None, step: PhaseStep) -> None:
    """Raises UnlawfulTransition with the lawful phases, or ReasonMissing."""
    if phase is None:
        steps = dict.fromkeys(ENTRANCES, False)
    else:
        rows = await work.connection.fetch(
            """SELECT s.to_phase, s.needs_reason FROM plans.project_phase_steps s
               JOIN plans.project_phases f ON f.code = s.to_phase WHERE s.from_phase = $1 ORDER BY f.ordinal""",
            phase,
        )
        steps = {r["to_phase"]: r["needs_reason"] for r in rows}
    if step.to not in steps:
        raise UnlawfulTransition(phase or "sin fase", step.to, list(steps))
    if steps[step.to] and step.reason is None:
        raise ReasonMissing
