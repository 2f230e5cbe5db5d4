"""Planned against actual, month by month."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.kit.database import Pool
from services.plans.domain.tracking import frozen_days, planned_percent, shown
from services.plans.tracking.health import facts_of
from services.plans.tracking.reports import month_end

MAX_MONTHS = 240


async def curve_of(pool: Pool, project: Any, today: date) -> list[dict[str, Any]]:
    """`{period, planned_percent, actual_percent, status}` from the first known month to the last."""
    reports = await pool.fetch(
        """SELECT DISTINCT ON (period) period, progress_percent, status FROM plans.project_reports
           WHERE project = $1 ORDER BY period, version DESC""",
        project["id"],
    )
    facts = await facts_of(pool, [project["id"]])
    actual = {row["period"]: row for row in reports}
    known = [day for day in (project["start_date"], project["end_date"]) if day is not None]
    known += [m.planned_on for m in facts.milestones[project["id"]]]
    known += [month_end(period) for period in actual]
    points = []
    for period in months(min(known), max(known)) if known else []:
        end = month_end(period)
        stopped = frozen_days(facts.phases[project["id"]], min(end, today))
        planned = planned_percent(
            end, project["start_date"], project["end_date"], facts.milestones[project["id"]], stopped
        )
        report = actual.get(period)
        points.append(
            {
                "period": period,
                "planned_percent": shown(planned),
                "actual_percent": None if report is None else str(report["progress_percent"]),
                "status": None if report is None else report["status"],
            }
        )
    return points


def months(first: date, last: date) -> list[str]:
    """From the first month to the last, of those at most the last MAX_MONTHS."""
    end = last.year * 12 + last.month - 1
    start = max(first.year * 12 + first.month - 1, end - MAX_MONTHS + 1)
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(start, end + 1)]
