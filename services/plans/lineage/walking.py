"""Lineage up (why does this exist) and cascade down (who carries it), each as one statement."""

from __future__ import annotations

from typing import Any

from services.kit.access import Caller
from services.kit.database import Pool
from services.plans.visibility import plan_visible

# One edge list of what may be walked: an objective to what it serves, a strategy to the objective it belongs to.
# Depth is bounded by the levels (4 objectives with a strategy between each two); 20 only guards against bad data.
EDGES = """
WITH RECURSIVE visible AS (
    SELECT p.code FROM plans.plans p WHERE {visible}
), link AS (
    SELECT a.from_objective AS lower, coalesce(a.to_objective, a.to_strategy) AS upper, a.basis
    FROM plans.alignments a WHERE a.plan IN (SELECT code FROM visible)
    UNION ALL
    SELECT s.code, s.objective, 'belongs_to' FROM plans.strategies s WHERE s.plan IN (SELECT code FROM visible)
), walk (code, depth) AS (
    SELECT $1::text, 0
    UNION
    SELECT link.{to}, walk.depth + 1 FROM walk JOIN link ON link.{at} = walk.code WHERE walk.depth < 20
), reached AS (
    SELECT code, min(depth) AS depth FROM walk GROUP BY code
)
"""

NODES = """
SELECT reached.code, reached.depth, 'objective' AS kind, o.level, o.number, o.statement AS label, o.plan,
       u.code AS dependencia
FROM reached JOIN plans.objectives o ON o.code = reached.code JOIN plans.org_units u ON u.id = o.dependencia_id
UNION ALL
SELECT reached.code, reached.depth, 'strategy', NULL, NULL, s.text, s.plan, NULL
FROM reached JOIN plans.strategies s ON s.code = reached.code
ORDER BY depth, plan, code"""

LINKS = """
SELECT DISTINCT link.lower AS "from", link.upper AS "to", link.basis FROM link
JOIN reached low ON low.code = link.lower JOIN reached up ON up.code = link.upper ORDER BY 1, 2"""


async def walked(pool: Pool, caller: Caller, code: str, *, up: bool) -> dict[str, Any]:
    """`{code, nodes: [{code, depth, kind, level, …}], edges: [{from, to, basis}]}`; no nodes when nobody sees it."""
    clause, values = plan_visible(caller)
    visible = clause.format(*(f"${number}" for number in range(2, len(values) + 2)))
    at, to = ("lower", "upper") if up else ("upper", "lower")
    edges = EDGES.format(visible=visible, at=at, to=to)
    seen = await pool.fetchval(
        f"""SELECT EXISTS (SELECT 1 FROM plans.objectives o JOIN plans.plans p ON p.code = o.plan
            WHERE o.code = $1 AND ({visible}))
            OR EXISTS (SELECT 1 FROM plans.strategies s JOIN plans.plans p ON p.code = s.plan
            WHERE s.code = $1 AND ({visible}))""",
        code,
        *values,
    )
    if not seen:
        return {"code": code, "nodes": [], "edges": []}
    nodes = await pool.fetch(edges + NODES, code, *values)
    links = await pool.fetch(edges + LINKS, code, *values)
    return {"code": code, "nodes": [dict(row) for row in nodes], "edges": [dict(row) for row in links]}
