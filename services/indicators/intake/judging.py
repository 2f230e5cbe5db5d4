"""What is decided of each row: whom it names, what is wrong with it, whether its cell is new, changed or the same.

What an assignment or a period asks is looked up once for its name; a row costs two joins and one list of checks.
"""

from typing import Final

from services.indicators.measurements.knowledge import born
from services.indicators.measurements.units import HAD_ANOTHER, sent_at, unit_at
from services.indicators.policies.repository import DEFAULT_POLICY
from services.indicators.scoring.formulas import TermFormulas, computed_sql

CREATED, UPDATED, UNCHANGED, REJECTED = range(1, 5)
OUTCOMES: Final = {CREATED: "created", UPDATED: "updated", UNCHANGED: "unchanged", REJECTED: "rejected"}
"""Numbers in the statement, words in the answer."""

# The policy in force; no row of it, no limits.
LIMITS: Final = f"""limits AS MATERIALIZED (
    SELECT (p.rules->'percent_error'->>0)::numeric AS percent_least,
           (p.rules->'percent_error'->>1)::numeric AS percent_most,
           (p.rules->'percent_warning'->>0)::numeric AS percent_usual,
           (p.rules->'percent_warning'->>1)::numeric AS percent_surprising,
           (p.rules->>'jump_warning_factor')::numeric AS jump
    FROM (SELECT 1) one LEFT JOIN LATERAL (SELECT v.rules FROM indicators.policies v
        WHERE v.code = '{DEFAULT_POLICY}' ORDER BY v.version DESC LIMIT 1) p ON true
)"""
# SQL over an assignment `a` and the limits `y`: least and most, and below and above which a value is surprising.
LEAST: Final = "CASE WHEN a.unit = 'percent' THEN y.percent_least WHEN a.unit IN ('count', 'days', 'months') THEN 0 END"
MOST: Final = "CASE WHEN a.unit = 'percent' THEN y.percent_most END"
USUAL: Final = "CASE WHEN a.unit = 'percent' THEN y.percent_usual END"
SURPRISING: Final = "CASE WHEN a.unit = 'percent' THEN y.percent_surprising END"
IS_FED: Final = "a.feed_source NOT IN ('manual', 'push')"
LATEST: Final = "latest AS (SELECT plan, max(version) AS version FROM indicators.calendars GROUP BY plan)"

# What an assignment asks of its values is looked up once for its name, not once a row: bounds by its unit, and the
# factor of a jump only where there is a history that a value could jump from.
_TARGET: Final = f"""
WITH {LIMITS}, target AS MATERIALIZED (
    SELECT n.number, a.dependencia_id, a.id, a.plan, a.frequency, a.unit, a.indicator_id, a.numerator_bounded,
           a.evidence_required,
           {LEAST} AS least, {MOST} AS most, {USUAL} AS usual, {SURPRISING} AS surprising,
           {IS_FED} AS is_fed,
           CASE WHEN (SELECT true FROM indicators.measurements b WHERE b.dependencia_id = a.dependencia_id
                      AND b.assignment_id = a.id LIMIT 1) THEN y.jump END AS jump,
           row_number() OVER (ORDER BY a.dependencia_id, a.id) << 20 AS place,
           dense_rank() OVER (ORDER BY a.plan)::integer AS plan_number, h.submitted_for,
           {born("u")} AS born_on, u.valid_to AS ended_on,
           {HAD_ANOTHER} AS had_another,
           CASE
               WHEN n.code IS NOT NULL THEN n.code
               WHEN a.id IS NULL THEN 'unknown-assignment'
               WHEN $2::bigint[] IS NOT NULL AND NOT a.dependencia_id = ANY ($2) THEN 'not-in-scope'
           END AS verdict
    FROM intake_names n
    LEFT JOIN indicators.assignments a
           ON a.code = n.assignment AND ($1::bigint[] IS NULL OR a.dependencia_id = ANY ($1))
    LEFT JOIN indicators.org_units u ON u.id = a.dependencia_id
    LEFT JOIN unnest($14::bigint[], $15::text[]) AS h (dependencia_id, submitted_for)
           ON h.dependencia_id = a.dependencia_id
    CROSS JOIN limits y
)"""

# Unknown is not false: without coalesce a calendar that never locks would look for exceptions row by row.
_CALENDAR: Final = f""", plans AS MATERIALIZED (
    SELECT DISTINCT plan, plan_number FROM target WHERE plan IS NOT NULL
), sent AS (
    SELECT number::integer AS number, code COLLATE "C" AS code, frequency,
           row_number() OVER (ORDER BY code COLLATE "C") AS place
    FROM unnest($12::text[], $13::text[]) WITH ORDINALITY AS p (code, frequency, number)
), {LATEST}, calendar AS MATERIALIZED (
    SELECT s.number, p.plan_number, s.code AS period, s.frequency, s.place,
           d.first_day, d.last_day,
           coalesce(d.opens_on <= $3, false) AS is_open, coalesce(d.locks_on < $3, false) AS is_locked
    FROM sent s CROSS JOIN plans p
    LEFT JOIN (indicators.calendar_periods d JOIN latest USING (plan, version))
           ON d.plan = p.plan AND d.period = s.code
)"""

_TWICE: Final = """, twice AS (
    SELECT t.dependencia_id, t.id, r.period FROM intake_rows r JOIN target t ON t.number = r.name
    WHERE r.period > 0 AND t.id IS NOT NULL GROUP BY t.dependencia_id, t.id, r.period HAVING count(*) > 1
)"""
_JOIN_TWICE: Final = (
    """LEFT JOIN twice ON twice.dependencia_id = t.dependencia_id AND twice.id = t.id AND twice.period = r.period"""
)
_QUOTIENT: Final = """CASE WHEN r.denominator <> 0 THEN trim_scale(round(
    r.numerator * (CASE t.unit WHEN 'percent' THEN 100 ELSE 1 END) / r.denominator, 10)) END"""

# Columns of a row, and what can only be wrong with those that not every row has.
_NOTHING: Final = """NULL::numeric AS numerator, NULL::numeric AS denominator, NULL::text AS note,
           NULL::text AS evidence_url, NULL::text AS evidence_sha256, NULL::text AS row_code, NULL::text AS field"""
_BARE_CHECKS: Final = "WHEN t.evidence_required THEN 'evidence-missing'"
_MORE: Final = """r.numerator, r.denominator, r.note, r.evidence_url,
           r.evidence_sha256, r.code AS row_code, r.field"""
_CHECKS: Final = """WHEN r.code IS NOT NULL THEN r.code
               WHEN r.denominator = 0 OR (r.numerator > r.denominator AND t.numerator_bounded) THEN 'ratio-mismatch'
               WHEN t.evidence_required AND r.evidence_url IS NULL THEN 'evidence-missing'
               WHEN r.numerator IS NOT NULL AND computed.value IS NULL THEN 'ratio-mismatch'
               WHEN r.value <> round(computed.value, scale(r.value)) THEN 'ratio-mismatch'"""

# A number sent again after its unit changed says something else than it did.
_UNIT_THEN: Final = unit_at(sent_at(), "k", "assignment_id")
_SAME: Final = f"""m.value = k.value AND (NOT k.had_another OR k.unit IS NOT DISTINCT FROM {_UNIT_THEN})
                    AND m.numerator IS NOT DISTINCT FROM k.numerator
                    AND m.denominator IS NOT DISTINCT FROM k.denominator AND m.note IS NOT DISTINCT FROM k.note
                    AND m.evidence_url IS NOT DISTINCT FROM k.evidence_url
                    AND m.evidence_sha256 IS NOT DISTINCT FROM k.evidence_sha256"""

# A value is surprising when it is so many times the one before it, or so small a part of it (policy). Inside CASE:
# only what is written and has a history pays for the look-up.
_JUMPS: Final = """EXISTS (SELECT FROM (
                   SELECT b.value FROM indicators.measurements b
                   WHERE b.dependencia_id = k.dependencia_id AND b.assignment_id = k.assignment_id
                     AND b.period < k.period ORDER BY b.period DESC LIMIT 1) before
               WHERE before.value <> 0 AND (abs(k.value) > abs(before.value) * k.jump
                     OR abs(k.value) * k.jump < abs(before.value)))"""
_IS_SURPRISING: Final = "k.value > k.surprising OR k.value < k.usual"
_SURPRISING: Final = "'surprising-percent'"


def _computed(formulas: TermFormulas) -> str:
    """SQL of what numerator and denominator make: by the sheet's formula over them, else their quotient."""
    made = _QUOTIENT
    if formulas:
        by_formula = computed_sql(formulas, "t.indicator_id", "t.unit", "r.numerator", "r.denominator")
        made = f"trim_scale(round({by_formula}, 10))"
    return f"""
    CROSS JOIN LATERAL (SELECT CASE WHEN r.numerator IS NOT NULL THEN {made} END AS value OFFSET 0) computed"""


def _found(formulas: TermFormulas, *, bare: bool, may_repeat_cells: bool) -> str:
    """The staged rows with what they name and the first thing that is wrong with each.

    `OFFSET 0` keeps the planner from copying the checks into every column that asks for them.
    """
    # Terms make the value; sent beside them, rounded as it may be, it only has to agree.
    agreed = "CASE WHEN r.value = computed.value THEN r.value ELSE coalesce(computed.value, r.value) END"
    value = "r.value" if bare else agreed
    return f"""
    SELECT r.index, t.place | c.place AS place, t.dependencia_id, t.id AS assignment_id, t.plan_number,
           c.number AS period_number, c.period, t.usual, t.surprising, t.jump, t.submitted_for, t.had_another,
           t.unit, {value} AS value, {_NOTHING if bare else _MORE},
           CASE
               WHEN t.verdict IS NOT NULL THEN t.verdict
               WHEN c.period IS NULL THEN 'invalid-period'
               WHEN c.frequency <> t.frequency THEN 'period-frequency-mismatch'
               WHEN NOT c.is_open OR c.last_day < t.born_on OR c.first_day > t.ended_on THEN 'period-not-open'
               WHEN c.is_locked AND NOT EXISTS (
                   SELECT FROM indicators.lock_exceptions x
                   WHERE x.dependencia_id = t.dependencia_id AND x.plan = t.plan AND x.period = c.period
                     AND (x.assignment_id IS NULL OR x.assignment_id = t.id) AND x.expires_at > $4)
                   THEN 'period-locked'
               {"WHEN twice.period IS NOT NULL THEN 'duplicate-row'" if may_repeat_cells else ""}
               WHEN t.is_fed THEN 'fed-by-source'
               {_BARE_CHECKS if bare else _CHECKS}
               WHEN {value} < t.least OR {value} > t.most THEN 'out-of-range'
           END AS verdict
    FROM intake_rows r
    JOIN target t ON t.number = r.name
    LEFT JOIN calendar c ON c.number = r.period AND c.plan_number = t.plan_number
    {"" if bare else _computed(formulas)}
    {_JOIN_TWICE if may_repeat_cells else ""}
    OFFSET 0"""


def judged(formulas: TermFormulas, *, bare: bool, may_repeat_cells: bool) -> str:
    """`WITH … judged`: a row for each that was staged. bare: all are an assignment, a period and a value, nothing
    more; may_repeat_cells: whether to look for rows that name one cell; formulas: of sheets that compute their value
    otherwise than by a quotient. Parameters as in `check_and_write`.

    What every later pass reads comes first: a row is unpacked up to the last column that is asked for.
    """
    return f"""{_TARGET}{_CALENDAR}{_TWICE if may_repeat_cells else ""}, judged AS MATERIALIZED (
    SELECT CASE
               WHEN k.verdict IS NOT NULL THEN {REJECTED}
               WHEN m.version IS NULL THEN {CREATED}
               WHEN {_SAME} THEN {UNCHANGED}
               ELSE {UPDATED}
           END AS outcome, k.index, k.dependencia_id, k.plan_number, k.period_number, k.place, k.assignment_id,
           k.period, k.value,
           CASE
               WHEN k.verdict IS NOT NULL THEN NULL
               WHEN {_SAME} THEN m.warnings
               WHEN k.jump IS NULL THEN CASE WHEN {_IS_SURPRISING} THEN ARRAY[{_SURPRISING}] END
               ELSE nullif(array_remove(ARRAY[CASE WHEN {_IS_SURPRISING} THEN {_SURPRISING} END,
                                              CASE WHEN {_JUMPS} THEN 'jump-against-history' END], NULL), '{{}}')
           END AS warnings,
           k.numerator, k.denominator, k.note, k.evidence_url, k.evidence_sha256, k.verdict,
           CASE WHEN k.verdict = k.row_code THEN k.field END AS field, m.version AS old_version,
           m.recorded_at AS old_recorded_at, k.submitted_for
    FROM ({_found(formulas, bare=bare, may_repeat_cells=may_repeat_cells)}
    ) k
    LEFT JOIN indicators.measurements m
           ON m.dependencia_id = k.dependencia_id AND m.assignment_id = k.assignment_id AND m.period = k.period
)"""
