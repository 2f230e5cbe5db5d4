"""The SQL of fed values. A fed value is a measurement like any other: versioned, reviewed, in the feed."""

from typing import Final

from services.indicators.measurements.knowledge import MEASUREMENT, Knowledge, born
from services.indicators.quality.statement import COUNTS, due_cells

CURSOR: Final = "platform-feed"
READ_CURSOR: Final = "SELECT position FROM indicators.summary_cursor WHERE name = $1 FOR UPDATE"
MOVE_CURSOR: Final = """
INSERT INTO indicators.summary_cursor (name, position) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET position = excluded.position"""
HEAD: Final = "SELECT coalesce(max(position), 0) FROM indicators.events"

# Periods in which the dependencia `u` exists.
_IN_ITS_LIFE: Final = f"""coalesce(c.last_day >= {born("u")}, true)
    AND coalesce(c.first_day <= u.valid_to, true)"""
# A formula names other indicators in brackets; what has none is the platform's reliability.
_BY_FORMULA: Final = "position('[' IN coalesce(i.formula, '')) > 0"


def fed_cells(*, by_formula: bool) -> str:
    """Cells the platform feeds: all that are open when the day has turned or sheets, assignments or targets changed,
    else those that an event since the cursor touches. $1 after this position, $2 today, $3 whether the day has turned.

    by_formula: those computed from other indicators, or the others.
    """
    return f"""
WITH latest AS (SELECT plan, max(version) AS version FROM indicators.calendars GROUP BY plan),
fed AS (
    SELECT a.dependencia_id, a.id, a.code, a.plan, u.code AS dependencia, c.period, c.first_day, c.last_day,
           i.code AS indicator, i.formula, coalesce(r.id, u.id) AS measured_id, r.id IS NOT NULL AS with_subtree
    FROM indicators.assignments a
    JOIN indicators.indicators i ON i.id = a.indicator_id
    JOIN indicators.org_units u ON u.id = a.dependencia_id
    LEFT JOIN indicators.org_units r ON r.code = a.feed_rule->>'reliability_of'
    JOIN latest k ON k.plan = a.plan
    JOIN indicators.calendar_periods c ON c.plan = k.plan AND c.version = k.version AND c.frequency = a.frequency
    WHERE a.feed_source = 'platform' AND c.opens_on <= $2 AND {_IN_ITS_LIFE}
      AND {"" if by_formula else "NOT "}({_BY_FORMULA})
), passed AS (
    SELECT type, data FROM indicators.events WHERE position > $1
), changed AS (
    SELECT DISTINCT o.id AS dependencia_id, g.plan, d.last_day
    FROM passed e
    CROSS JOIN LATERAL jsonb_to_recordset(e.data->'groups') AS g (dependencia text, plan text, periods jsonb)
    CROSS JOIN LATERAL jsonb_array_elements_text(g.periods) AS p (period)
    JOIN indicators.org_units o ON o.code = g.dependencia
    JOIN latest k ON k.plan = g.plan
    JOIN indicators.calendar_periods d ON d.plan = k.plan AND d.version = k.version AND d.period = p.period
    WHERE e.type IN ('measurements.recorded', 'measurements.reviewed')
)
SELECT f.* FROM fed f
WHERE $3::boolean OR EXISTS (SELECT FROM passed WHERE type NOT LIKE 'measurements.%')
   OR EXISTS (SELECT FROM changed c WHERE c.plan = f.plan AND c.last_day BETWEEN f.first_day AND f.last_day
    AND (c.dependencia_id = f.measured_id OR f.with_subtree AND EXISTS (SELECT FROM indicators.org_closure x
        WHERE x.ancestor_id = f.measured_id AND x.descendant_id = c.dependencia_id)))
ORDER BY f.dependencia_id, f.id, f.period"""


def cells_fed_by(*sources: str) -> str:
    """Open cells of assignments fed by some of the closed list of sources. $1 today."""
    names = ", ".join(f"'{source}'" for source in sources)
    return f"""
WITH latest AS (SELECT plan, max(version) AS version FROM indicators.calendars GROUP BY plan)
SELECT a.dependencia_id, a.id, a.version, a.plan, a.feed_source, a.feed_rule, u.code AS dependencia,
       c.period, c.first_day, c.last_day
FROM indicators.assignments a
JOIN indicators.org_units u ON u.id = a.dependencia_id
JOIN latest k ON k.plan = a.plan
JOIN indicators.calendar_periods c ON c.plan = k.plan AND c.version = k.version AND c.frequency = a.frequency
WHERE a.feed_source IN ({names}) AND c.opens_on <= $1 AND {_IN_ITS_LIFE}
ORDER BY a.dependencia_id, a.id, c.period"""


BELOW: Final = "SELECT descendant_id FROM indicators.org_closure WHERE ancestor_id = $1"


def reliability(knowledge: Knowledge) -> str:
    """Counts of the due cells of some dependencias; fed ones would judge themselves and are left out.

    $1 ids, $2 plan, $3 first and $4 last day, $5 today, $6 instant.
    """
    cells = due_cells(knowledge, extra="AND a.feed_source <> 'platform'")
    return f"WITH {cells} SELECT {COUNTS} FROM due"


# $1 dependencia, $2 assignment, $3 period, $4 value, $5 numerator, $6 denominator, $7 now, $8 source and author
STORE: Final = f"""
WITH was AS (
    SELECT m.*, greatest($7::timestamptz, m.recorded_at + interval '1 microsecond') AS replaced_at
    FROM indicators.measurements m
    WHERE m.dependencia_id = $1 AND m.assignment_id = $2 AND m.period = $3
), same AS (
    SELECT FROM was WHERE value = $4 AND numerator IS NOT DISTINCT FROM $5 AND denominator IS NOT DISTINCT FROM $6
), kept AS (
    INSERT INTO indicators.measurement_revisions ({MEASUREMENT}, superseded_at)
    SELECT {MEASUREMENT}, replaced_at FROM was WHERE NOT EXISTS (SELECT FROM same)
)
INSERT INTO indicators.measurements AS m (dependencia_id, assignment_id, period, version, value, numerator, denominator,
    source, submitted_by, review, returned_count, first_recorded_at, recorded_at)
SELECT $1, $2, $3, coalesce((SELECT version FROM was), 0) + 1, $4, $5, $6, $8, $8, 'submitted', 0, $7,
       coalesce((SELECT replaced_at FROM was), $7)
WHERE NOT EXISTS (SELECT FROM same)
ON CONFLICT (dependencia_id, assignment_id, period) DO UPDATE SET version = excluded.version, value = excluded.value,
    numerator = excluded.numerator, denominator = excluded.denominator, source = excluded.source,
    submitted_by = excluded.submitted_by, submitted_for = NULL, review = excluded.review, reviewed_by = NULL,
    reviewed_at = NULL, review_reason = NULL, recorded_at = excluded.recorded_at, batch_id = NULL, note = NULL,
    evidence_url = NULL, evidence_sha256 = NULL, warnings = NULL
RETURNING m.version"""
