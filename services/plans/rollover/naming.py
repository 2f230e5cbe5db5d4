"""Codes that the parts of a successor would have: none is taken, but a project keeps its own within its year."""

from __future__ import annotations

from collections import Counter

from services.plans.domain.rollover import Rollover, renamed
from services.plans.problems import PlanExists
from services.plans.rollover.schemas import NewRollover
from services.plans.work import Work

# A code is of one project within its owner and year, and what continues a project is that project. Taken is what
# another one has, and what has been continued in that year already, by a plan that was not rejected.
TAKEN = """
WITH RECURSIVE line (project, before) AS (
    SELECT id, id FROM plans.projects WHERE id = ANY($1::text[])
    UNION SELECT line.project, r.continues FROM line JOIN plans.projects r ON r.id = line.before
    WHERE r.continues IS NOT NULL
)
SELECT x.code FROM plans.projects r JOIN plans.project_owners o ON o.project = r.id
JOIN plans.project_owners x ON x.dependencia_id = o.dependencia_id AND x.code = r.code AND x.year = $2
WHERE r.id = ANY($1::text[]) AND (r.id, x.project) NOT IN (SELECT project, before FROM line)
UNION
SELECT n.code FROM line JOIN plans.projects n ON n.continues = line.before JOIN plans.plans p ON p.code = n.plan
WHERE n.code IS NOT NULL AND p.status <> 'rejected' AND extract(year FROM p.period_from) = $2
    AND (line.project, n.id) NOT IN (SELECT project, before FROM line)
ORDER BY 1"""


async def refuse_taken_names(work: Work, code: str, new: NewRollover, rolled: Rollover) -> None:
    """Raises PlanExists naming the codes that the successors would share with something else."""
    names = Counter(renamed(part, code, new.code) for part in rolled.continues)
    taken = {name for name, times in names.items() if times > 1}
    rows = await work.connection.fetch(
        """SELECT code FROM plans.objectives WHERE code = ANY($1::text[])
           UNION ALL SELECT code FROM plans.strategies WHERE code = ANY($1::text[])""",
        list(names),
    )
    taken |= {row["code"] for row in rows}
    if taken:
        raise PlanExists(f"Ya existen: {', '.join(sorted(taken)[:10])}. Los códigos no se reutilizan.")
    year = new.period_from.year
    rows = await work.connection.fetch(TAKEN, [p.id for p in rolled.projects], year)
    if rows:
        used = ", ".join(row["code"] for row in rows[:10])
        detail = f"Sus responsables ya tienen en {year} proyectos {used}: ¿ya se clonó el plan?"
        raise PlanExists(f"{detail} Termine esos proyectos con ends, o rechace el otro plan.")
