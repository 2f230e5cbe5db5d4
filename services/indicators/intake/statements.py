"""The SQL of an intake. One statement checks, keeps history, writes and answers; it runs after the locks.

Every dependencia named is locked (in order) before the checking statement takes its snapshot, so what it
reads of a cell is what it replaces: no version of a cell is lost between two batches.
"""

from typing import Final

from services.indicators.locking import OFFSET

# Names that stand for an assignment, for the rows that came without its code; only what the caller sees counts,
# so that an invisible assignment makes nothing ambiguous.
RESOLVE_NAMES: Final = """
UPDATE intake_rows s SET assignment = found.code, code = coalesce(found.problem, s.code),
       field = CASE WHEN found.problem IS NULL THEN s.field ELSE 'assignment' END
FROM (
    SELECT r.index, CASE WHEN count(a.id) = 1 THEN min(a.code) END AS code,
           CASE WHEN count(a.id) > 1 THEN 'ambiguous-assignment'
                WHEN r.dependencia IS NOT NULL AND NOT EXISTS (
                    SELECT FROM indicators.org_units u WHERE u.code = r.dependencia) THEN 'unknown-dependencia'
                WHEN count(a.id) = 0 THEN 'unknown-assignment' END AS problem
    FROM intake_rows r
    LEFT JOIN (indicators.org_units o JOIN indicators.assignments a ON a.dependencia_id = o.id
               JOIN indicators.indicators i ON i.id = a.indicator_id)
           ON o.code = r.dependencia AND i.code = r.indicator AND a.plan = r.plan
          AND ($1::bigint[] IS NULL OR a.dependencia_id = ANY ($1))
    WHERE r.assignment IS NULL
    GROUP BY r.index, r.dependencia
) found
WHERE s.index = found.index"""

LOCK: Final = f"""
SELECT count(pg_advisory_xact_lock({OFFSET} + d.dependencia_id))
FROM (SELECT DISTINCT a.dependencia_id FROM indicators.assignments a
      WHERE a.code IN (SELECT s.assignment FROM intake_rows s)
        AND ($1::bigint[] IS NULL OR a.dependencia_id = ANY ($1))
      ORDER BY 1) d"""

_COMPUTED: Final = """CASE WHEN r.denominator <> 0 THEN trim_scale(round(
    r.numerator * (CASE a.unit WHEN 'percent' THEN 100 ELSE 1 END) / r.denominator, 10)) END"""

_LOCKED: Final = """c.locks_on < $3 AND NOT EXISTS (
    SELECT FROM indicators.lock_exceptions x
    WHERE x.dependencia_id = a.dependencia_id AND x.plan = a.plan AND x.period = r.period
      AND (x.assignment_id IS NULL OR x.assignment_id = a.id) AND x.expires_at > $4)"""

# $1 visible ids, $2 writable ids (NULL: all) · $3 today · $4 now · $5 source · $6 subject · $7 batch id
# $8 write · $9 all or nothing · $10, $11 codes and their details
CHECK_AND_WRITE: Final = f"""
WITH latest AS (
    SELECT plan, max(version) AS version FROM indicators.calendars GROUP BY plan
), days AS (
    SELECT p.plan, p.period, p.opens_on, p.locks_on
    FROM indicators.calendar_periods p JOIN latest USING (plan, version)
), twice AS (
    SELECT assignment, period FROM intake_rows WHERE assignment IS NOT NULL AND period IS NOT NULL
    GROUP BY assignment, period HAVING count(*) > 1
), found AS (
    SELECT r.index, a.dependencia_id, a.id AS assignment_id, a.plan, r.period, r.numerator, r.denominator,
           r.note, r.evidence_url, r.evidence_sha256, r.field, a.unit, a.numerator_bounded,
           CASE WHEN r.numerator IS NULL THEN r.value ELSE {_COMPUTED} END AS computed,
           coalesce(r.value, {_COMPUTED}) AS value,
           CASE
               WHEN r.code IN ('unknown-dependencia', 'ambiguous-assignment') THEN r.code
               WHEN a.id IS NULL THEN 'unknown-assignment'
               WHEN $2::bigint[] IS NOT NULL AND NOT a.dependencia_id = ANY ($2) THEN 'not-in-scope'
               WHEN r.period IS NULL THEN 'invalid-period'
               WHEN r.frequency <> a.frequency THEN 'period-frequency-mismatch'
               WHEN c.opens_on IS NULL OR c.opens_on > $3 THEN 'period-not-open'
               WHEN {_LOCKED} THEN 'period-locked'
               WHEN twice.period IS NOT NULL THEN 'duplicate-row'
               WHEN a.feed_source NOT IN ('manual', 'push') THEN 'fed-by-source'
               WHEN r.code IS NOT NULL THEN r.code
               WHEN r.denominator = 0 OR (r.numerator > r.denominator AND a.numerator_bounded) THEN 'ratio-mismatch'
               WHEN a.evidence_required AND r.evidence_url IS NULL THEN 'evidence-missing'
           END AS code
    FROM intake_rows r
    LEFT JOIN indicators.assignments a
           ON a.code = r.assignment AND ($1::bigint[] IS NULL OR a.dependencia_id = ANY ($1))
    LEFT JOIN days c ON c.plan = a.plan AND c.period = r.period
    LEFT JOIN twice ON twice.assignment = r.assignment AND twice.period = r.period
), checked AS (
    SELECT f.*, CASE
               WHEN f.code IS NOT NULL THEN f.code
               WHEN f.value <> round(f.computed, scale(f.value)) THEN 'ratio-mismatch'
               WHEN f.unit = 'percent' AND f.value NOT BETWEEN 0 AND 1000 THEN 'out-of-range'
               WHEN f.unit IN ('count', 'days', 'months') AND f.value < 0 THEN 'out-of-range'
           END AS verdict,
           CASE WHEN f.unit = 'percent' AND f.value > 150 THEN ARRAY['percent-above-150'] END AS warnings
    FROM found f
), judged AS MATERIALIZED (
    SELECT k.*, m.version AS old_version, m.approved_value, m.approved_version,
           coalesce(m.returned_count, 0) AS returned_count, coalesce(m.first_recorded_at, $4) AS first_recorded_at,
           greatest($4, m.recorded_at + interval '1 microsecond') AS recorded_at,
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
          AND k.verdict IS NULL
), counts AS (
    SELECT count(*) FILTER (WHERE outcome = 'created') AS created,
           count(*) FILTER (WHERE outcome = 'updated') AS updated,
           count(*) FILTER (WHERE outcome = 'unchanged') AS unchanged,
           count(*) FILTER (WHERE outcome = 'rejected') AS rejected
    FROM judged
), landing AS (
    SELECT j.* FROM judged j
    WHERE j.outcome IN ('created', 'updated') AND $8::boolean
      AND (NOT $9::boolean OR (SELECT rejected FROM counts) = 0)
), kept AS (
    INSERT INTO indicators.measurement_revisions
    SELECT m.*, l.recorded_at FROM landing l
    JOIN indicators.measurements m USING (dependencia_id, assignment_id, period)
    WHERE l.outcome = 'updated'
), landed AS (
    INSERT INTO indicators.measurements AS m (
        dependencia_id, assignment_id, period, version, value, numerator, denominator, note, evidence_url,
        evidence_sha256, source, submitted_by, review, approved_value, approved_version, returned_count, warnings,
        first_recorded_at, recorded_at, batch_id)
    SELECT dependencia_id, assignment_id, period, coalesce(old_version, 0) + 1, value, numerator, denominator, note,
           evidence_url, evidence_sha256, $5, $6, 'submitted', approved_value, approved_version, returned_count,
           warnings, first_recorded_at, recorded_at, $7
    FROM landing
    ON CONFLICT (dependencia_id, assignment_id, period) DO UPDATE SET
        version = excluded.version, value = excluded.value, numerator = excluded.numerator,
        denominator = excluded.denominator, note = excluded.note, evidence_url = excluded.evidence_url,
        evidence_sha256 = excluded.evidence_sha256, source = excluded.source,
        submitted_by = excluded.submitted_by, review = excluded.review, reviewed_by = NULL, reviewed_at = NULL,
        review_reason = NULL, warnings = excluded.warnings, recorded_at = excluded.recorded_at,
        batch_id = excluded.batch_id
)
SELECT counts.*,
    (SELECT coalesce(string_agg(CASE
            WHEN j.outcome = 'rejected' THEN json_build_object('index', j.index, 'outcome', 'rejected',
                'code', j.verdict, 'detail', d.detail, 'field', coalesce(
                    CASE WHEN j.verdict = j.code THEN j.field END,
                    CASE WHEN j.verdict LIKE 'period-%' OR j.verdict = 'invalid-period' THEN 'period'
                         WHEN j.verdict = 'unknown-dependencia' THEN 'dependencia'
                         WHEN j.verdict = 'evidence-missing' THEN 'evidence_url'
                         WHEN j.verdict IN ('ratio-mismatch', 'out-of-range') THEN 'value'
                         ELSE 'assignment' END))::text
            WHEN j.warnings IS NOT NULL THEN json_build_object('index', j.index, 'outcome', j.outcome,
                'warnings', j.warnings)::text
            ELSE '{{"index":' || j.index || ',"outcome":"' || j.outcome || '"}}'
        END, ',' ORDER BY j.index), '')
     FROM judged j LEFT JOIN unnest($10::text[], $11::text[]) AS d (code, detail) ON d.code = j.verdict
     WHERE j.index < 1000 OR j.outcome = 'rejected') AS rows,
    (SELECT json_agg(g)::text FROM (
        SELECT u.code AS dependencia, l.plan, array_agg(DISTINCT l.period ORDER BY l.period) AS periods,
               count(*) AS cells
        FROM landing l JOIN indicators.org_units u ON u.id = l.dependencia_id
        GROUP BY u.code, l.plan ORDER BY u.code, l.plan) g) AS groups
FROM counts"""

STORE_BATCH: Final = """
INSERT INTO indicators.measurement_batches
    (id, subject, source, mode, received, created, updated, unchanged, rejected, sha256, issued_at, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"""
