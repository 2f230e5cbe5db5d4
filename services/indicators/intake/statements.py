"""The SQL of an intake. One statement checks, keeps history, writes and answers; it runs after the locks.

Every dependencia named is locked (in order) before the checking statement takes its snapshot, so what it
reads of a cell is what it replaces: no version of a cell is lost between two batches.
"""

from typing import Final

from services.indicators.intake.judging import CREATED, OUTCOMES, REJECTED, UPDATED, judged
from services.indicators.locking import OFFSET
from services.indicators.measurements.knowledge import MEASUREMENT, measurement_of
from services.indicators.scoring.formulas import NO_FORMULAS, TermFormulas

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

LISTED: Final = 1000
"""So many rows are listed in an answer whatever their outcome; of the others only what was rejected."""

# The planner knows nothing of temporary tables: it would sort and hash on disk, and sort a hundred thousand rows to
# merge them with the few periods they name.
PLANNING: Final = "SET LOCAL work_mem = '64MB'; SET LOCAL enable_mergejoin = off"

_COUNTS: Final = ", ".join(
    f"coalesce(sum(number) FILTER (WHERE outcome = {number}), 0)::bigint AS {name}" for number, name in OUTCOMES.items()
)
_OUTCOME: Final = f"(ARRAY{list(OUTCOMES.values())})[j.outcome]"


def check_and_write(*, bare: bool, may_repeat_cells: bool, formulas: TermFormulas = NO_FORMULAS) -> str:
    """The statement that decides every row, keeps history, writes and answers; options as in `judging.judged`.

    $1 visible ids, $2 writable ids (NULL: all) · $3 today · $4 now · $5 source · $6 subject · $7 batch id
    $8 write · $9 all or nothing · $10, $11 codes and their details · $12, $13 periods and their frequencies
    $14, $15 dependencias in which the caller acts for somebody, and for whom

    Cells are written in the order of their key, which `place` is in one number: neighbours share pages, of the table
    and of its index. New cells are a plain INSERT, which the locks make safe; both together take half the
    time of ON CONFLICT.
    """
    return f"""{judged(formulas, bare=bare, may_repeat_cells=may_repeat_cells)}, cells AS MATERIALIZED (
    SELECT outcome, dependencia_id, plan_number, period_number, count(*) AS number
    FROM judged GROUP BY outcome, dependencia_id, plan_number, period_number
), counts AS MATERIALIZED (
    SELECT {_COUNTS} FROM cells
), may_land AS MATERIALIZED (
    SELECT $8::boolean AND (NOT $9::boolean OR rejected = 0) AS anything, updated > 0 AS corrections FROM counts
), fresh AS (
    INSERT INTO indicators.measurements (
        dependencia_id, assignment_id, period, version, value, numerator, denominator, note, evidence_url,
        evidence_sha256, source, submitted_by, review, returned_count, warnings, first_recorded_at, recorded_at,
        batch_id, submitted_for)
    SELECT dependencia_id, assignment_id, period, 1, value, numerator, denominator, note, evidence_url,
           evidence_sha256, $5, $6, 'submitted', 0, warnings, $4, $4, $7, submitted_for
    FROM judged
    WHERE outcome = {CREATED} AND (SELECT anything FROM may_land)
    ORDER BY place
), corrections AS (
    SELECT j.*, greatest($4, j.old_recorded_at + interval '1 microsecond') AS recorded_at FROM judged j
    WHERE j.outcome = {UPDATED} AND (SELECT anything AND corrections FROM may_land)
), kept AS (
    INSERT INTO indicators.measurement_revisions ({MEASUREMENT}, superseded_at)
    SELECT {measurement_of("m")}, l.recorded_at FROM corrections l
    JOIN indicators.measurements m USING (dependencia_id, assignment_id, period)
), corrected AS (
    UPDATE indicators.measurements m SET
        version = l.old_version + 1, value = l.value, numerator = l.numerator, denominator = l.denominator,
        note = l.note, evidence_url = l.evidence_url, evidence_sha256 = l.evidence_sha256, source = $5,
        submitted_by = $6, submitted_for = l.submitted_for, review = 'submitted', reviewed_by = NULL,
        reviewed_at = NULL, review_reason = NULL, warnings = l.warnings, recorded_at = l.recorded_at, batch_id = $7
    FROM corrections l
    WHERE m.dependencia_id = l.dependencia_id AND m.assignment_id = l.assignment_id AND m.period = l.period
)
SELECT CASE WHEN w.all_or_nothing THEN 0 ELSE counts.created END AS created,
    CASE WHEN w.all_or_nothing THEN 0 ELSE counts.updated END AS updated,
    CASE WHEN w.all_or_nothing THEN 0 ELSE counts.unchanged END AS unchanged, counts.rejected,
    (SELECT coalesce(string_agg(CASE
            WHEN j.outcome = {REJECTED} THEN json_build_object('index', j.index, 'outcome', 'rejected',
                'code', j.verdict, 'detail', d.detail, 'field', coalesce(j.field,
                    CASE WHEN j.verdict LIKE 'period-%' OR j.verdict = 'invalid-period' THEN 'period'
                         WHEN j.verdict = 'unknown-dependencia' THEN 'dependencia'
                         WHEN j.verdict = 'evidence-missing' THEN 'evidence_url'
                         WHEN j.verdict IN ('ratio-mismatch', 'out-of-range') THEN 'value'
                         ELSE 'assignment' END))::text
            WHEN w.all_or_nothing THEN '{{"index":' || j.index || ',"outcome":"not_applied"}}'
            WHEN j.warnings IS NOT NULL THEN json_build_object('index', j.index, 'outcome', {_OUTCOME},
                'warnings', j.warnings)::text
            ELSE '{{"index":' || j.index || ',"outcome":"' || {_OUTCOME} || '"}}'
        END, ',' ORDER BY j.index), '')
     FROM judged j LEFT JOIN unnest($10::text[], $11::text[]) AS d (code, detail) ON d.code = j.verdict
     WHERE j.index < {LISTED} OR j.outcome = {REJECTED}) AS rows,
    (SELECT json_agg(g)::text FROM (
        SELECT u.code AS dependencia, p.plan, array_agg(c.period ORDER BY c.period) AS periods,
               sum(l.number)::bigint AS cells
        FROM (SELECT dependencia_id, plan_number, period_number, sum(number) AS number FROM cells
              WHERE outcome IN ({CREATED}, {UPDATED}) AND (SELECT anything FROM may_land)
              GROUP BY dependencia_id, plan_number, period_number) l
        JOIN plans p USING (plan_number)
        JOIN calendar c ON c.plan_number = l.plan_number AND c.number = l.period_number
        JOIN indicators.org_units u ON u.id = l.dependencia_id
        GROUP BY u.code, p.plan ORDER BY u.code, p.plan) g) AS groups
FROM counts CROSS JOIN LATERAL (SELECT $9::boolean AND counts.rejected > 0 AS all_or_nothing) w"""


STORE_BATCH: Final = """
INSERT INTO indicators.measurement_batches
    (id, subject, source, mode, received, created, updated, unchanged, rejected, sha256, issued_at, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"""
