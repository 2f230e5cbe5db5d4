"""SQL of measurement lists: cells with their judgement, one row each."""

from dataclasses import dataclass, replace

from services.indicators.domain.policy import Policy
from services.indicators.filters import SCHEMA
from services.indicators.measurements.knowledge import Knowledge
from services.indicators.measurements.paging import CellListing
from services.indicators.permissions import MEASUREMENT_READ, reading_as
from services.indicators.scoring.expressions import GoalColumns, achievement_sql, capped_sql, edge_sql, light_sql
from services.kit.access import Caller
from services.kit.pages import Key, instant
from services.kit.scope import scope_clause

GOAL = GoalColumns(
    value="m.value",
    target="t.level",
    target_to="t.level_to",
    direction="a.direction",
    tolerance="coalesce(a.tolerance, i.tolerance)",
    baseline="a.baseline_value",
    by_progress="a.by_progress",
)

_MATCHING = "m.dependencia_id = a.dependencia_id AND m.assignment_id = a.id"
ON_TIME = "(m.first_recorded_at AT TIME ZONE 'America/Guayaquil')::date <= c.due_on"


@dataclass(frozen=True, slots=True)
class Cells:
    """What a list of cells shows: only those with a value, or every cell the calendar knows.

    by_light: a condition asks for the judgement `s`, so that it is made for every cell and not only for those shown.
    by_period: conditions leave few periods, so that cells are looked up from these.
    """

    with_empty: bool
    by_light: bool = False
    by_period: bool = False


def cell_listing(caller: Caller, policy: Policy, knowledge: Knowledge, cells: Cells) -> CellListing:
    """Cells in the caller's reach, judged by the policy, as known at the instant."""
    listing = CellListing(
        columns={},
        source="",
        keys={
            "assignment": Key("a.code"),
            "period": Key("c.period"),
            "recorded_at": Key("coalesce(m.recorded_at, '-infinity')", "timestamptz"),
        },
        order="assignment,period",
        unique="assignment,period",
    )
    now = listing.bind(knowledge.instant) if cells.with_empty or knowledge.is_past else ""
    state = "'reported'"
    if cells.with_empty:
        state = knowledge.state(now, listing.bind(knowledge.today))
    listing.columns = _columns(policy, state)
    # OFFSET 0 keeps the planner from copying the expression into each of the columns that use it.
    judgement = f"CROSS JOIN LATERAL (SELECT {achievement_sql(GOAL, policy.cap)} AS percent OFFSET 0) s"
    sheet = f"{knowledge.indicators(now)} i"
    judged = f"{_target(knowledge, now)} {judgement}"
    if cells.by_light:
        judging = f" JOIN {sheet} ON i.id = a.indicator_id {judged}"
        listing.shown_from = "FROM indicators.org_units u WHERE u.id = a.dependencia_id"
    else:
        judging = ""
        listing.shown_from = f"""FROM {sheet} JOIN indicators.org_units u ON u.id = a.dependencia_id {judged}
            WHERE i.id = a.indicator_id"""
    listing.assignments = f"{knowledge.assignments(now)} a"
    listing.cells = _cells(knowledge, cells, now) + judging
    listing.by_period = _cells(knowledge, replace(cells, by_period=True), now) + judging
    listing.cell = _cell(knowledge, cells, now) + judging
    listing.periods = f"""{knowledge.calendars(now)} k
        JOIN indicators.calendar_periods c ON c.plan = k.plan AND c.version = k.version"""
    # Each cell's period by its key (OFFSET 0): expecting few cells, the planner would go through all periods for each.
    whole = f"""JOIN {knowledge.measurements(now)} m ON {_MATCHING} JOIN {knowledge.calendars(now)} k ON k.plan = a.plan
        JOIN LATERAL (SELECT c.* FROM indicators.calendar_periods c WHERE c.plan = a.plan AND c.version = k.version
            AND c.period = m.period OFFSET 0) c ON true{judging}"""
    listing.source = f"{listing.assignments} {listing.cells if cells.with_empty else whole}"
    clause, values = scope_clause(caller, reading_as(caller, MEASUREMENT_READ), "a.dependencia_id", SCHEMA)
    listing.where(clause, *values)
    return listing


def _columns(policy: Policy, state: str) -> dict[str, str]:
    return {
        "assignment": "a.code",
        "dependencia": "u.code",
        "plan": "a.plan",
        "indicator": "i.code",
        "period": "c.period",
        "value": "m.value::text",
        "numerator": "m.numerator::text",
        "denominator": "m.denominator::text",
        "unit": "a.unit",
        "target": "t.level::text",
        "target_to": "t.level_to::text",
        "state": state,
        "review": "m.review",
        "achievement": edge_sql("s.percent"),
        "achievement_capped": edge_sql(capped_sql("s.percent", policy.cap)),
        "traffic_light": light_sql("s.percent", policy),
        "policy": f"'{policy.name}'",
        "source": "m.source",
        "note": "m.note",
        "evidence": "CASE WHEN m.evidence_url IS NOT NULL THEN "
        "json_build_object('url', m.evidence_url, 'sha256', m.evidence_sha256) END",
        "warnings": "coalesce(m.warnings, '{}')",
        "approved_value": "m.approved_value::text",
        "drifted": "coalesce(m.approved_version < m.version AND m.review <> 'approved', false)",
        "due_on": "c.due_on",
        "on_time": ON_TIME,
        "submitted_by": "m.submitted_by",
        "submitted_for": "m.submitted_for",
        "recorded_at": instant("m.recorded_at"),
        "version": "m.version",
    }


def _cells(knowledge: Knowledge, cells: Cells, now: str) -> str:
    """The cells of assignments `a`, each with its period `c` and its measurement `m`."""
    values = f"{knowledge.measurements(now)} m"
    calendar = f"""JOIN {knowledge.calendars(now)} k ON k.plan = a.plan
        JOIN indicators.calendar_periods c ON c.plan = k.plan AND c.version = k.version"""
    if not cells.with_empty and not cells.by_period:
        return f"JOIN {values} ON {_MATCHING} {calendar} AND c.period = m.period"
    # Looked up one by one (OFFSET 0): joined as a whole, the planner would expect hardly any.
    one = f"(SELECT m.* FROM {values} WHERE {_MATCHING} AND m.period = c.period OFFSET 0) m"
    if not cells.with_empty:
        return f"{calendar} JOIN LATERAL {one} ON true"
    return f"{calendar} AND c.frequency = a.frequency LEFT JOIN LATERAL {one} ON true"


def _cell(knowledge: Knowledge, cells: Cells, now: str) -> str:
    """The one cell of an assignment `a` in the period of `page`.

    By its whole key (OFFSET 0): the planner takes the columns of a key for independent, believes one of them
    superfluous, and would read every period of the assignment for each row.
    """
    return f"""JOIN {knowledge.calendars(now)} k ON k.plan = a.plan
        CROSS JOIN LATERAL (SELECT c.* FROM indicators.calendar_periods c
            WHERE c.plan = k.plan AND c.version = k.version AND c.period = page.period OFFSET 0) c
        {"LEFT JOIN" if cells.with_empty else "JOIN"} LATERAL (SELECT m.* FROM {knowledge.measurements(now)} m
            WHERE {_MATCHING} AND m.period = page.period OFFSET 0) m ON true"""


def _target(knowledge: Knowledge, now: str) -> str:
    return f"""LEFT JOIN LATERAL (SELECT t.* FROM {knowledge.targets(now)} t WHERE t.dependencia_id = a.dependencia_id
        AND t.assignment_id = a.id AND t.period = c.period OFFSET 0) t ON true"""
