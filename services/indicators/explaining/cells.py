"""The explanation of one cell: target, value, achievement, light, each from its inputs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import asyncpg

from services.indicators.domain.achievement import Direction, Goal
from services.indicators.domain.explain import Step, explain_judgement, explain_value
from services.indicators.domain.formula import parse_formula, references, terms
from services.indicators.domain.numbers import written
from services.indicators.domain.policy import Policy
from services.indicators.measurements.knowledge import Knowledge
from services.kit.writing import canonical_instant


def inputs(knowledge: Knowledge) -> str:
    """SQL of everything a cell is judged by. $1 assignment code, $2 period, $3 instant, $4 today; then the scope's."""
    return f"""
SELECT a.code, a.dependencia_id, u.code AS dependencia, a.plan, i.code AS indicator, i.version AS sheet, i.formula,
       a.unit, a.direction,
       a.by_progress, a.baseline_value, a.baseline_period, coalesce(a.tolerance, i.tolerance) AS tolerance,
       a.target_text, a.frequency,
       c.period, c.opens_on, c.due_on, c.locks_on, k.version AS calendar,
       CASE WHEN t.kind = 'change_on_same_period_last_year'
           THEN (SELECT y.value FROM {knowledge.last_year("$3", "t")} y) END AS last_year_value,
       t.kind, t.value AS target_value, t.level, t.level_to, t.version AS target_version,
       m.value, m.numerator, m.denominator, m.source, m.submitted_by, m.submitted_for,
       m.review, m.reviewed_by, m.batch_id, m.version,
       m.recorded_at, m.first_recorded_at, m.warnings, {knowledge.state("$3", "$4")} AS state
FROM {knowledge.assignments("$3")} a
JOIN {knowledge.indicators("$3")} i ON i.id = a.indicator_id
JOIN indicators.org_units u ON u.id = a.dependencia_id
JOIN {knowledge.calendars("$3")} k ON k.plan = a.plan
JOIN indicators.calendar_periods c ON c.plan = k.plan AND c.version = k.version AND c.frequency = a.frequency
LEFT JOIN {knowledge.measurements("$3")} m
  ON m.dependencia_id = a.dependencia_id AND m.assignment_id = a.id AND m.period = c.period
LEFT JOIN {knowledge.targets("$3")} t
  ON t.dependencia_id = a.dependencia_id AND t.assignment_id = a.id AND t.period = c.period
WHERE a.code = $1 AND c.period = $2"""


def is_computed(row: asyncpg.Record) -> bool:
    """True when the value comes from other indicators, by the formula of its sheet."""
    return row["source"] == "platform" and bool(row["formula"]) and bool(references(parse_formula(row["formula"])))


def explanation(
    row: asyncpg.Record, policy: Policy, computed_from: Sequence[Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """The document: inputs, rule, steps, and the judgement they end in.

    computed_from: the cells of other indicators that the value was computed from.
    """
    steps = [_target_step(row)]
    judged = None
    if row["value"] is None:
        steps.append(Step("state", _STATES[row["state"]], None))
    else:
        steps.append(_value_step(row))
        goal = goal_of(row)
        if goal is None:
            steps.append(Step("no-target", "sin un nivel que alcanzar no hay cumplimiento ni semáforo", None))
        else:
            judged, more = explain_judgement(row["value"], goal, policy)
            steps += more
    return {
        "assignment": row["code"],
        "period": row["period"],
        "dependencia": row["dependencia"],
        "state": row["state"],
        "policy": policy.name,
        "rule": judged and judged.rule,
        "value": written(row["value"]),
        "target": written(row["level"]),
        "achievement": steps[-3].result if judged and judged.traffic_light else None,
        "achievement_capped": steps[-2].result if judged and judged.traffic_light else None,
        "traffic_light": judged and judged.traffic_light,
        "inputs": {**_inputs(row), "computed_from": computed_from or []},
        "steps": [asdict(step) for step in steps],
    }


def goal_of(row: asyncpg.Record) -> Goal | None:
    """What the value is held against; None while nobody can tell."""
    direction = Direction(row["direction"])
    if row["level"] is None or (direction is Direction.RANGE and row["level_to"] is None):
        return None
    upper = row["level_to"] if direction is Direction.RANGE else None
    return Goal(direction, row["level"], upper, row["tolerance"], row["baseline_value"], row["by_progress"])


_STATES = {
    "missing": "venció sin reportarse: no es cero, y baja la cobertura, no el puntaje",
    "not_due": "aún no vence: no cuenta",
    "exempt": "exenta: no cuenta",
}
_KINDS = {
    "level": "nivel que alcanzar",
    "change_on_baseline": "cambio porcentual sobre la línea base {base}",
    "change_on_same_period_last_year": "cambio porcentual sobre el mismo período del año anterior, {before}",
    "maintain": "nivel que mantener",
    "ambiguous": "el texto admite dos lecturas; una persona debe decidir",
}


def _value_step(row: asyncpg.Record) -> Step:
    if is_computed(row):
        return Step("formula", row["formula"], written(row["value"]))
    node = row["formula"] and parse_formula(row["formula"])
    formula = row["formula"] if node and terms(node) and not references(node) else None
    return explain_value(row["numerator"], row["denominator"], row["value"], row["unit"], formula)


def _target_step(row: asyncpg.Record) -> Step:
    if row["kind"] is None:
        return Step("target", "sin meta en este período", None)
    meaning = _KINDS[row["kind"]].format(
        base=written(row["baseline_value"]), before=written(row["last_year_value"]) or "que no se conoce"
    )
    return Step("target", f"meta {written(row['target_value'])}: {meaning}", written(row["level"]))


def _inputs(row: asyncpg.Record) -> dict[str, Any]:
    reported = row["value"] is not None
    return {
        "indicator": row["indicator"],
        "sheet_version": row["sheet"],
        "unit": row["unit"],
        "direction": row["direction"],
        "tolerance": written(row["tolerance"]),
        "baseline": {"value": written(row["baseline_value"]), "period": row["baseline_period"]},
        "by_progress": row["by_progress"],
        "target": {
            "kind": row["kind"],
            "value": written(row["target_value"]),
            "text": row["target_text"],
            "last_year_value": written(row["last_year_value"]),
            "version": row["target_version"],
        },
        "measurement": {
            "value": written(row["value"]),
            "numerator": written(row["numerator"]),
            "denominator": written(row["denominator"]),
            "source": row["source"],
            "submitted_by": row["submitted_by"],
            "submitted_for": row["submitted_for"],
            "review": row["review"],
            "reviewed_by": row["reviewed_by"],
            "batch_id": row["batch_id"] and str(row["batch_id"]),
            "version": row["version"],
            "recorded_at": canonical_instant(row["recorded_at"]),
            "first_recorded_at": canonical_instant(row["first_recorded_at"]),
            "warnings": row["warnings"] or [],
        }
        if reported
        else None,
        "calendar": {
            "version": row["calendar"],
            "opens_on": row["opens_on"].isoformat(),
            "due_on": row["due_on"].isoformat(),
            "locks_on": row["locks_on"] and row["locks_on"].isoformat(),
        },
    }
