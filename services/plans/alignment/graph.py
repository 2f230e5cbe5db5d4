"""The alignment graph of a plan, built by PostgreSQL: nodes in layers and upward edges, as a sankey is drawn."""

from __future__ import annotations

from datetime import date

from services.kit.database import Pool

# A plan's graph holds its own objectives and strategies and those of the plan it develops (POA → PEI).
# Layers from the top: strategic objectives, their strategies, then N2, N3 and N4; a skipped level is an empty layer.
GRAPH = """
WITH chosen AS (
    SELECT code, parent FROM plans.plans WHERE code = $1
), scope AS (
    SELECT code FROM chosen UNION SELECT parent FROM chosen WHERE parent IS NOT NULL
), objective AS (
    SELECT o.*, u.code AS dependencia FROM plans.objectives o JOIN plans.org_units u ON u.id = o.dependencia_id
    WHERE o.plan IN (SELECT code FROM scope) AND ($2::date IS NULL OR $2 BETWEEN o.valid_from AND o.valid_to)
), strategy AS (
    SELECT s.*, s.plan IN (SELECT parent FROM chosen) AS inherited FROM plans.strategies s
    WHERE s.plan IN (SELECT code FROM scope) AND ($2::date IS NULL OR $2 BETWEEN s.valid_from AND s.valid_to)
), alignment AS (
    SELECT a.*, coalesce(a.to_objective, a.to_strategy) AS target, o.section, o.dependencia, o.plan AS of_plan
    FROM plans.alignments a JOIN objective o ON o.code = a.from_objective
    WHERE a.to_objective IN (SELECT code FROM objective) OR a.to_strategy IN (SELECT code FROM strategy)
), node AS (
    SELECT CASE o.level WHEN 'N1' THEN 0 WHEN 'N2' THEN 2 WHEN 'N3' THEN 3 ELSE 4 END AS layer, o.plan, o.ordinal,
        json_build_object('code', o.code, 'kind', 'objective', 'layer',
            CASE o.level WHEN 'N1' THEN 0 WHEN 'N2' THEN 2 WHEN 'N3' THEN 3 ELSE 4 END, 'level', o.level,
            'number', o.number, 'label', o.statement, 'plan', o.plan, 'dependencia', o.dependencia,
            'section', o.section, 'in_pei', NULL, 'warnings', o.warnings) AS item
    FROM objective o
    UNION ALL
    SELECT 1, s.plan, s.ordinal,
        json_build_object('code', s.code, 'kind', 'strategy', 'layer', 1, 'level', NULL, 'number', NULL,
            'label', s.text, 'plan', s.plan, 'dependencia', NULL, 'section', NULL, 'in_pei', s.in_pei,
            'warnings', s.warnings)
    FROM strategy s
), edge AS (
    SELECT 0 AS rank, s.ordinal::bigint AS place, json_build_object('from', s.code, 'to', s.objective,
        'kind', 'belongs_to', 'basis', 'printed', 'number', NULL, 'text', NULL, 'number_by_text', NULL, 'weight', 1,
        'warnings', s.warnings) AS item
    FROM strategy s
    UNION ALL
    SELECT 1, a.id, json_build_object('from', a.from_objective, 'to', a.target,
        'kind', CASE WHEN a.to_strategy IS NULL THEN 'contributes' ELSE 'carries' END, 'basis', a.basis,
        'number', a.printed_number, 'text', a.printed_text, 'number_by_text', a.number_by_text, 'weight', 1,
        'warnings', a.warnings)
    FROM alignment a
), section_row AS (
    SELECT DISTINCT ON (a.section, a.target) a.* FROM alignment a
    WHERE a.basis = 'section' AND a.of_plan = $1 ORDER BY a.section, a.target, a.id
), printed AS (
    SELECT min(r.id) AS place, r.section, r.printed_number, json_build_object(
        'section', r.section, 'dependencia', (SELECT u.code FROM plans.plan_sections x
            JOIN plans.org_units u ON u.id = x.dependencia_id WHERE x.plan = $1 AND x.number = r.section),
        'number', r.printed_number,
        'objective', max(r.target) FILTER (WHERE r.to_objective IS NOT NULL),
        'text', max(r.printed_text) FILTER (WHERE r.to_objective IS NOT NULL),
        'number_by_text', max(r.number_by_text) FILTER (WHERE r.to_objective IS NOT NULL),
        'consistent', coalesce(bool_and(r.printed_number = r.number_by_text)
            FILTER (WHERE r.to_objective IS NOT NULL), true),
        'strategies', coalesce(json_agg(json_build_object('code', r.target, 'text', r.printed_text,
            'in_pei', s.in_pei, 'number_by_text', r.number_by_text) ORDER BY r.id)
            FILTER (WHERE r.to_strategy IS NOT NULL), '[]'::json)) AS item
    FROM section_row r LEFT JOIN strategy s ON s.code = r.to_strategy GROUP BY r.section, r.printed_number
), unused AS (
    SELECT s.* FROM strategy s WHERE NOT EXISTS (SELECT 1 FROM alignment a WHERE a.to_strategy = s.code)
), foreigner AS (
    SELECT s.* FROM strategy s WHERE NOT s.in_pei
), orphan AS (
    SELECT o.* FROM objective o WHERE o.plan = $1 AND o.level <> 'N1'
        AND NOT EXISTS (SELECT 1 FROM alignment a WHERE a.from_objective = o.code)
)
SELECT json_build_object(
    'plan', $1::text,
    'nodes', (SELECT coalesce(json_agg(item ORDER BY layer, plan, ordinal), '[]'::json) FROM node),
    'edges', (SELECT coalesce(json_agg(item ORDER BY rank, place), '[]'::json) FROM edge),
    'printed', (SELECT coalesce(json_agg(item ORDER BY place), '[]'::json) FROM printed),
    'unused_strategies', (SELECT coalesce(json_agg(json_build_object('code', code, 'objective', objective,
        'text', text, 'in_pei', in_pei) ORDER BY ordinal), '[]'::json) FROM unused),
    'foreign_strategies', (SELECT coalesce(json_agg(json_build_object('code', code, 'objective', objective,
        'text', text, 'in_pei', in_pei) ORDER BY ordinal), '[]'::json) FROM foreigner),
    'orphan_objectives', (SELECT coalesce(json_agg(json_build_object('code', code, 'level', level,
        'statement', statement, 'dependencia', dependencia) ORDER BY ordinal), '[]'::json) FROM orphan)
)::text"""


async def alignment_graph(pool: Pool, plan: str, as_of: date | None) -> str:
    """JSON text of the graph of a plan that exists."""
    graph: str = await pool.fetchval(GRAPH, plan, as_of)
    return graph
