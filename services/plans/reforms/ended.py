"""Alignments of other plans to what a reform ends: not the reform's to change, so whoever owns them is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from services.kit.writing import Event
from services.plans.visibility import plan_visible
from services.plans.work import Work

# Plans that are closed or rejected have nobody to realign them. $1 the reformed plan, $2 its parts that end otherwise.
ENDED = """
WITH part AS (
    SELECT code, valid_to FROM plans.objectives UNION ALL SELECT code, valid_to FROM plans.strategies
), alignment AS (
    SELECT a.plan, a.from_objective, part.code AS target, part.valid_to
    FROM plans.alignments a JOIN part ON part.code = coalesce(a.to_objective, a.to_strategy)
)
SELECT a.plan, u.code AS dependencia, a.from_objective AS "from", o.valid_to AS from_valid_to, a.target AS "to",
    a.valid_to AS to_valid_to, NOT EXISTS (SELECT FROM alignment b WHERE b.from_objective = a.from_objective
        AND b.valid_to >= o.valid_to) AS orphaned, w.code AS whose
FROM alignment a JOIN plans.objectives o ON o.code = a.from_objective JOIN plans.org_units u ON u.id = o.dependencia_id
JOIN plans.plans p ON p.code = a.plan JOIN plans.org_units w ON w.id = p.dependencia_id
WHERE a.target = ANY($2::text[]) AND a.plan <> $1 AND p.status NOT IN ('closed', 'rejected')
    AND a.valid_to < o.valid_to AND ({visible})
ORDER BY a.plan, o.ordinal, a.target"""
SHOWN = ("plan", "dependencia", "from", "from_valid_to", "to", "to_valid_to", "orphaned")


def ends_otherwise(diff: Mapping[str, Any]) -> list[str]:
    """Objectives and strategies whose last day a reform changed."""
    return [
        part["code"]
        for kind in ("objectives", "strategies")
        for part in diff[kind]["changed"]
        if any(field["field"] == "valid_to" for field in part["fields"])
    ]


async def ended_alignments(
    work: Work, plan: str, diff: Mapping[str, Any], *, seen: bool
) -> list[tuple[str, dict[str, Any]]]:
    """Whose plan it is and each alignment that outlives its target. seen: only of plans that the caller sees."""
    parts = ends_otherwise(diff)
    if not parts:
        return []
    clause, values = plan_visible(work.caller) if seen else ("true", ())
    visible = clause.format(*(f"${number}" for number in range(3, len(values) + 3)))
    rows = await work.connection.fetch(ENDED.format(visible=visible), plan, parts, *values)
    return [(row["whose"], {name: row[name] for name in SHOWN}) for row in rows]


async def tell_owners(work: Work, plan: str, reform: int, diff: Mapping[str, Any]) -> None:
    """One event for each plan, of its dependencia: drafts are nobody else's to know of."""
    found = await ended_alignments(work, plan, diff, seen=False)
    for (whose, leaning), rows in groupby(found, key=lambda row: (row[0], row[1]["plan"])):
        alignments: Sequence[dict[str, Any]] = [row for _, row in rows]
        data = {"code": leaning, "reformed": plan, "reform": reform, "alignments": alignments}
        work.events.append(Event("plan.alignments-ended", leaning, data, whose))
