"""The SQL of a card over everything below a dependencia, live from the cells.

Its lights count assignments, its score is the mean of all objective scores below, and its indicators are rolled up over
the tree by each one's own rule: a ratio is Σn/Σd, what is not to be rolled up keeps a value only when one dependencia
alone has it.
"""

from services.indicators.domain.policy import Policy
from services.indicators.filters import name_on
from services.indicators.scorecards.statement import COVERAGE, SCORE, Card, cells, counts_sql, summary_sql, trimmed
from services.indicators.scoring.expressions import (
    GoalColumns,
    achievement_sql,
    capped_sql,
    edge_sql,
    light_sql,
    quotient_sql,
)

_GOAL = GoalColumns(
    value="r.value",
    target="r.level",
    target_to="r.level_to",
    direction="r.direction",
    tolerance="r.tolerance",
    baseline="r.baseline_value",
    by_progress="r.by_progress",
)
_REPORTED = "FILTER (WHERE j.state = 'reported')"


def _over_tree(column: str, used: str, *, ratio: str) -> str:
    """A column over the dependencias of one indicator, by its rule. used: which of them; ratio: SQL of that rule."""
    mean = quotient_sql(f"sum(j.{column}) {used}", f"count(j.{column}) {used}")
    with_weight = used.replace("WHERE ", f"WHERE j.{column} IS NOT NULL AND ") or (
        f"FILTER (WHERE j.{column} IS NOT NULL)"
    )
    weighted = quotient_sql(f"sum(j.{column} * j.weight) {used}", f"sum(j.weight) {with_weight}")
    return f"""CASE i.org_aggregation WHEN 'sum' THEN sum(j.{column}) {used} WHEN 'weighted' THEN {weighted}
        WHEN 'ratio' THEN {ratio} WHEN 'mean' THEN {mean} END"""


def _value() -> str:
    complete = f"""count(j.numerator) {_REPORTED} = count(*) {_REPORTED}
        AND count(j.denominator) {_REPORTED} = count(*) {_REPORTED}"""
    ratio = quotient_sql(f"100 * sum(j.numerator) {_REPORTED}", f"sum(j.denominator) {_REPORTED}")
    rolled = _over_tree("value", _REPORTED, ratio=f"CASE WHEN {complete} THEN {ratio} END")
    return f"CASE WHEN count(*) = 1 THEN min(j.value) ELSE {rolled} END"


def _target(column: str) -> str:
    """Targets of the dependencias that reported, of all while none did; unknown as soon as one of them has none."""

    def rolled(used: str) -> str:
        mean = quotient_sql(f"sum(j.{column}) {used}", f"count(j.{column}) {used}")
        return _over_tree(column, used, ratio=mean)

    return f"""CASE WHEN count(*) = 1 THEN min(j.{column})
        WHEN count(*) {_REPORTED} = 0 THEN {rolled("")}
        WHEN count(j.{column}) {_REPORTED} = count(*) {_REPORTED} THEN {rolled(_REPORTED)} END"""


def rolled_up(policy: Policy, sheets: str, by: str = "") -> str:
    """CTE `rolled` over `judged`: one row per indicator, unit and frequency, judged like a cell.

    sheets: SQL of the technical sheets known. by: further columns of `judged` to keep apart, separated by commas.
    Progress from a baseline is not rolled up: baselines of several dependencias are no baseline of their sum.
    """
    apart = "".join(f", j.{column.strip()}" for column in by.split(",") if column)
    return f"""
rollup AS (
    SELECT i.code AS indicator, i.name, j.unit, j.frequency, i.org_aggregation{apart},
           CASE count(*) WHEN 1 THEN min(j.code) END AS assignment,
           CASE count(DISTINCT j.direction) WHEN 1 THEN min(j.direction) END AS direction,
           CASE WHEN count(DISTINCT coalesce(j.tolerance, 0)) = 1 THEN min(j.tolerance) END AS tolerance,
           CASE count(*) WHEN 1 THEN min(j.baseline_value) END AS baseline_value,
           count(*) = 1 AND bool_and(j.by_progress) AS by_progress,
           count(*) {_REPORTED} AS reported,
           count(*) FILTER (WHERE j.state IN ('reported', 'missing')) AS expected,
           CASE WHEN bool_or(j.state = 'reported') THEN 'reported' WHEN bool_or(j.state = 'missing') THEN 'missing'
                WHEN bool_and(j.state = 'exempt') THEN 'exempt' ELSE 'not_due' END AS state,
           {_value()} AS value, {_target("level")} AS level, {_target("level_to")} AS level_to
    FROM judged j JOIN {sheets} i ON i.id = j.indicator_id
    GROUP BY i.code, i.name, i.org_aggregation, j.unit, j.frequency{apart}
), rolled AS (
    SELECT r.*, s.percent, {capped_sql("s.percent", policy.cap)} AS capped, {light_sql("s.percent", policy)} AS light
    FROM rollup r CROSS JOIN LATERAL (SELECT {achievement_sql(_GOAL, policy.cap)} AS percent OFFSET 0) s
)"""


def subtree_card(card: Card) -> str:
    """The whole document. $7 the dependencia's code, $8 the period's code, $9 its id."""
    item = f"""json_build_object('assignment', r.assignment, 'indicator', r.indicator, 'name', r.name, 'unit', r.unit,
        'frequency', r.frequency, 'direction', r.direction, 'org_aggregation', r.org_aggregation,
        'target', {trimmed("r.level")}, 'target_to', {trimmed("r.level_to")}, 'value', {trimmed("r.value")},
        'achievement', {edge_sql("r.percent")}, 'achievement_capped', {edge_sql("r.capped")},
        'traffic_light', r.light, 'state', r.state, 'reported', r.reported, 'expected', r.expected)"""
    return f"""WITH {cells(card)}, {rolled_up(card.policy, card.knowledge.indicators("$6"))}, child AS (
    SELECT u.id, u.code, {name_on("u", "$5")} AS name, below.descendant_id
    FROM indicators.org_closure direct
    JOIN indicators.org_closure below ON below.ancestor_id = direct.descendant_id
    JOIN indicators.org_units u ON u.id = direct.descendant_id
    WHERE direct.ancestor_id = $9::bigint AND direct.depth = 1
), child_summary AS (
    SELECT c.id, json_build_object({counts_sql(card.policy)}) AS summary
    FROM child c LEFT JOIN judged j ON j.dependencia_id = c.descendant_id GROUP BY c.id
), child_score AS (
    SELECT c.id, c.code, c.name, {SCORE} AS score, {COVERAGE} AS coverage
    FROM child c LEFT JOIN objective o ON o.dependencia_id = c.descendant_id GROUP BY c.id, c.code, c.name
), children AS (
    SELECT s.*, t.summary FROM child_score s JOIN child_summary t USING (id)
)
SELECT json_build_object(
    'dependencia', $7::text, 'plan', $2::text, 'period', $8::text, 'from', $3::date, 'to', $4::date,
    'scope', 'subtree', 'policy', '{card.policy.name}',
    'summary', {summary_sql(card.policy, "judged")},
    'score', (SELECT {SCORE} FROM objective), 'coverage', (SELECT {COVERAGE} FROM objective),
    'worst_child', (SELECT json_build_object('dependencia', code, 'score', score) FROM children
                    WHERE score IS NOT NULL ORDER BY score::numeric, code LIMIT 1),
    'indicators', (SELECT coalesce(json_agg({item} ORDER BY r.indicator, r.unit, r.frequency), '[]'::json)
                   FROM rolled r),
    'children', (SELECT coalesce(json_agg(json_build_object('dependencia', code, 'name', name, 'summary', summary,
                    'score', score, 'coverage', coverage) ORDER BY code), '[]'::json) FROM children))::text"""
