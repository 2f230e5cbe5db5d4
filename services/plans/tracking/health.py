"""Where a project stands: planned against actual, the freeze clock and the light, by the policy in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from services.kit.database import Pool
from services.plans.domain.tracking import Bands, Milestone, Phase, frozen_days, light, planned_percent, shown
from services.plans.policies.in_force import policy_on


@dataclass(slots=True)
class Facts:
    """What the rules need of each project, by its id."""

    milestones: dict[str, list[Milestone]] = field(default_factory=lambda: defaultdict(list))
    phases: dict[str, list[Phase]] = field(default_factory=lambda: defaultdict(list))


async def bands_on(pool: Pool, day: date) -> tuple[Bands, str]:
    """The bands in force and the policy's name with version. Raises NoPolicy."""
    policy = await policy_on(pool, "project_lights", day)
    return Bands(Decimal(policy.rules["amber_points"]), Decimal(policy.rules["red_points"])), policy.name


async def facts_of(pool: Pool, projects: Sequence[str]) -> Facts:
    facts = Facts()
    for row in await pool.fetch(
        "SELECT * FROM plans.project_milestones WHERE project = ANY($1::text[]) ORDER BY project, number", projects
    ):
        facts.milestones[row["project"]].append(Milestone(row["weight_percent"], row["planned_on"]))
    for row in await pool.fetch(
        """SELECT t.project, t.to_phase, t.effective_on, f.stops_clock FROM plans.project_transitions t
           JOIN plans.project_phases f ON f.code = t.to_phase
           WHERE t.project = ANY($1::text[]) ORDER BY t.project, t.number""",
        projects,
    ):
        facts.phases[row["project"]].append(Phase(row["to_phase"], row["effective_on"], row["stops_clock"]))
    return facts


def standing(project: Mapping[str, Any], facts: Facts, bands: Bands, on: date) -> dict[str, Any]:
    """`{planned_percent, actual_percent, behind_points, cut_off, frozen_days, traffic_light}` on a day.

    The actual progress is as of its cut-off, so the plan is read on that day too: a report that is a month old is not
    held against a plan of today, nor a freeze of later days.
    """
    phases = facts.phases.get(project["id"], [])
    day = project["cut_off"] or on
    planned = planned_percent(
        day,
        project["start_date"],
        project["end_date"],
        facts.milestones.get(project["id"], []),
        frozen_days(phases, min(day, on)),
    )
    actual = project["progress_percent"]
    behind = None if planned is None or actual is None else max(planned - actual, planned * 0)
    return {
        "planned_percent": shown(planned),
        "actual_percent": None if actual is None else str(actual),
        "behind_points": shown(behind),
        "cut_off": project["cut_off"],
        "frozen_days": frozen_days(phases, on),
        "traffic_light": light(planned, actual, bands),
    }
