"""The SQL of a review: one statement judges, keeps history, writes and answers; it runs after the lock."""

from typing import Final

from services.indicators.measurements.knowledge import MEASUREMENT, measurement_of

# $1 dependencia id · $2 period · $3 plan or null · $4 assignment codes or null · $5 lawful source states
# $6 new state · $7 actor · $8 now · $9 reason · $10 action · $11, $12 codes and details
# $13 whose own submissions these would be: the actor, and the holder in whose place the actor acts · $14 that holder
#
# What somebody reported stays theirs when another submits it again: all versions of an arrival have its batch.
REVIEW: Final = f"""
WITH named AS (
    SELECT a.id, a.code FROM indicators.assignments a
    WHERE a.dependencia_id = $1 AND ($3::text IS NULL OR a.plan = $3) AND ($4::text[] IS NULL OR a.code = ANY ($4))
), judged AS MATERIALIZED (
    SELECT n.id, n.code, m.recorded_at AS old_recorded_at, m.version,
           greatest($8::timestamptz, m.recorded_at + interval '1 microsecond') AS recorded_at,
           CASE WHEN m.version IS NULL THEN 'no-measurement'
                WHEN NOT m.review = ANY ($5::text[]) THEN 'invalid-transition'
                WHEN $10 = 'approve' AND (m.submitted_by = ANY ($13::text[]) OR m.submitted_for = ANY ($13)
                    OR EXISTS (SELECT FROM indicators.measurement_revisions r
                        WHERE r.dependencia_id = $1 AND r.assignment_id = n.id AND r.period = $2
                          AND r.batch_id IS NOT DISTINCT FROM m.batch_id
                          AND (r.submitted_by = ANY ($13) OR r.submitted_for = ANY ($13)))) THEN 'own-submission'
                END AS problem
    FROM named n
    LEFT JOIN indicators.measurements m ON m.dependencia_id = $1 AND m.assignment_id = n.id AND m.period = $2
    WHERE m.version IS NOT NULL OR $4::text[] IS NOT NULL
    UNION ALL
    SELECT NULL, c.code, NULL, NULL, NULL, 'unknown-assignment' FROM unnest($4::text[]) AS c (code)
    WHERE NOT EXISTS (SELECT FROM named n WHERE n.code = c.code)
), kept AS (
    INSERT INTO indicators.measurement_revisions ({MEASUREMENT}, superseded_at)
    SELECT {measurement_of("m")}, j.recorded_at FROM judged j
    JOIN indicators.measurements m ON m.dependencia_id = $1 AND m.assignment_id = j.id AND m.period = $2
    WHERE j.problem IS NULL
), done AS (
    UPDATE indicators.measurements m SET
        review = $6, version = m.version + 1, recorded_at = j.recorded_at,
        submitted_by = CASE WHEN $10 = 'submit' THEN $7 ELSE m.submitted_by END,
        submitted_for = CASE WHEN $10 = 'submit' THEN $14 ELSE m.submitted_for END,
        reviewed_by = CASE WHEN $10 = 'submit' THEN NULL ELSE $7 END,
        reviewed_at = CASE WHEN $10 = 'submit' THEN NULL ELSE $8::timestamptz END,
        review_reason = $9,
        approved_value = CASE WHEN $10 = 'approve' THEN m.value ELSE m.approved_value END,
        approved_version = CASE WHEN $10 = 'approve' THEN m.version + 1 ELSE m.approved_version END,
        returned_count = m.returned_count + CASE WHEN $10 = 'return' THEN 1 ELSE 0 END
    FROM judged j
    WHERE j.problem IS NULL AND m.dependencia_id = $1 AND m.assignment_id = j.id AND m.period = $2
)
SELECT count(*) FILTER (WHERE problem IS NULL) AS reviewed, count(*) FILTER (WHERE problem IS NOT NULL) AS rejected,
       coalesce(json_agg(json_build_object('assignment', j.code, 'period', $2::text,
           'outcome', CASE WHEN j.problem IS NULL THEN $6 ELSE 'rejected' END, 'code', j.problem, 'detail', d.detail)
           ORDER BY j.code), '[]'::json)::text AS rows,
       (SELECT json_agg(DISTINCT a.plan)::text FROM judged k
        JOIN indicators.assignments a ON a.dependencia_id = $1 AND a.id = k.id WHERE k.problem IS NULL) AS plans
FROM judged j LEFT JOIN unnest($11::text[], $12::text[]) AS d (code, detail) ON d.code = j.problem"""
