"""Who carries a project under which code, and what it is made of: set whole, when it is entered and when it changes."""

from __future__ import annotations

from collections.abc import Sequence

from services.plans.editing.repository import take_turn_to_name
from services.plans.problems import PlanExists
from services.plans.work import Work

# Who else of the owners' projects of the year has the code. What the project continues is the project itself.
HOLDERS = """
WITH RECURSIVE line (before) AS (
    SELECT continues FROM plans.projects WHERE id = $1 AND continues IS NOT NULL
    UNION SELECT r.continues FROM line JOIN plans.projects r ON r.id = line.before WHERE r.continues IS NOT NULL
)
SELECT x.dependencia_id, x.project IN (SELECT before FROM line) AS same FROM plans.project_owners x
WHERE x.dependencia_id = ANY($2::bigint[]) AND x.year = $3 AND x.code = $4 AND x.project <> $1"""


async def set_owners(work: Work, project: str, owners: Sequence[int], code: str | None, year: int) -> None:
    """A code is unique only within its owner and year. Raises PlanExists."""
    await take_turn_to_name(work)
    units = list(dict.fromkeys(owners))
    holders = await work.connection.fetch(HOLDERS, project, units, year, code)
    if not all(row["same"] for row in holders):
        raise PlanExists(f"Uno de los responsables ya tiene un proyecto {code} en {year}.")
    held = {row["dependencia_id"] for row in holders}
    await work.connection.execute("DELETE FROM plans.project_owners WHERE project = $1", project)
    await work.connection.executemany(
        """INSERT INTO plans.project_owners (project, dependencia_id, ordinal, year, code)
           VALUES ($1, $2, $3, $4, $5)""",
        [(project, unit, place, year, None if unit in held else code) for place, unit in enumerate(units, 1)],
    )


async def set_components(work: Work, project: str, components: Sequence[str]) -> None:
    await work.connection.execute("DELETE FROM plans.project_components WHERE project = $1", project)
    await work.connection.executemany(
        "INSERT INTO plans.project_components (project, number, text) VALUES ($1, $2, $3)",
        [(project, number, text) for number, text in enumerate(components, 1)],
    )
