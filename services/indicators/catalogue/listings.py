"""SQL of the catalogue's lists; single resources are lists of one."""

from services.indicators.filters import SCHEMA
from services.indicators.measurements.knowledge import NOW
from services.indicators.permissions import ASSIGNMENT_READ, reading_as
from services.kit.access import Caller
from services.kit.pages import Key, Listing
from services.kit.scope import scope_clause

_INDICATOR = {
    "code": "i.code",
    "name": "i.name",
    "aliases": "i.aliases",
    "version": "i.version",
    "description": "i.description",
    "formula": "i.formula",
    "unit": "i.unit",
    "frequency": "i.frequency",
    "direction": "i.direction",
    "time_aggregation": "i.time_aggregation",
    "org_aggregation": "i.org_aggregation",
    "hierarchy": "i.hierarchy",
    "source_text": "i.source_text",
    "tolerance": "i.tolerance::text",
    "zero_policy": "i.zero_policy",
    "evidence_required": "i.evidence_required",
    "numerator_bounded": "i.numerator_bounded",
    "succeeds": "i.succeeds",
    "warnings": "i.warnings",
    "source": "i.source",
}

_TARGETS = f"""(SELECT coalesce(json_agg(json_build_object('period', t.period, 'kind', t.kind, 'value', t.value::text,
        'value_to', t.value_to::text, 'level', t.level::text, 'closed', t.closed) ORDER BY t.period), '[]'::json)
    FROM {NOW.targets("")} t WHERE t.dependencia_id = a.dependencia_id AND t.assignment_id = a.id)"""

_BASELINE = """CASE WHEN a.baseline_text IS NULL AND a.baseline_value IS NULL THEN NULL ELSE
    json_build_object('value', a.baseline_value::text, 'period', a.baseline_period,
                      'kind', a.baseline_kind, 'text', a.baseline_text) END"""

_ASSIGNMENT = {
    "code": "a.code",
    "plan": "a.plan",
    "dependencia": "u.code",
    "indicator": "json_build_object('code', i.code, 'name', i.name)",
    "objective": "a.objective",
    "level": "a.level",
    "number": "a.number",
    "statement": "a.statement",
    "frequency": "a.frequency",
    "unit": "a.unit",
    "direction": "a.direction",
    "baseline": _BASELINE,
    "targets": _TARGETS,
    "target_text": "a.target_text",
    "tolerance": "a.tolerance::text",
    "by_progress": "a.by_progress",
    "weight": "a.weight::text",
    "section": "a.section",
    "objective_text": "a.objective_text",
    "objective_reliability": "a.objective_reliability",
    "responsible": "a.responsible",
    "feed_source": "a.feed_source",
    "feed_rule": "a.feed_rule",
    "evidence_required": "a.evidence_required",
    "warnings": "a.warnings",
    "notes": "a.notes",
    "source": "a.source",
    "version": "a.version",
}


_ASSIGNMENTS = f"""{SCHEMA}.assignments a JOIN {SCHEMA}.indicators i ON i.id = a.indicator_id
    JOIN {SCHEMA}.org_units u ON u.id = a.dependencia_id"""
# The bytes of the list's item, so that an ETag read there is the one a change asks for.
_PAIRS = ", ".join(f"'{name}', {sql}" for name, sql in _ASSIGNMENT.items())
ONE_ASSIGNMENT = f"""SELECT json_build_object({_PAIRS})::text
    FROM {_ASSIGNMENTS} WHERE a.code = $1"""


def indicator_listing() -> Listing:
    """The catalogue, whole: sheets belong to the institution."""
    return Listing(
        columns=_INDICATOR,
        source=f"{SCHEMA}.indicators i",
        keys={"code": Key("i.code"), "name": Key("i.folded")},
        order="code",
        unique="code",
    )


def assignment_listing(caller: Caller) -> Listing:
    """The assignments of the dependencias the caller reaches."""
    listing = Listing(
        columns=_ASSIGNMENT,
        source=_ASSIGNMENTS,
        keys={"code": Key("a.code"), "number": Key("coalesce(a.number, 0)", "integer"), "level": Key("a.level")},
        order="code",
        unique="code",
    )
    clause, values = scope_clause(caller, reading_as(caller, ASSIGNMENT_READ), "a.dependencia_id", SCHEMA)
    return listing.where(clause, *values)
