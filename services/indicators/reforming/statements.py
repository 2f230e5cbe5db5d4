"""The SQL of targets changed by reforms: every target of a reform at once."""

from typing import Final

CURSOR: Final = "plans-reforms"

DONE: Final = "SELECT EXISTS (SELECT FROM indicators.reformed_targets WHERE plan = $1 AND reform = $2)"

REACHED: Final = "SELECT dependencia_id FROM indicators.assignments WHERE code = ANY ($1::text[])"

ASSIGNMENTS: Final = """
SELECT a.*, u.code AS dependencia,
       coalesce((SELECT jsonb_object_agg(t.period, t.kind) FROM indicators.targets t
                 WHERE t.dependencia_id = a.dependencia_id AND t.assignment_id = a.id), '{}')::text AS kinds
FROM indicators.assignments a JOIN indicators.org_units u ON u.id = a.dependencia_id
WHERE a.code = ANY ($1::text[])"""

# $1 dependencia ids, $2 assignment ids, $3 periods, $4 instant
KEEP: Final = """
INSERT INTO indicators.target_revisions
SELECT t.*, greatest($4, t.recorded_at + interval '1 microsecond')
FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS k (dependencia_id, assignment_id, period)
JOIN indicators.targets t USING (dependencia_id, assignment_id, period)"""

# A closed target stays closed: the reform is the lawful way to change it, and opens it to nobody else.
# $1 dependencia ids, $2 assignment ids, $3 periods, $4 kinds, $5 values, $6 ends of ranges, $7 levels,
# $8 levels of those ends, $9 instant, $10 who approved, $11 reason
SET: Final = """
INSERT INTO indicators.targets AS t (dependencia_id, assignment_id, period, version, kind, value, value_to,
    level, level_to, closed, recorded_at, recorded_by, reason)
SELECT k.dependencia_id, k.assignment_id, k.period, 1, k.kind, k.value, k.value_to, k.level, k.level_to, false,
       $9, $10, $11
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::numeric[], $6::numeric[], $7::numeric[],
            $8::numeric[]) AS k (dependencia_id, assignment_id, period, kind, value, value_to, level, level_to)
ON CONFLICT (dependencia_id, assignment_id, period) DO UPDATE SET version = t.version + 1,
    kind = excluded.kind, value = excluded.value, value_to = excluded.value_to, level = excluded.level,
    level_to = excluded.level_to, reason = excluded.reason, recorded_by = excluded.recorded_by,
    recorded_at = greatest(excluded.recorded_at, t.recorded_at + interval '1 microsecond')
RETURNING dependencia_id, assignment_id, period, version"""

# $1 plan, $2 reform, $3 cause, $4 act, $5 who approved, $6 instant, then per target: $7 operation, $8 dependencia id,
# $9 assignment id, $10 assignment, $11 period, $12 what was asked, $13 outcome, $14 code, $15 detail, $16 version
NOTE: Final = """
INSERT INTO indicators.reformed_targets (plan, reform, operation, dependencia_id, assignment_id, assignment, period,
    asked, outcome, code, detail, target_version, cause, act, approved_by, recorded_at)
SELECT $1, $2, k.operation, k.dependencia_id, k.assignment_id, k.assignment, k.period, k.asked, k.outcome, k.code,
       k.detail, k.target_version, $3, $4::jsonb, $5, $6
FROM unnest($7::int[], $8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::jsonb[], $13::text[], $14::text[],
            $15::text[], $16::int[]) AS k (operation, dependencia_id, assignment_id, assignment, period, asked,
            outcome, code, detail, target_version)"""
