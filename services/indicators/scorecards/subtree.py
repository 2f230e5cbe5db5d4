"""The SQL of a card over everything below a dependencia, live from the cells.

Its lights count assignments, its score is the mean of all objective scores below, and its indicators are rolled up over
the tree by each one's own rule: a ratio is Σn/Σd, what is not to be rolled up keeps a value only when one dependencia
alone has it.
"""

from services.indicators.domain.policy import Policy
from services.indicators.scorecards.statement import (
    CELL,
    COVERAGE,
    SCORE,
    Card,
    cells,
    counts_sql,
    excluded_sql,
    judgement,
    summary_sql,
    trimmed,
)
from services.indicators.scoring.expressions import (
    GoalColumns,
    achievement_sql,
    capped_sql,
    edge_sql,
    light_sql,
    quotient_sql,
)
from services.indicators.scoring.formulas import TermFormulas, computed_sql

_GOAL = GoalColumns.of("r")
_REPORTED = "FILTER (WHERE j.state = 'reported')"


def _over_tree(column: str, used: str, *, ratio: str) -> str:
    """A column over the dependencias of one indicator, by its rule. used: which of them; ratio: SQL of that rule.

    A dependencia that counts with a share brings that share of what is summed, and that weight into a mean.
    """
    present = used.replace("WHERE ", f"WHERE j.{column} IS NOT NULL AND ") or f"FILTER (WHERE j.{column} IS NOT NULL)"
    mean = quotient_sql(f"sum(j.{column} * j.share) {used}", f"sum(j.share) {present}")
    weighted = quotient_sql(f"sum(j.{column} * j.weight * j.share) {used}", f"sum(j.weight * j.share) {present}")
    return f"""CASE i.org_aggregation WHEN 'sum' THEN sum(j.{column} * j.share) {used} WHEN 'weighted' THEN {weighted}
        WHEN 'ratio' THEN {ratio} WHEN 'mean' THEN {mean} END"""


# A dependencia alone is its own roll-up; of what is summed, its share.
_ALONE = "count(*) = 1 AND (i.org_aggregation <> 'sum' OR min(j.share) = 1)"


def _value(formulas: TermFormulas) -> str:
    complete = f"""count(j.numerator) {_REPORTED} = count(*) {_REPORTED}
        AND count(j.denominator) {_REPORTED} = count(*) {_REPORTED}"""
    terms = f"sum(j.numerator * j.share) {_REPORTED}", f"sum(j.denominator * j.share) {_REPORTED}"
    ratio = computed_sql(formulas, "i.id", "j.unit", *terms)
    # One that reported alone is its own ratio: nothing is added up.
    one = f"count(*) {_REPORTED} = 1"
    rolled = _over_tree(
        "value", _REPORTED, ratio=f"CASE WHEN {one} THEN min(j.value) {_REPORTED} WHEN {complete} THEN {ratio} END"
    )
    return f"CASE WHEN {_ALONE} THEN min(j.value) ELSE {rolled} END"


def _target(column: str) -> str:
    """Targets of the dependencias that reported, of all while none did; unknown as soon as one of them has none."""

    def rolled(used: str) -> str:
        present = used.replace("WHERE ", f"WHERE j.{column} IS NOT NULL AND ") or (
            f"FILTER (WHERE j.{column} IS NOT NULL)"
        )
        mean = quotient_sql(f"sum(j.{column} * j.share) {used}", f"sum(j.share) {present}")
        return _over_tree(column, used, ratio=mean)

    return f"""CASE WHEN {_ALONE} THEN min(j.{column})
        WHEN count(*) {_REPORTED} = 0 THEN {rolled("")}
        WHEN count(j.{column}) {_REPORTED} = count(*) {_REPORTED} THEN {rolled(_REPORTED)} END"""


def rolled_up(policy: Policy, sheets: str, formulas: TermFormulas, by: str = "") -> str:
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
           jsonb_agg(j.excluded) FILTER (WHERE j.excluded IS NOT NULL) AS excluded,
           {_value(formulas)} AS value, {_target("level")} AS level, {_target("level_to")} AS level_to
    FROM judged j JOIN {sheets} i ON i.id = j.indicator_id
    GROUP BY i.id, i.code, i.name, i.org_aggregation, j.unit, j.frequency{apart}
), rolled AS (
    SELECT r.*, s.percent, {capped_sql("s.percent", policy.cap)} AS capped, {light_sql("s.percent", policy)} AS light
    FROM rollup r CROSS JOIN LATERAL (SELECT {achievement_sql(_GOAL, policy.cap)} AS percent OFFSET 0) s
)"""


# $9 to $13: who counts, in which days, with what share; through which child each comes.
MEMBERS = """
member AS MATERIALIZED (
    SELECT * FROM unnest($9::bigint[], $10::date[], $11::date[], $12::numeric[], $13::bigint[])
        AS m (dependencia_id, first_day, last_day, share, child_id)
)"""
_CELL = ", ".join(f"c.{column}" for column in CELL)
PLACED = f"""
placed AS MATERIALIZED (
    SELECT {_CELL}, m.share
    FROM cell c JOIN (
        SELECT dependencia_id, first_day, last_day, trim_scale(sum(share)) AS share FROM member
        GROUP BY dependencia_id, first_day, last_day
    ) m ON m.dependencia_id = c.dependencia_id AND coalesce(c.last_day, $4) BETWEEN m.first_day AND m.last_day
)"""
_BY_CHILD = f"""
by_child AS MATERIALIZED (
    SELECT {_CELL}, m.share, m.child_id
    FROM cell c JOIN member m
      ON m.dependencia_id = c.dependencia_id AND coalesce(c.last_day, $4) BETWEEN m.first_day AND m.last_day
    WHERE m.child_id IS NOT NULL
)"""


def _children(card: Card, *, plain: bool) -> str:
    """CTEs `child_judged` and `child_objective`. plain: nobody changed children or shares, so what was judged for the
    root holds for its children too; otherwise their cells are added up and judged for them apart."""
    if not plain:
        return f"{_BY_CHILD}, {judgement(card, 'by_child', prefix='child_', by='child_id')}"
    return """
child_judged AS (SELECT j.*, m.child_id FROM judged j JOIN member m USING (dependencia_id)),
child_objective AS (SELECT o.*, m.child_id FROM objective o JOIN member m USING (dependencia_id))"""


def subtree_card(card: Card, *, plain: bool) -> str:
    """The whole document. $7 the dependencia's code, $8 the period's code, $9 to $13 members, $14 structure,
    $15 to $18 ids, codes and names of the children and whether they live in the card's days. plain: see `_children`.
    """
    item = f"""json_build_object('assignment', r.assignment, 'indicator', r.indicator, 'name', r.name, 'unit', r.unit,
        'frequency', r.frequency, 'direction', r.direction, 'org_aggregation', r.org_aggregation,
        'target', {trimmed("r.level")}, 'target_to', {trimmed("r.level_to")}, 'value', {trimmed("r.value")},
        'achievement', {edge_sql("r.percent")}, 'achievement_capped', {edge_sql("r.capped")},
        'traffic_light', r.light, 'state', r.state, 'reported', r.reported, 'expected', r.expected,
        'excluded', {excluded_sql("(jsonb_path_query_array(r.excluded, '$[*][*]'))")})"""
    rolled = rolled_up(card.policy, card.knowledge.indicators("$6"), card.formulas)
    return f"""WITH {cells(card)}, {MEMBERS}, {PLACED}, {judgement(card, "placed")}, {rolled},
{_children(card, plain=plain)}, child AS (
    SELECT * FROM unnest($15::bigint[], $16::text[], $17::text[], $18::boolean[]) AS c (id, code, name, lives)
), child_summary AS (
    SELECT c.id, json_build_object({counts_sql(card.policy)}) AS summary,
           count(*) FILTER (WHERE state = 'reported') > 0 AS has_reported
    FROM child c LEFT JOIN child_judged j ON j.child_id = c.id GROUP BY c.id
), child_score AS (
    SELECT c.id, c.code, c.name, c.lives, {SCORE} AS score, {COVERAGE} AS coverage
    FROM child c LEFT JOIN child_objective o ON o.child_id = c.id GROUP BY c.id, c.code, c.name, c.lives
), children AS (
    SELECT s.*, t.summary FROM child_score s JOIN child_summary t USING (id) WHERE s.lives OR t.has_reported
)
SELECT json_build_object(
    'dependencia', $7::text, 'plan', $2::text, 'period', $8::text, 'from', $3::date, 'to', $4::date,
    'scope', 'subtree', 'structure', $14::text, 'policy', '{card.policy.name}',
    'summary', {summary_sql(card.policy, "judged")},
    'score', (SELECT {SCORE} FROM objective), 'coverage', (SELECT {COVERAGE} FROM objective),
    'worst_child', (SELECT json_build_object('dependencia', code, 'score', score) FROM children
                    WHERE score IS NOT NULL ORDER BY score::numeric, code LIMIT 1),
    'indicators', (SELECT coalesce(json_agg({item} ORDER BY r.indicator, r.unit, r.frequency), '[]'::json)
                   FROM rolled r),
    'children', (SELECT coalesce(json_agg(json_build_object('dependencia', code, 'name', name, 'summary', summary,
                    'score', score, 'coverage', coverage) ORDER BY code), '[]'::json) FROM children))::text"""
