"""The SQL of data quality: counts of due cells and their shares, as design/domain.md §5 defines them."""

from typing import Final

from services.indicators.measurements.knowledge import Knowledge
from services.indicators.measurements.listings import ON_TIME
from services.indicators.scoring.expressions import edge_sql, quotient_sql

COUNTS: Final = """count(*) AS due,
    count(*) FILTER (WHERE reported) AS reported,
    count(*) FILTER (WHERE reported AND on_time) AS on_time,
    count(*) FILTER (WHERE returned) AS returned,
    count(*) FILTER (WHERE drifted) AS drifted,
    count(*) FILTER (WHERE reported AND on_time AND NOT returned) AS reliable"""
SHARES: Final = f"""'completeness', {edge_sql(quotient_sql("reported", "due"))},
    'timeliness', {edge_sql(quotient_sql("on_time", "due"))},
    'reliability', {edge_sql(quotient_sql("reliable", "due"))},
    'due', due, 'reported', reported, 'on_time', on_time, 'returned', returned, 'drifted', drifted,
    'reliable', reliable"""


def due_cells(knowledge: Knowledge, extra: str = "") -> str:
    """CTE `due`: cells that fell due in the period, or came before they did. $1 ids, $2 plan, $3 first and $4 last day
    (both null: everything so far), $5 today, $6 instant.

    extra: one more condition on the assignment `a`. Rows with error findings never get in: the intake refuses them, so
    `reliable` needs no condition for them.
    """
    return f"""
due AS (
    SELECT a.dependencia_id, c.last_day, coalesce(m.returned_count, 0) > 0 AS returned,
           m.value IS NOT NULL AS reported, coalesce({ON_TIME}, false) AS on_time,
           coalesce(m.approved_version < m.version AND m.review <> 'approved', false) AS drifted
    FROM {knowledge.assignments("$6")} a
    JOIN {knowledge.calendars("$6")} k ON k.plan = a.plan
    JOIN indicators.calendar_periods c
      ON c.plan = k.plan AND c.version = k.version AND c.frequency = a.frequency
     AND ($3::date IS NULL OR c.last_day BETWEEN $3 AND $4)
    LEFT JOIN {knowledge.measurements("$6")} m
      ON m.dependencia_id = a.dependencia_id AND m.assignment_id = a.id AND m.period = c.period
    WHERE a.dependencia_id = ANY ($1::bigint[]) AND a.plan = $2
      AND {knowledge.state("$6", "$5")} IN ('reported', 'missing') {extra}
)"""


def quality_document(knowledge: Knowledge) -> str:
    """The whole document. $7 dependencia, $8 period code or null, $9 scope, $10 structure, $11 to $15 members with the
    child each comes through, $16 and $17 ids, $18 names of the children. Counts are of cells, whole: a cell of which a
    share belongs here is owed here."""
    return f"""WITH {due_cells(knowledge)}, member AS MATERIALIZED (
    SELECT * FROM unnest($11::bigint[], $12::date[], $13::date[], $14::numeric[], $15::bigint[])
        AS m (dependencia_id, first_day, last_day, share, child_id)
), placed AS (
    SELECT d.*, m.children FROM due d JOIN (
        SELECT dependencia_id, first_day, last_day, array_agg(DISTINCT child_id) AS children FROM member
        GROUP BY dependencia_id, first_day, last_day
    ) m ON m.dependencia_id = d.dependencia_id AND d.last_day BETWEEN m.first_day AND m.last_day
), counted AS (SELECT {COUNTS} FROM placed), child AS (
    SELECT * FROM unnest($16::bigint[], $17::text[], $18::text[]) AS c (id, code, name) WHERE $9::text = 'subtree'
), by_child AS (
    SELECT child.code, child.name, {COUNTS} FROM child JOIN placed ON child.id = ANY (placed.children)
    GROUP BY child.code, child.name
)
SELECT json_build_object('dependencia', $7::text, 'plan', $2::text, 'period', $8::text, 'scope', $9::text,
    'structure', $10::text, 'rule', 'reliability@1', {SHARES},
    'children', (SELECT coalesce(json_agg(json_build_object('dependencia', code, 'name', name, {SHARES})
                    ORDER BY code), '[]'::json) FROM by_child))::text
FROM counted"""
