"""The SQL of an intake. One statement checks, keeps history, writes and answers; it runs after the locks.

Every dependencia named is locked (in order) before the checking statement takes its snapshot, so what it
reads of a cell is what it replaces: no version of a cell is lost between two batches.
"""

from typing import Final

from services.indicators.locking import OFFSET
from services.indicators.policies.repository import DEFAULT_POLICY
from services.indicators.scoring.formulas import NO_FORMULAS, TermFormulas, computed_sql

# Names that stand for an assignment, for what came without its code; only what the caller sees counts, so that an
# invisible assignment makes nothing ambiguous.
RESOLVE_NAMES: Final = """
UPDATE intake_names s SET assignment = found.code, code = found.problem
FROM (
    SELECT n.number, CASE WHEN count(a.id) = 1 THEN min(a.code) END AS code,
           CASE WHEN count(a.id) > 1 THEN 'ambiguous-assignment'
                WHEN n.dependencia IS NOT NULL AND NOT EXISTS (
                    SELECT FROM indicators.org_units u WHERE u.code = n.dependencia) THEN 'unknown-dependencia' END
               AS problem
    FROM intake_names n
    LEFT JOIN (indicators.org_units o JOIN indicators.assignments a ON a.dependencia_id = o.id
               JOIN indicators.indicators i ON i.id = a.indicator_id)
           ON o.code = n.dependencia AND i.code = n.indicator AND a.plan = n.plan
          AND ($1::bigint[] IS NULL OR a.dependencia_id = ANY ($1))
    WHERE n.assignment IS NULL
    GROUP BY n.number, n.dependencia
) found
WHERE s.number = found.number"""

# A row that names its assignment and something else beside it means two things at once.
REFUSE_CONTRADICTIONS: Final = """
UPDATE intake_names n SET code = 'ambiguous-assignment'
FROM indicators.assignments a
JOIN indicators.org_units u ON u.id = a.dependencia_id
JOIN indicators.indicators i ON i.id = a.indicator_id
WHERE a.code = n.assignment AND ($1::bigint[] IS NULL OR a.dependencia_id = ANY ($1))
  AND (n.dependencia <> u.code OR n.indicator <> i.code OR n.plan <> a.plan)"""

LOCK: Final = f"""
SELECT count(pg_advisory_xact_lock({OFFSET} + d.dependencia_id))
FROM (SELECT DISTINCT a.dependencia_id FROM indicators.assignments a
      WHERE a.code IN (SELECT n.assignment FROM intake_names n)
        AND ($1::bigint[] IS NULL OR a.dependencia_id = ANY ($1))
      ORDER BY 1) d"""

# The planner knows nothing of temporary tables: it would sort and hash on disk, and sort a hundred thousand rows to
# merge them with the few periods they name.
PLANNING: Final = "SET LOCAL work_mem = '64MB'; SET LOCAL enable_mergejoin = off"

_COMPUTED: Final = """CASE WHEN r.denominator <> 0 THEN trim_scale(round(
    r.numerator * (CASE t.unit WHEN 'percent' THEN 100 ELSE 1 END) / r.denominator, 10)) END"""


def _computed(formulas: TermFormulas) -> str:
    """SQL of what numerator and denominator make: by the sheet's formula over them, else their quotient."""
    if not formulas:
        return _COMPUTED
    by_formula = computed_sql(formulas, "t.indicator_id", "t.unit", "r.numerator", "r.denominator")
    return f"trim_scale(round({by_formula}, 10))"


# Unknown is not false: without coalesce a calendar that never locks would look for exceptions row by row.
_LOCKED: Final = """coalesce(c.locks_on < $3, false) AND NOT EXISTS (
    SELECT FROM indicators.lock_exceptions x
    WHERE x.dependencia_id = t.dependencia_id AND x.plan = t.plan AND x.period = c.period
      AND (x.assignment_id IS NULL OR x.assignment_id = t.id) AND x.expires_at > $4)"""

_TWICE: Final = """, twice AS (
    SELECT t.dependencia_id, t.id, r.period FROM intake_rows r JOIN target t ON t.number = r.name
    WHERE r.period > 0 AND t.id IS NOT NULL GROUP BY t.dependencia_id, t.id, r.period HAVING count(*) > 1
)"""
_JOIN_TWICE: Final = (
    """LEFT JOIN twice ON twice.dependencia_id = t.dependencia_id AND twice.id = t.id AND twice.period = r.period"""
)


# A value is surprising when it is so many times the one before it, or so small a part of it (policy).
_LOOK_BACK: Final = """
    LEFT JOIN LATERAL (
        SELECT b.value FROM indicators.measurements b
        WHERE b.dependencia_id = f.dependencia_id AND b.assignment_id = f.assignment_id AND b.period < f.period
        ORDER BY b.period DESC LIMIT 1) before ON f.code IS NULL"""
_SURPRISING: Final = "CASE WHEN f.unit = 'percent' AND f.value > y.percent_surprising THEN 'surprising-percent' END"
_FEW_WARNINGS: Final = f"CASE WHEN {_SURPRISING} IS NOT NULL THEN ARRAY[{_SURPRISING}] END"
_WARNINGS: Final = f"""nullif(array_remove(ARRAY[{_SURPRISING},
               CASE WHEN before.value <> 0 AND (abs(f.value) > abs(before.value) * y.jump
                    OR abs(f.value) * y.jump < abs(before.value)) THEN 'jump-against-history' END], NULL), '{{}}')"""


def check_and_write(*, may_repeat_cells: bool, looks_back: bool, formulas: TermFormulas = NO_FORMULAS) -> str:
    """The statement that decides every row. may_repeat_cells: whether to look for rows that name one cell; looks_back:
    whether to hold each value against the one before it; formulas: of sheets that compute their value otherwise.

    $1 visible ids, $2 writable ids (NULL: all) · $3 today · $4 now · $5 source · $6 subject · $7 batch id
    $8 write · $9 all or nothing · $10, $11 codes and their details · $12, $13 periods and their frequencies

    Cells are written in the order of their key, which `place` is in one number: neighbours share pages, of the table
    and of its index. New cells are a plain INSERT, which the locks make safe; both together take half the
    time of ON CONFLICT. `OFFSET 0` keeps the planner from copying the checks into every column that asks for them.
    """
    return f"""
WITH limits AS MATERIALIZED (
    SELECT (p.rules->'percent_error'->>0)::numeric AS percent_least,
           (p.rules->'percent_error'->>1)::numeric AS percent_most,
           (p.rules->'percent_warning'->>1)::numeric AS percent_surprising,
           (p.rules->>'jump_warning_factor')::numeric AS jump
    FROM (SELECT 1) one LEFT JOIN LATERAL (SELECT v.rules FROM indicators.policies v
        WHERE v.code = '{DEFAULT_POLICY}' ORDER BY v.version DESC LIMIT 1) p ON true
), latest AS (
    SELECT plan, max(version) AS version FROM indicators.calendars GROUP BY plan
), target AS MATERIALIZED (
    SELECT n.number, a.dependencia_id, a.id, a.plan, a.frequency, a.unit, a.numerator_bounded, a.evidence_required,
           a.indicator_id, a.feed_source NOT IN ('manual', 'push') AS is_fed,
           row_number() OVER (ORDER BY a.dependencia_id, a.id) AS place,
           dense_rank() OVER (ORDER BY a.plan)::integer AS plan_number,
           CASE
               WHEN n.code IS NOT NULL THEN n.code
               WHEN a.id IS NULL THEN 'unknown-assignment'
               WHEN $2::bigint[] IS NOT NULL AND NOT a.dependencia_id = ANY ($2) THEN 'not-in-scope'
           END AS verdict
    FROM intake_names n
    LEFT JOIN indicators.assignments a
           ON a.code = n.assignment AND ($1::bigint[] IS NULL OR a.dependencia_id = ANY ($1))
), sent AS (
    SELECT number::integer AS number, code COLLATE "C" AS code, frequency,
           row_number() OVER (ORDER BY code COLLATE "C") AS place
    FROM unnest($12::text[], $13::text[]) WITH ORDINALITY AS p (code, frequency, number)
), calendar AS MATERIALIZED (
    SELECT p.number, q.plan_number, p.code AS period, p.frequency, p.place, d.opens_on, d.locks_on
    FROM sent p
    CROSS JOIN (SELECT DISTINCT plan, plan_number FROM target WHERE plan IS NOT NULL) q
    LEFT JOIN (indicators.calendar_periods d JOIN latest USING (plan, version))
           ON d.plan = q.plan AND d.period = p.code
){_TWICE if may_repeat_cells else ""}, found AS (
    SELECT r.index, t.place << 20 | c.place AS place, t.dependencia_id, t.id AS assignment_id, t.plan, c.period,
           r.numerator, r.denominator,
           r.note, r.evidence_url, r.evidence_sha256, r.code AS row_code, r.field, t.unit,
           CASE WHEN r.numerator IS NOT NULL THEN {_computed(formulas)} END AS computed,
           CASE WHEN r.value IS NULL THEN {_computed(formulas)} ELSE r.value END AS value,
           CASE
               WHEN t.verdict IS NOT NULL THEN t.verdict
               WHEN c.period IS NULL THEN 'invalid-period'
               WHEN c.frequency <> t.frequency THEN 'period-frequency-mismatch'
               WHEN c.opens_on IS NULL OR c.opens_on > $3 THEN 'period-not-open'
               WHEN {_LOCKED} THEN 'period-locked'
               {"WHEN twice.period IS NOT NULL THEN 'duplicate-row'" if may_repeat_cells else ""}
               WHEN t.is_fed THEN 'fed-by-source'
               WHEN r.code IS NOT NULL THEN r.code
               WHEN r.denominator = 0 OR (r.numerator > r.denominator AND t.numerator_bounded) THEN 'ratio-mismatch'
               WHEN t.evidence_required AND r.evidence_url IS NULL THEN 'evidence-missing'
           END AS code
    FROM intake_rows r
    JOIN target t ON t.number = r.name
    LEFT JOIN calendar c ON c.number = r.period AND c.plan_number = t.plan_number
    {_JOIN_TWICE if may_repeat_cells else ""}
    OFFSET 0
), checked AS (
    SELECT f.*, CASE
               WHEN f.code IS NOT NULL THEN f.code
               WHEN f.numerator IS NOT NULL AND f.computed IS NULL THEN 'ratio-mismatch'
               WHEN f.computed IS NOT NULL AND f.value <> round(f.computed, scale(f.value)) THEN 'ratio-mismatch'
               WHEN f.unit = 'percent' AND f.value NOT BETWEEN y.percent_least AND y.percent_most THEN 'out-of-range'
               WHEN f.unit IN ('count', 'days', 'months') AND f.value < 0 THEN 'out-of-range'
           END AS verdict,
           {_WARNINGS if looks_back else _FEW_WARNINGS} AS warnings
    FROM found f CROSS JOIN limits y{_LOOK_BACK if looks_back else ""}
    OFFSET 0
), judged AS MATERIALIZED (
    SELECT k.index, k.place, k.dependencia_id, k.assignment_id, k.plan, k.period, k.value, k.numerator, k.denominator,
           k.note, k.evidence_url, k.evidence_sha256, k.warnings, k.verdict,
           CASE WHEN k.verdict = k.row_code THEN k.field END AS field,
           m.version AS old_version, m.recorded_at AS old_recorded_at,
           CASE
               WHEN k.verdict IS NOT NULL THEN 'rejected'
               WHEN m.version IS NULL THEN 'created'
               WHEN m.value = k.value AND m.numerator IS NOT DISTINCT FROM k.numerator
                    AND m.denominator IS NOT DISTINCT FROM k.denominator AND m.note IS NOT DISTINCT FROM k.note
                    AND m.evidence_url IS NOT DISTINCT FROM k.evidence_url
                    AND m.evidence_sha256 IS NOT DISTINCT FROM k.evidence_sha256 THEN 'unchanged'
               ELSE 'updated'
           END AS outcome
    FROM checked k
    LEFT JOIN indicators.measurements m
           ON m.dependencia_id = k.dependencia_id AND m.assignment_id = k.assignment_id AND m.period = k.period
), counts AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE outcome = 'created') AS created,
           count(*) FILTER (WHERE outcome = 'updated') AS updated,
           count(*) FILTER (WHERE outcome = 'unchanged') AS unchanged,
           count(*) FILTER (WHERE outcome = 'rejected') AS rejected
    FROM judged
), may_land AS MATERIALIZED (
    SELECT $8::boolean AND (NOT $9::boolean OR rejected = 0) AS anything, updated > 0 AS corrections FROM counts
), fresh AS (
    INSERT INTO indicators.measurements (
        dependencia_id, assignment_id, period, version, value, numerator, denominator, note, evidence_url,
        evidence_sha256, source, submitted_by, review, returned_count, warnings, first_recorded_at, recorded_at,
        batch_id)
    SELECT dependencia_id, assignment_id, period, 1, value, numerator, denominator, note, evidence_url,
           evidence_sha256, $5, $6, 'submitted', 0, warnings, $4, $4, $7
    FROM judged
    WHERE outcome = 'created' AND (SELECT anything FROM may_land)
    ORDER BY place
), corrections AS (
    SELECT j.*, greatest($4, j.old_recorded_at + interval '1 microsecond') AS recorded_at FROM judged j
    WHERE j.outcome = 'updated' AND (SELECT anything AND corrections FROM may_land)
), kept AS (
    INSERT INTO indicators.measurement_revisions
    SELECT m.*, l.recorded_at FROM corrections l
    JOIN indicators.measurements m USING (dependencia_id, assignment_id, period)
), corrected AS (
    UPDATE indicators.measurements m SET
        version = l.old_version + 1, value = l.value, numerator = l.numerator, denominator = l.denominator,
        note = l.note, evidence_url = l.evidence_url, evidence_sha256 = l.evidence_sha256, source = $5,
        submitted_by = $6, review = 'submitted', reviewed_by = NULL, reviewed_at = NULL, review_reason = NULL,
        warnings = l.warnings, recorded_at = l.recorded_at, batch_id = $7
    FROM corrections l
    WHERE m.dependencia_id = l.dependencia_id AND m.assignment_id = l.assignment_id AND m.period = l.period
)
SELECT CASE WHEN w.all_or_nothing THEN 0 ELSE counts.created END AS created,
    CASE WHEN w.all_or_nothing THEN 0 ELSE counts.updated END AS updated,
    CASE WHEN w.all_or_nothing THEN 0 ELSE counts.unchanged END AS unchanged, counts.rejected,
    (SELECT coalesce(string_agg(CASE
            WHEN j.outcome = 'rejected' THEN json_build_object('index', j.index, 'outcome', 'rejected',
                'code', j.verdict, 'detail', d.detail, 'field', coalesce(j.field,
                    CASE WHEN j.verdict LIKE 'period-%' OR j.verdict = 'invalid-period' THEN 'period'
                         WHEN j.verdict = 'unknown-dependencia' THEN 'dependencia'
                         WHEN j.verdict = 'evidence-missing' THEN 'evidence_url'
                         WHEN j.verdict IN ('ratio-mismatch', 'out-of-range') THEN 'value'
                         ELSE 'assignment' END))::text
            WHEN w.all_or_nothing THEN '{{"index":' || j.index || ',"outcome":"not_applied"}}'
            WHEN j.warnings IS NOT NULL THEN json_build_object('index', j.index, 'outcome', j.outcome,
                'warnings', j.warnings)::text
            ELSE '{{"index":' || j.index || ',"outcome":"' || j.outcome || '"}}'
        END, ',' ORDER BY j.index), '')
     FROM judged j LEFT JOIN unnest($10::text[], $11::text[]) AS d (code, detail) ON d.code = j.verdict
     WHERE j.index < 1000 OR j.outcome = 'rejected') AS rows,
    (SELECT json_agg(g)::text FROM (
        SELECT u.code AS dependencia, l.plan, array_agg(l.period ORDER BY l.period) AS periods,
               sum(l.cells)::bigint AS cells
        FROM (SELECT dependencia_id, plan, period, count(*) AS cells FROM judged
              WHERE outcome IN ('created', 'updated') AND (SELECT anything FROM may_land)
              GROUP BY dependencia_id, plan, period) l
        JOIN indicators.org_units u ON u.id = l.dependencia_id
        GROUP BY u.code, l.plan ORDER BY u.code, l.plan) g) AS groups
FROM counts CROSS JOIN LATERAL (SELECT $9::boolean AND counts.rejected > 0 AS all_or_nothing) w"""


STORE_BATCH: Final = """
INSERT INTO indicators.measurement_batches
    (id, subject, source, mode, received, created, updated, unchanged, rejected, sha256, issued_at, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"""
