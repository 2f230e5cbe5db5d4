"""The SQL of series and comparisons. Points carry what they can be compared by, and say where they cannot."""

from collections.abc import Mapping
from typing import Any, Final

from services.indicators.domain.policy import Policy
from services.indicators.domain.structure import Structure
from services.indicators.measurements.knowledge import Knowledge
from services.indicators.measurements.units import sent_at, unit_at
from services.indicators.scorecards.statement import over_time, trimmed
from services.indicators.scorecards.subtree import rolled_up
from services.indicators.scoring.expressions import edge_sql
from services.indicators.scoring.formulas import TermFormulas

COMPARED_FIELDS: Final = (
    "rank", "quartile", "dependencia", "name", "province", "provinces", "assignment", "unit", "frequency", "value",
    "target", "achievement", "traffic_light", "state", "reported", "expected",
)  # fmt: skip


_STATISTICS: Final = {
    "minimum": "min(value)",
    "maximum": "max(value)",
    "first_quartile": "percentile_disc(0.25) WITHIN GROUP (ORDER BY value)",
    "median": "percentile_disc(0.5) WITHIN GROUP (ORDER BY value)",
    "third_quartile": "percentile_disc(0.75) WITHIN GROUP (ORDER BY value)",
}


def best_first(item: Mapping[str, Any]) -> str:
    """A page key: rank, then dependencia; those without a rank come last."""
    rank = 10**9 if item["rank"] is None else item["rank"]
    return f"{rank:010}|{item['dependencia']}|{item['unit']}|{item['frequency']}"


def lineage(knowledge: Knowledge) -> str:
    """An indicator's own past under other names, and the names that continue it. $1 code, $2 instant."""
    return f"""
WITH RECURSIVE sheet AS MATERIALIZED (
    SELECT i.code, i.succeeds FROM {knowledge.indicators("$2")} i WHERE $2::timestamptz IS NOT NULL
), line (code) AS (
    SELECT $1::text COLLATE "C"
    UNION
    SELECT s.code FROM line
    JOIN LATERAL (
        SELECT unnest(i.succeeds) COLLATE "C" AS code FROM sheet i WHERE i.code = line.code
        UNION SELECT i.code FROM sheet i WHERE line.code = ANY (i.succeeds)
    ) s ON true
)
SELECT i.code FROM line JOIN sheet i ON i.code = line.code ORDER BY i.code"""


# Of what did not come, the unit when it fell due.
_UNIT_THEN: Final = unit_at(f"coalesce({sent_at()}, c.due_on::timestamp AT TIME ZONE 'UTC')")


_INSIDE: Final = "($4::date IS NULL OR c.first_day >= $4) AND ($5::date IS NULL OR c.last_day <= $5)"
_ENDING_INSIDE: Final = "c.last_day BETWEEN $4 AND $5"


def point_cells(knowledge: Knowledge, name: str, within: str) -> str:
    """CTE of this name: single cells, each with the dependencia it counts for. $1 ids, $2 indicator codes, $3 plans or
    null, $4 first and $5 last day or null, $6 today, $7 instant, $8 to $12 members: ids, first and last days of the
    periods that count, shares, and the dependencia they count for. within: which periods `c` of these days."""
    return f"""
member AS MATERIALIZED (
    SELECT * FROM unnest($8::bigint[], $9::date[], $10::date[], $11::numeric[], $12::bigint[])
        AS m (unit_id, first_day, last_day, share, dependencia_id)
), {name} AS MATERIALIZED (
    SELECT h.dependencia_id, h.share, a.id, a.code, a.plan, a.indicator_id, {_UNIT_THEN} AS unit, a.frequency,
           a.direction, a.weight, i.time_aggregation, coalesce(a.tolerance, i.tolerance) AS tolerance,
           a.baseline_value, a.by_progress,
           c.period, c.first_day, c.last_day, {knowledge.state("$7", "$6")} AS state,
           m.value, m.numerator, m.denominator, m.review, t.level, t.level_to, m.value IS NOT NULL AS adds,
           NULL::jsonb AS excluded
    FROM {knowledge.assignments("$7")} a
    JOIN {knowledge.indicators("$7")} i ON i.id = a.indicator_id AND i.code = ANY ($2::text[])
    JOIN {knowledge.calendars("$7")} k ON k.plan = a.plan
    JOIN indicators.calendar_periods c ON c.plan = k.plan AND c.version = k.version AND c.frequency = a.frequency
     AND {within}
    JOIN member h ON h.unit_id = a.dependencia_id AND c.last_day BETWEEN h.first_day AND h.last_day
    LEFT JOIN {knowledge.measurements("$7")} m
      ON m.dependencia_id = a.dependencia_id AND m.assignment_id = a.id AND m.period = c.period
    LEFT JOIN LATERAL (
        SELECT t.* FROM {knowledge.targets("$7")} t
        WHERE t.dependencia_id = a.dependencia_id AND t.assignment_id = a.id AND t.period = c.period
        OFFSET 0) t ON true
    WHERE a.dependencia_id = ANY ($1::bigint[]) AND ($3::text[] IS NULL OR a.plan = ANY ($3))
)"""


def series(policy: Policy, knowledge: Knowledge, formulas: TermFormulas) -> str:
    """Points of the indicator and its lineage, rolled up over the ids, oldest first, as one JSON array."""
    kept = "period, first_day, last_day, plan"
    rolled = rolled_up(policy, knowledge.indicators("$7"), formulas, by=kept)
    return f"""WITH {point_cells(knowledge, "judged", _INSIDE)}, {rolled}, compared AS (
    SELECT r.*, lag(r.indicator) OVER line AS was, lag(r.unit) OVER line AS was_unit,
           lag(r.frequency) OVER line AS was_frequency, lag(r.direction) OVER line AS was_direction,
           row_number() OVER line AS place
    FROM rolled r WHERE r.state <> 'not_due'
    WINDOW line AS (ORDER BY r.last_day, r.first_day DESC, r.indicator, r.unit, r.frequency)
)
SELECT coalesce(json_agg(json_build_object(
    'indicator', c.indicator, 'plan', c.plan, 'period', c.period, 'frequency', c.frequency, 'unit', c.unit,
    'assignment', c.assignment, 'value', {trimmed("c.value")}, 'target', {trimmed("c.level")},
    'target_to', {trimmed("c.level_to")}, 'achievement', {edge_sql("c.percent")}, 'traffic_light', c.light,
    'state', c.state, 'reported', c.reported, 'expected', c.expected,
    'comparable', c.place = 1 OR (c.indicator = c.was AND c.unit IS NOT DISTINCT FROM c.was_unit
        AND c.frequency = c.was_frequency AND c.direction IS NOT DISTINCT FROM c.was_direction),
    'breaks', CASE WHEN c.place = 1 THEN '[]'::json ELSE to_json(array_remove(ARRAY[
        CASE WHEN c.indicator <> c.was THEN 'definition-changed' END,
        CASE WHEN c.unit IS DISTINCT FROM c.was_unit THEN 'unit-changed' END,
        CASE WHEN c.frequency <> c.was_frequency THEN 'frequency-changed' END,
        CASE WHEN c.direction IS DISTINCT FROM c.was_direction THEN 'direction-changed' END], NULL)) END)
    ORDER BY c.place), '[]'::json)::text
FROM compared c"""


def _whole_period(formulas: TermFormulas) -> str:
    """CTE `judged`: the cells of each assignment added up over the period, as on a card."""
    same = """c.dependencia_id, c.share, c.id, c.code, c.plan, c.indicator_id, c.unit, c.frequency, c.direction,
        c.weight, c.tolerance, c.baseline_value, c.by_progress, c.excluded"""
    return f"""judged AS MATERIALIZED (
    SELECT {same}, {over_time(formulas)} FROM cell c GROUP BY {same}, c.time_aggregation
)"""


def comparison(policy: Policy, knowledge: Knowledge, formulas: TermFormulas, structure: Structure) -> str:
    """Dependencias of one indicator in one period, ranked by achievement, with quartiles of the values.

    Its cells are those of a card of the period: those that end inside it, added up for each dependencia; `reported`
    and `expected` count them.

    The province is that of the day by whose tree it is told: the period's last one, or today. `provinces` are those of
    all whose cells of the period count for the dependencia: a map paints them with its value.

    Equal achievements share rank and quartile: the code of a dependencia makes none better than another.

    Quartiles are values that somebody reported (percentile_disc): the interpolating kind passes through floats.
    """
    kept = "dependencia_id, plan"
    day = "$6::date" if structure is Structure.TODAY else "least($5::date, $6::date)"
    own = knowledge.province_on("u.id", day, "$7")
    of_member = knowledge.province_on("h.unit_id", f"least(h.last_day, {day})", "$7")
    rolled = rolled_up(policy, knowledge.indicators("$7"), formulas, by=kept)
    statistics = ", ".join(f"'{name}', {trimmed(f'({value})')}" for name, value in _STATISTICS.items())
    return f"""WITH {point_cells(knowledge, "cell", _ENDING_INSIDE)}, {_whole_period(formulas)}, {rolled}, counted AS (
    SELECT dependencia_id, coalesce(unit, '') AS unit, frequency,
           count(*) FILTER (WHERE state = 'reported') AS reported,
           count(*) FILTER (WHERE state IN ('reported', 'missing')) AS expected
    FROM cell GROUP BY dependencia_id, coalesce(unit, ''), frequency
), ranked AS (
    SELECT r.*, n.reported AS cells_reported, n.expected AS cells_expected,
           u.code AS dependencia, {knowledge.name_on("u", "$6", "$7")} AS dependencia_name,
           {own} AS province, (SELECT coalesce(json_agg(DISTINCT p.province), '[]'::json)
               FROM member h CROSS JOIN LATERAL (SELECT {of_member} AS province) p
               WHERE h.dependencia_id = u.id AND h.first_day <= $5 AND h.last_day >= $4
                 AND p.province IS NOT NULL) AS provinces,
           CASE WHEN r.percent IS NOT NULL THEN rank() OVER (ORDER BY r.percent DESC NULLS LAST) END AS place,
           CASE WHEN r.percent IS NOT NULL THEN 1 + 4 * (rank() OVER (ORDER BY r.percent DESC NULLS LAST) - 1)
               / count(r.percent) OVER () END AS quartile
    FROM rolled r JOIN indicators.org_units u ON u.id = r.dependencia_id
    JOIN counted n
      ON n.dependencia_id = r.dependencia_id AND n.unit = coalesce(r.unit, '') AND n.frequency = r.frequency
), measured AS (SELECT * FROM ranked WHERE value IS NOT NULL)
SELECT json_build_object(
    'comparable', (SELECT count(DISTINCT coalesce(unit, '')) < 2 AND count(DISTINCT frequency) < 2 FROM ranked),
    'units', (SELECT coalesce(json_agg(DISTINCT unit), '[]'::json) FROM ranked),
    'statistics', (SELECT json_build_object('expected', (
            SELECT count(*) FROM ranked WHERE state IN ('reported', 'missing')), 'reported', count(*), {statistics})
        FROM measured),
    'items', (SELECT coalesce(json_agg(json_build_object(
        'rank', k.place, 'quartile', k.quartile, 'dependencia', k.dependencia, 'name', k.dependencia_name,
        'province', k.province, 'provinces', k.provinces, 'assignment', k.assignment,
        'unit', k.unit, 'frequency', k.frequency, 'value', {trimmed("k.value")},
        'target', {trimmed("k.level")}, 'achievement', {edge_sql("k.percent")}, 'traffic_light', k.light,
        'state', k.state, 'reported', k.cells_reported, 'expected', k.cells_expected)
        ORDER BY k.place NULLS LAST, k.dependencia, k.unit), '[]'::json) FROM ranked k))::text"""
