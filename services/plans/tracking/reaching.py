"""The project a tracking call is about: locked, visible, and of somebody who may."""

from __future__ import annotations

from typing import Any

from services.kit.problems import Forbidden, NotFound
from services.plans.projects.listing import project_listing
from services.plans.reading import item_text
from services.plans.tracking.problems import ProjectEnded
from services.plans.work import Work


async def locked_project(work: Work, project: str, *permissions: str) -> Any:
    """The project's row. Raises NotFound when out of reach, Forbidden without a permission on one of its units.

    An owner and the section's dependencia count alike: a project of several owners is reported by any of them.
    """
    await item_text(work.connection, project_listing(work.caller, work.today).where("r.id = {}", project))
    row = await work.connection.fetchrow(
        """SELECT r.*, u.code AS dependencia, p.status AS plan_status, p.period_from,
               coalesce(f.is_final, false) AS ended
           FROM plans.projects r JOIN plans.org_units u ON u.id = r.dependencia_id JOIN plans.plans p ON p.code = r.plan
           LEFT JOIN plans.project_phases f ON f.code = r.phase WHERE r.id = $1 FOR UPDATE OF r""",
        project,
    )
    if row is None:
        raise NotFound
    for unit in [row["dependencia_id"], *await owners_of(work, project)]:
        if await work.reaches(unit, *permissions):
            return row
    raise Forbidden


async def owners_of(work: Work, project: str) -> list[int]:
    """Ids of those who carry it, in their order."""
    rows = await work.connection.fetch(
        "SELECT dependencia_id FROM plans.project_owners WHERE project = $1 ORDER BY ordinal", project
    )
    return [row["dependencia_id"] for row in rows]


def refuse_ended(project: Any) -> None:
    if project["ended"]:
        raise ProjectEnded
