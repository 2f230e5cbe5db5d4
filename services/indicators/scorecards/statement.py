"""The SQL of a scorecard, live from the cells.

A card of a period holds every assignment once. Its cells are those whose own period ends inside the card's: a
month's card has the months, a year's card all months added up by the indicator's rule, and a quarterly assignment in
January's card has none and is `not_due`.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from services.indicators.domain.policy import Policy
from services.indicators.measurements.knowledge import Knowledge
from services.indicators.measurements.units import HAD_ANOTHER, sent_at, unit_at
from services.indicators.scoring.expressions import (
    GoalColumns,
    achievement_sql,
    capped_sql,
    edge_sql,
    light_sql,
    quotient_sql,
)
from services.indicators.scoring.formulas import TermFormulas, computed_sql

Scope = Literal["own", "subtree"]

_GOAL = GoalColumns.of("g")


@dataclass(frozen=True, slots=True)
class Card:
    """What a scorecard is about, and how it is judged."""

    policy: Policy
    knowledge: Knowledge
    approved_only: bool = False
    formulas: TermFormulas = field(default_factory=dict)


_REPORTED = "FILTER (WHERE c.adds)"


def _over_time(column: str, used: str) -> str:
    """A column of one assignment's cells over the card's period, by the indicator's rule. used: which cells."""
    return f"""CASE c.time_aggregation
        WHEN 'sum' THEN sum(c.{column}) {used}
        WHEN 'max' THEN max(c.{column}) {used}
        WHEN 'last' THEN (array_agg(c.{column} ORDER BY c.last_day DESC) {used})[1]
        ELSE {quotient_sql(f"sum(c.{column}) {used}", f"count(c.{column}) {used}")} END"""


def _value_over_time(formulas: TermFormulas) -> str:
    """Σn/Σd for ratios, unless one cell lacks a term; one cell alone is its own value."""
    used = _REPORTED
    terms = f"sum(c.numerator) {used}", f"sum(c.denominator) {used}"
    ratio = computed_sql(formulas, "c.indicator_id", "c.unit", *terms)
    return f"""CASE WHEN count(*) {used} = 1 THEN min(c.value) {used}
        WHEN c.time_aggregation <> 'ratio' THEN {_over_time("value", used)}
        WHEN count(c.numerator) {used} = count(*) {used} AND count(c.denominator) {used} = count(*) {used}
        THEN {ratio} END"""


def _term_over_time(term: str) -> str:
    """Σ of a term; unknown as soon as one cell that was reported lacks it, for what is left would be another ratio."""
    return f"CASE WHEN count(c.{term}) {_REPORTED} = count(*) {_REPORTED} THEN sum(c.{term}) {_REPORTED} END"


def _target_over_time(column: str) -> str:
    """Targets of the same periods as the results; of all periods while nothing is reported. One cell alone is its own
    target, and a result without one is not held against that of another period."""
    used = _REPORTED
    return f"""CASE
        WHEN count(*) {used} = 1 THEN min(c.{column}) {used}
        WHEN count(*) = 1 THEN min(c.{column})
        WHEN count(*) {used} = 0 THEN {_over_time(column, "")}
        WHEN count(c.{column}) {used} = count(*) {used} THEN {_over_time(column, used)} END"""


def over_time(formulas: TermFormulas) -> str:
    """Columns of the cells `c` of one assignment, added up: state, value, terms and target. The cells are grouped by
    what they have in common, among it `indicator_id`, `unit` and `time_aggregation`; `adds` says which of them have a
    value in that unit."""
    return f"""CASE WHEN bool_or(c.state = 'reported') THEN 'reported' WHEN bool_or(c.state = 'missing') THEN 'missing'
                WHEN bool_and(c.state = 'exempt') THEN 'exempt' ELSE 'not_due' END AS state,
           {_value_over_time(formulas)} AS value,
           {_term_over_time("numerator")} AS numerator, {_term_over_time("denominator")} AS denominator,
           {_target_over_time("level")} AS level, {_target_over_time("level_to")} AS level_to"""


def cells(card: Card) -> str:
    """CTE `cell` over $1 dependencia ids. $2 plan, $3 first and $4 last day, $5 today, $6 instant.

    Each cell is looked up by its whole key, behind `OFFSET 0`: the planner takes the columns of the key for
    independent, believes the period superfluous, and would read every year of an assignment for each of its months.
    """
    approved, shown, terms, batch = "", "m.value, m.numerator, m.denominator, m.review", "", "m.batch_id"
    if card.approved_only:
        # A change after approval leaves what was approved readable: its value beside the new one, its terms in the
        # version that was approved.
        approved = " AND m.approved_value IS NOT NULL"
        shown = """m.approved_value AS value,
           CASE WHEN m.review = 'approved' THEN m.numerator ELSE former.numerator END AS numerator,
           CASE WHEN m.review = 'approved' THEN m.denominator ELSE former.denominator END AS denominator,
           CASE WHEN m.approved_value IS NOT NULL THEN 'approved' END AS review"""
        batch = "CASE WHEN m.review = 'approved' THEN m.batch_id ELSE former.batch_id END"
        terms = """LEFT JOIN LATERAL (
        SELECT r.numerator, r.denominator, r.batch_id FROM indicators.measurement_revisions r
        WHERE m.review <> 'approved' AND r.dependencia_id = m.dependencia_id AND r.assignment_id = m.assignment_id
          AND r.period = m.period AND r.version = m.approved_version
        OFFSET 0) former ON true"""
    return f"""
cell AS MATERIALIZED (
    SELECT a.dependencia_id, a.id, a.indicator_id, i.time_aggregation, c.period, c.last_day,
           CASE WHEN a.had_another AND m.value IS NOT NULL THEN {unit_at(sent_at(batch))} ELSE a.unit END AS unit,
           CASE WHEN c.period IS NULL THEN 'not_due' ELSE {card.knowledge.state("$6", "$5")} END AS state,
           {shown}, a.had_another, t.level, t.level_to, 1::numeric AS share
    FROM (SELECT a.*, {HAD_ANOTHER} AS had_another FROM {card.knowledge.assignments("$6")} a) a
    JOIN {card.knowledge.indicators("$6")} i ON i.id = a.indicator_id
    LEFT JOIN ({card.knowledge.calendars("$6")} k
               JOIN indicators.calendar_periods c ON c.plan = k.plan AND c.version = k.version)
           ON c.plan = a.plan AND c.frequency = a.frequency AND c.last_day BETWEEN $3 AND $4
    LEFT JOIN LATERAL (
        SELECT m.* FROM {card.knowledge.measurements("$6")} m
        WHERE m.dependencia_id = a.dependencia_id AND m.assignment_id = a.id AND m.period = c.period{approved}
        OFFSET 0) m ON true
    {terms}
    LEFT JOIN LATERAL (
        SELECT t.* FROM {card.knowledge.targets("$6")} t
        WHERE t.dependencia_id = a.dependencia_id AND t.assignment_id = a.id AND t.period = c.period
        OFFSET 0) t ON true
    WHERE a.dependencia_id = ANY ($1::bigint[]) AND a.plan = $2
)"""


CELL: Final = (
    "dependencia_id", "id", "indicator_id", "time_aggregation", "period", "last_day", "unit", "had_another", "state",
    "value", "numerator", "denominator", "review", "level", "level_to",
)  # fmt: skip


def in_one_unit(source: str, *, prefix: str = "", by: str = "") -> str:
    """CTE `counted` over a source with the columns of CELL and a share: what an assignment reported is added up in the
    unit of its latest report. `unit` is that one, `sent_unit` the cell's; `adds`: whether the cell's value counts.
    """
    key = f"dependencia_id, id, share{by and f', {by}'}"
    same = " AND ".join(f"l.{column.strip()} = c.{column.strip()}" for column in key.split(","))
    kept = ", ".join(f"c.{column}" for column in CELL if column != "unit")
    return f"""
{prefix}latest AS MATERIALIZED (
    SELECT DISTINCT ON ({key}) {key}, unit FROM {source} WHERE had_another AND state = 'reported'
    ORDER BY {key}, last_day DESC
), {prefix}counted AS (
    SELECT {kept}, c.share{by and f", c.{by}"}, c.unit AS sent_unit,
           CASE WHEN l.id IS NULL THEN c.unit ELSE l.unit END AS unit,
           c.state = 'reported' AND (l.id IS NULL OR c.unit IS NOT DISTINCT FROM l.unit) AS adds
    FROM {source} c LEFT JOIN {prefix}latest l ON {same}
)"""


# What was reported and is not added up, and why: an array of the cells, NULL for nearly everybody.
_EXCLUDED: Final = """jsonb_agg(jsonb_build_object('unit', c.sent_unit, 'period', c.period) ORDER BY c.last_day)
               FILTER (WHERE c.state = 'reported' AND NOT c.adds)"""


def excluded_sql(cells: str) -> str:
    """SQL of what a card says of the cells it left out (as `_EXCLUDED`), by the unit they were sent in."""
    return f"""CASE WHEN {cells} IS NULL THEN '[]'::json ELSE (
        SELECT json_agg(json_build_object('because', 'unit-changed', 'unit', x.unit, 'cells', x.cells,
            'periods', x.periods) ORDER BY x.unit)
        FROM (SELECT e->>'unit' AS unit, count(*) AS cells, json_agg(DISTINCT e->>'period') AS periods
              FROM jsonb_array_elements({cells}) e GROUP BY 1) x) END"""


def judgement(card: Card, source: str = "cell", *, prefix: str = "", by: str = "") -> str:
    """CTEs that add up and judge a source of cells: `judged` by assignment and `objective` by objective.

    prefix: of the names of the CTEs; by: a further column of the source to keep apart. Cells of one assignment that
    count with different shares are kept apart too: what each part weighs is its share.
    """
    also = f", c.{by}" if by else ""
    shown = f"{by}, " if by else ""
    return f"""{in_one_unit(source, prefix=prefix, by=by)}, {prefix}whole AS (
    SELECT c.dependencia_id, c.id, c.share{also},
           count(*) FILTER (WHERE c.state = 'reported') AS reported,
           count(*) FILTER (WHERE c.state IN ('reported', 'missing')) AS expected,
           CASE count(DISTINCT c.review) WHEN 1 THEN min(c.review) END AS review,
           {_EXCLUDED} AS excluded, c.unit,
           {over_time(card.formulas)}
    FROM {prefix}counted c
    GROUP BY c.dependencia_id, c.id, c.indicator_id, c.unit, c.time_aggregation, c.share{also}
), {prefix}goal AS (
    SELECT w.*, a.code, a.objective, a.indicator_id, i.code AS indicator, i.name, a.direction, a.weight,
           coalesce(a.tolerance, i.tolerance) AS tolerance, a.baseline_value, a.by_progress, a.frequency
    FROM {prefix}whole w
    JOIN {card.knowledge.assignments("$6")} a ON a.dependencia_id = w.dependencia_id AND a.id = w.id
    JOIN {card.knowledge.indicators("$6")} i ON i.id = a.indicator_id
), {prefix}judged AS MATERIALIZED (
    SELECT g.*, s.percent, {capped_sql("s.percent", card.policy.cap)} AS capped,
           {light_sql("s.percent", card.policy)} AS light
    FROM {prefix}goal g CROSS JOIN LATERAL (SELECT {achievement_sql(_GOAL, card.policy.cap)} AS percent OFFSET 0) s
), {prefix}objective AS (
    SELECT dependencia_id, {shown}share, coalesce(objective, '') AS objective,
           {quotient_sql("sum(weight * capped)", "sum(weight) FILTER (WHERE capped IS NOT NULL)")} AS score,
           coalesce(sum(weight) FILTER (WHERE state = 'reported'), 0) * share AS reported_weight,
           coalesce(sum(weight) FILTER (WHERE state IN ('reported', 'missing')), 0) * share AS expected_weight
    FROM {prefix}judged GROUP BY dependencia_id, {shown}share, coalesce(objective, '')
)"""


SUMMARY_KEYS = ("reported", "missing", "not_due", "exempt")
COUNTED = frozenset((*SUMMARY_KEYS, "unscored"))
"""What a summary counts beside the lights, which therefore have other names."""


def counts_sql(policy: Policy) -> str:
    """Arguments of json_build_object: counts by light and by state, over rows with `light` and `state`."""
    lights = [band.light for band in policy.bands]
    counts = [f"'{light}', count(*) FILTER (WHERE light = '{light}')" for light in lights]
    counts += [f"'{state}', count(*) FILTER (WHERE state = '{state}')" for state in SUMMARY_KEYS]
    counts.append("'unscored', count(*) FILTER (WHERE state = 'reported' AND light IS NULL)")
    return ", ".join(counts)


def summary_sql(policy: Policy, source: str) -> str:
    """SQL of the counts over a source, as one object."""
    return f"(SELECT json_build_object({counts_sql(policy)}) FROM {source})"


SCORE = edge_sql(quotient_sql("sum(score * share)", "sum(share) FILTER (WHERE score IS NOT NULL)"))
COVERAGE = edge_sql(quotient_sql("sum(reported_weight)", "sum(expected_weight)"))


def own_card(card: Card) -> str:
    """The whole document of a dependencia's own card. $7 its code, $8 the period's code."""
    item = f"""json_build_object('assignment', j.code, 'indicator', j.indicator, 'name', j.name, 'unit', j.unit,
        'frequency', j.frequency, 'direction', j.direction, 'target', {trimmed("j.level")},
        'target_to', {trimmed("j.level_to")}, 'value', {trimmed("j.value")},
        'achievement', {edge_sql("j.percent")}, 'achievement_capped', {edge_sql("j.capped")},
        'traffic_light', j.light, 'state', j.state, 'review', j.review,
        'reported', j.reported, 'expected', j.expected, 'excluded', {excluded_sql("j.excluded")})"""
    objective = f"""json_build_object('objective', nullif(o.objective, ''), 'score', {edge_sql("o.score")},
        'coverage', {edge_sql(quotient_sql("o.reported_weight", "o.expected_weight"))})"""
    return f"""WITH {cells(card)}, {judgement(card)}
SELECT json_build_object(
    'dependencia', $7::text, 'plan', $2::text, 'period', $8::text, 'from', $3::date, 'to', $4::date,
    'scope', 'own', 'structure', 'as_reported', 'policy', '{card.policy.name}',
    'summary', {summary_sql(card.policy, "judged")},
    'score', (SELECT {SCORE} FROM objective), 'coverage', (SELECT {COVERAGE} FROM objective),
    'objectives', (SELECT coalesce(json_agg({objective} ORDER BY o.objective COLLATE "C"), '[]'::json)
                   FROM objective o),
    'indicators', (SELECT coalesce(json_agg({item} ORDER BY j.code), '[]'::json) FROM judged j),
    'children', '[]'::json)::text"""


def trimmed(column: str) -> str:
    """A measure as sent; only quotients, which carry 30 decimals, are rounded at the edge."""
    return f"CASE WHEN scale({column}) > 10 THEN round({column}, 4) ELSE {column} END::text"
