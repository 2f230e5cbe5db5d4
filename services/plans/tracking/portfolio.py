"""The board's view of a dependencia's projects: counts by phase and light, and the ten worst."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from services.kit.access import Caller
from services.kit.database import Pool
from services.plans.permissions import INTERNAL_READ, PROJECT_READ
from services.plans.projects.listing import project_listing
from services.plans.tracking.health import bands_on, facts_of, standing
from services.plans.visibility import PUBLISHED, in_reach, merged_scopes

WORST = 10
# One that went on into the next year is counted there, once that year's plan is approved; until then, here.
CURRENT = f"""p.status IN {PUBLISHED} AND NOT EXISTS (SELECT FROM plans.projects n JOIN plans.plans q ON q.code = n.plan
    WHERE n.continues = r.id AND q.status IN {PUBLISHED})"""


async def projects_below(
    pool: Pool, caller: Caller, dependencia: str, plan: str | None, today: date
) -> list[Any] | None:
    """Projects owned by the dependencia or below it that the caller reaches; None when it reaches not even the unit."""
    clause, values = in_reach(merged_scopes(caller, (PROJECT_READ, INTERNAL_READ)), "u.id")
    numbered = clause.format(*(f"${place}" for place in range(2, len(values) + 2)))
    unit: int | None = await pool.fetchval(
        f"SELECT u.id FROM plans.org_units u WHERE u.code = $1 AND ({numbered})", dependencia, *values
    )
    if unit is None:
        return None
    # The list's own conditions decide what is seen: a reader of one unit does not see its children's projects here.
    listing = project_listing(caller, today).filter("r.plan = {}", plan)
    if plan is None:
        listing.where(CURRENT)
    listing.where(
        """r.id IN (SELECT x.project FROM plans.project_owners x JOIN plans.org_closure c
           ON c.descendant_id = x.dependencia_id WHERE c.ancestor_id = {})""",
        unit,
    )
    where = " AND ".join(f"({clause})" for clause in listing.clauses)
    rows: list[Any] = await pool.fetch(
        f"""SELECT r.*, coalesce(f.is_final, false) AS ended
            FROM {listing.source} LEFT JOIN plans.project_phases f ON f.code = r.phase
            WHERE {where} ORDER BY r.plan, r.ordinal""",
        *listing.arguments,
    )
    return rows


async def portfolio(pool: Pool, rows: list[Any], today: date) -> dict[str, Any]:
    bands, policy = await bands_on(pool, today)
    facts = await facts_of(pool, [row["id"] for row in rows])
    entries = [entry_of(row, standing(row, facts, bands, today), today) for row in rows]
    lights = Counter(entry["traffic_light"] or "unknown" for entry in entries)
    worst = sorted(
        (e for e in entries if e["overdue"] or e["traffic_light"] in ("red", "amber")), key=badness, reverse=True
    )
    return {
        "policy": policy,
        "total": len(entries),
        "by_kind": dict(Counter(row["kind"] for row in rows)),
        "by_phase": dict(Counter(row["phase"] or "none" for row in rows)),
        "by_light": dict(lights),
        "overdue": sum(entry["overdue"] for entry in entries),
        "frozen": sum(row["phase"] == "frozen" for row in rows),
        "carried_over": sum(row["carried_over"] for row in rows),
        "worst": worst[:WORST],
    }


def entry_of(row: Mapping[str, Any], stands: dict[str, Any], today: date) -> dict[str, Any]:
    late = row["end_date"] is not None and row["end_date"] < today and not row["ended"]
    return {
        "id": row["id"],
        "code": row["code"],
        "name": row["name"],
        "phase": row["phase"],
        "end_date": row["end_date"],
        "overdue": late,
        "days_overdue": (today - row["end_date"]).days if late else 0,
        **stands,
    }


def badness(entry: Mapping[str, Any]) -> tuple[bool, bool, int, Decimal, str]:
    """Overdue first, then red, then by days and points; the id makes the order stable."""
    points = Decimal(entry["behind_points"] or 0)
    return entry["overdue"], entry["traffic_light"] == "red", entry["days_overdue"], points, entry["id"]
