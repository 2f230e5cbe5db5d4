"""The SQL of sheet versions and of what they change in their assignments."""

from typing import Final

# In brackets: minus binds tighter than ||, so what is taken from it would be taken from its last part only.
DOCUMENT: Final = (
    """(to_jsonb(i) - 'id' - 'folded' - 'tolerance' || jsonb_build_object('tolerance', i.tolerance::text))"""
)

INSERT: Final = """
INSERT INTO indicators.indicators (id, code, version, name, folded, aliases, description, formula, unit, frequency,
    direction, time_aggregation, org_aggregation, hierarchy, source_text, tolerance, zero_policy, evidence_required,
    numerator_bounded, succeeds, warnings, source, recorded_at, recorded_by)
VALUES (nextval('indicators.indicator_ids'), $1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
        $17, $18, '{}', NULL, $19, $20)
ON CONFLICT (code) DO NOTHING RETURNING id"""

# $1 id, $2 why, $3 now: the interval of the replaced version ends where that of the new one begins.
KEEP: Final = """
INSERT INTO indicators.indicator_revisions
SELECT i.*, greatest($3, i.recorded_at + interval '1 microsecond'), $2 FROM indicators.indicators i WHERE i.id = $1"""

REPLACE: Final = """
UPDATE indicators.indicators SET version = version + 1, name = $2, folded = $3, aliases = $4, description = $5,
    formula = $6, unit = $7, frequency = $8, direction = $9, time_aggregation = $10, org_aggregation = $11,
    hierarchy = $12, source_text = $13, tolerance = $14, zero_policy = $15, evidence_required = $16,
    numerator_bounded = $17, succeeds = $18, recorded_by = $20,
    recorded_at = greatest($19, recorded_at + interval '1 microsecond')
WHERE id = $1 RETURNING version"""

# An assignment follows its sheet in what it has from it, and keeps what it says otherwise.
EFFECT: Final = """
SELECT a.code, u.code AS dependencia,
       a.unit IS NOT DISTINCT FROM i.unit AND i.unit IS DISTINCT FROM $2 AS unit_follows,
       a.direction = i.direction AND i.direction <> $3 AS direction_follows,
       a.evidence_required = i.evidence_required AND i.evidence_required <> $4 AS evidence_follows,
       a.numerator_bounded = i.numerator_bounded AND i.numerator_bounded <> $5 AS bound_follows,
       array_remove(ARRAY[CASE WHEN a.unit IS DISTINCT FROM i.unit THEN 'unit' END,
           CASE WHEN a.direction <> i.direction THEN 'direction' END,
           CASE WHEN a.tolerance IS NOT NULL THEN 'tolerance' END,
           CASE WHEN a.evidence_required <> i.evidence_required THEN 'evidence_required' END], NULL) AS overrides
FROM indicators.indicators i
JOIN indicators.assignments a ON a.indicator_id = i.id
JOIN indicators.org_units u ON u.id = a.dependencia_id
WHERE i.id = $1 ORDER BY a.code"""

_FOLLOWS = """a.indicator_id = i.id AND (
    (a.unit IS NOT DISTINCT FROM i.unit AND i.unit IS DISTINCT FROM $2)
    OR (a.direction = i.direction AND i.direction <> $3)
    OR (a.evidence_required = i.evidence_required AND i.evidence_required <> $4)
    OR (a.numerator_bounded = i.numerator_bounded AND i.numerator_bounded <> $5))"""

# $1 indicator id, $2 unit, $3 direction, $4 evidence, $5 bound, $6 now, $7 author, $8 why
PUSH: Final = f"""
WITH kept AS (
    INSERT INTO indicators.assignment_revisions
    SELECT a.*, greatest($6, a.recorded_at + interval '1 microsecond'), $8
    FROM indicators.assignments a, indicators.indicators i WHERE i.id = $1 AND {_FOLLOWS}
)
UPDATE indicators.assignments a SET
    unit = CASE WHEN a.unit IS NOT DISTINCT FROM i.unit THEN $2 ELSE a.unit END,
    direction = CASE WHEN a.direction = i.direction THEN $3 ELSE a.direction END,
    evidence_required = CASE WHEN a.evidence_required = i.evidence_required THEN $4 ELSE a.evidence_required END,
    numerator_bounded = CASE WHEN a.numerator_bounded = i.numerator_bounded THEN $5 ELSE a.numerator_bounded END,
    version = a.version + 1, recorded_at = greatest($6, a.recorded_at + interval '1 microsecond'), recorded_by = $7
FROM indicators.indicators i
WHERE i.id = $1 AND {_FOLLOWS}"""

VERSIONS: Final = f"""
SELECT json_agg(v.document || jsonb_build_object('reason', v.reason) ORDER BY v.version DESC)::text FROM (
    SELECT i.version, {DOCUMENT} AS document, NULL::text AS reason FROM indicators.indicators i WHERE i.id = $1
    UNION ALL
    SELECT i.version, {DOCUMENT} - 'superseded_at' - 'superseded_because', i.superseded_because
    FROM indicators.indicator_revisions i WHERE i.id = $1
) v"""
