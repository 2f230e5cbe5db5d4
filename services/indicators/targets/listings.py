"""SQL of target lists and of the findings about them."""

from services.indicators.filters import SCHEMA
from services.indicators.measurements.knowledge import NOW
from services.indicators.permissions import ASSIGNMENT_READ, reading_as
from services.kit.access import Caller
from services.kit.pages import Key, Listing, instant
from services.kit.scope import scope_clause

# The reform whose change is the version shown; none when the planning office set it.
REFORM = """(SELECT json_build_object('plan', r.plan, 'number', r.reform, 'cause', r.cause, 'act', r.act,
    'approved_by', r.approved_by) FROM indicators.reformed_targets r
    WHERE r.dependencia_id = t.dependencia_id AND r.assignment_id = t.assignment_id AND r.period = t.period
      AND r.target_version = t.version ORDER BY r.operation DESC LIMIT 1)"""
_COLUMNS = {
    "assignment": "a.code",
    "dependencia": "u.code",
    "plan": "a.plan",
    "period": "t.period",
    "kind": "t.kind",
    "value": "t.value::text",
    "value_to": "t.value_to::text",
    "level": "t.level::text",
    "level_to": "t.level_to::text",
    "closed": "t.closed",
    "version": "t.version",
    "reason": "t.reason",
    "reform": REFORM,
    "recorded_by": "t.recorded_by",
    "recorded_at": instant("t.recorded_at"),
}
_SOURCE = f"""{NOW.targets("")} t
    JOIN {SCHEMA}.assignments a ON a.dependencia_id = t.dependencia_id AND a.id = t.assignment_id
    JOIN {SCHEMA}.org_units u ON u.id = a.dependencia_id"""
# The bytes of the list's item, so that an ETag read there is the one a change asks for.
ONE_TARGET = f"""SELECT json_build_object({", ".join(f"'{name}', {sql}" for name, sql in _COLUMNS.items())})::text
    FROM {_SOURCE} WHERE t.dependencia_id = $1 AND t.assignment_id = $2 AND t.period = $3"""


def target_listing(caller: Caller) -> Listing:
    """Targets in the caller's reach, one per assignment and period."""
    listing = Listing(
        columns=_COLUMNS,
        source=_SOURCE,
        keys={"assignment": Key("a.code"), "period": Key("t.period")},
        order="assignment,period",
        unique="assignment,period",
    )
    clause, values = scope_clause(caller, reading_as(caller, ASSIGNMENT_READ), "a.dependencia_id", SCHEMA)
    return listing.where(clause, *values)


def history_listing(caller: Caller) -> Listing:
    """Every version of targets in the caller's reach, oldest first; `superseded_at` is null for today's."""
    listing = Listing(
        columns={**_COLUMNS, "superseded_at": instant("t.superseded_at")},
        source=f"""(SELECT v.*, NULL::timestamptz AS superseded_at FROM {SCHEMA}.targets v
            UNION ALL SELECT * FROM {SCHEMA}.target_revisions) t
    JOIN {SCHEMA}.assignments a ON a.dependencia_id = t.dependencia_id AND a.id = t.assignment_id
    JOIN {SCHEMA}.org_units u ON u.id = a.dependencia_id""",
        keys={"version": Key("t.version", "integer")},
        order="version",
        unique="version",
    )
    clause, values = scope_clause(caller, reading_as(caller, ASSIGNMENT_READ), "a.dependencia_id", SCHEMA)
    return listing.where(clause, *values)


_TARGETS = f"""{NOW.targets("")} t
    JOIN {SCHEMA}.assignments a ON a.dependencia_id = t.dependencia_id AND a.id = t.assignment_id"""

# An annual target beside those of the periods is there to be compared with them, never scored.
_FOUND = f"""(
    SELECT a.code AS assignment, a.dependencia_id, a.plan, t.period, 'target-ambiguous' AS code,
           'El texto admite dos lecturas; una persona debe decidir.' AS detail
    FROM {_TARGETS}
    WHERE t.kind = 'ambiguous'
    UNION ALL
    SELECT a.code, a.dependencia_id, a.plan, t.period, 'target-without-level',
           'Falta la línea base o el resultado del que parte el cambio.'
    FROM {_TARGETS}
    WHERE t.kind <> 'ambiguous' AND t.level IS NULL
    UNION ALL
    SELECT a.code, a.dependencia_id, a.plan, y.period, 'period-targets-disagree',
           'Las metas de los períodos no dan la anual (' || p.whole || ' ≠ ' || y.level || ').'
    FROM {NOW.targets("")} y
    JOIN {SCHEMA}.assignments a ON a.dependencia_id = y.dependencia_id AND a.id = y.assignment_id
     AND a.frequency <> 'annual' AND length(y.period) = 4
    JOIN {SCHEMA}.indicators i ON i.id = a.indicator_id
    CROSS JOIN LATERAL (
        SELECT CASE i.time_aggregation WHEN 'sum' THEN sum(t.level) WHEN 'max' THEN max(t.level)
                    WHEN 'last' THEN (array_agg(t.level ORDER BY t.period DESC))[1]
                    ELSE trim_scale(round(avg(t.level), 10)) END AS whole, count(t.level) AS known, count(*) AS periods
        FROM {NOW.targets("")} t WHERE t.dependencia_id = y.dependencia_id AND t.assignment_id = y.assignment_id
         AND t.period LIKE y.period || '-%'
    ) p
    WHERE p.known = p.periods AND p.periods > 0 AND p.whole <> y.level
    UNION ALL
    SELECT a.code, a.dependencia_id, a.plan, NULL, 'target-missing', 'La asignación no tiene metas.'
    FROM {SCHEMA}.assignments a WHERE NOT EXISTS (SELECT FROM {SCHEMA}.targets t
        WHERE t.dependencia_id = a.dependencia_id AND t.assignment_id = a.id)
) f"""


def finding_listing(caller: Caller) -> Listing:
    """What is wrong with targets; findings, not failures."""
    listing = Listing(
        columns={
            "assignment": "f.assignment",
            "dependencia": "u.code",
            "plan": "f.plan",
            "period": "f.period",
            "code": "f.code",
            "detail": "f.detail",
        },
        source=f"{_FOUND} JOIN {SCHEMA}.org_units u ON u.id = f.dependencia_id",
        keys={"assignment": Key("f.assignment"), "code": Key("f.code"), "period": Key("coalesce(f.period, '')")},
        order="assignment,code,period",
        unique="assignment,code,period",
    )
    clause, values = scope_clause(caller, ASSIGNMENT_READ, "f.dependencia_id", SCHEMA)
    return listing.where(clause, *values)
