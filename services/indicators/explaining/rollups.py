"""The roll-up of one indicator told step by step: over time per dependencia, over the tree, and its judgement."""

from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from itertools import groupby
from typing import Any

from services.indicators.domain.achievement import Direction, Goal
from services.indicators.domain.arithmetic import at_the_edge, product, total
from services.indicators.domain.explain import Step, explain_judgement
from services.indicators.domain.formula import Node, evaluate
from services.indicators.domain.policy import Policy
from services.indicators.domain.rollup import OrgAggregation, Part, over_tree, summed_terms
from services.indicators.explaining.cards import Row

_HUNDRED, _ONE, _ZERO = Decimal(100), Decimal(1), Decimal(0)


def explained_rollups(
    rows: Sequence[Row], cells: Sequence[Row], policy: Policy, formula: Node | None
) -> list[dict[str, Any]]:
    """One document per unit and frequency of the indicator: what differs in these is not added up."""
    kind = [(row["unit"] or "", row["frequency"]) for row in rows]
    together = [row for _, row in sorted(zip(kind, rows, strict=True), key=lambda pair: pair[0])]
    return [
        _rollup(list(group), cells, policy, formula)
        for _, group in groupby(together, key=lambda row: (row["unit"] or "", row["frequency"]))
    ]


def _rollup(rows: Sequence[Row], cells: Sequence[Row], policy: Policy, formula: Node | None) -> dict[str, Any]:
    used = [row for row in rows if row["state"] == "reported"]
    value, how = _added_up(rows, used, formula)
    target, _ = _added_up_targets(rows, used)
    upper, _ = _added_up_targets(rows, used, "target_to")
    steps = [Step("over-tree", how, _shown(value))]
    steps.append(Step("target", "metas de las mismas dependencias, por la misma regla", _shown(target)))
    goal = _goal(rows, target, upper)
    judged = None
    if value is not None and goal is not None:
        judged, more = explain_judgement(value, goal, policy)
        steps += more
    return {
        "unit": rows[0]["unit"],
        "frequency": rows[0]["frequency"],
        "rule": rows[0]["org_aggregation"],
        "value": _shown(value),
        "target": _shown(target),
        "achievement": None if judged is None or judged.achievement is None else f"{at_the_edge(judged.achievement):f}",
        "traffic_light": judged and judged.traffic_light,
        "steps": [asdict(step) for step in steps],
        "used": [_told(row, cells) for row in used],
        "skipped": [{**_told(row, cells), "because": row["state"]} for row in rows if row["state"] != "reported"],
    }


def _added_up(rows: Sequence[Row], used: Sequence[Row], formula: Node | None) -> tuple[Decimal | None, str]:
    """The value over the tree and how it came to be."""
    rule = OrgAggregation(rows[0]["org_aggregation"])
    parts = [_part(row, "value") for row in used]
    if len(rows) == 1 and (rule is not OrgAggregation.SUM or Decimal(rows[0]["share"]) == 1):
        return (parts[0].value if parts else None), "una sola asignación: su valor"
    if not parts:
        return None, "nadie reportó"
    if rule is OrgAggregation.RATIO:
        return _ratio(parts, rows[0]["unit"], formula)
    return over_tree(parts, rule).value, _written(parts, rule)


def _ratio(parts: Sequence[Part], unit: str | None, formula: Node | None) -> tuple[Decimal | None, str]:
    if len(parts) == 1:
        return parts[0].value, "una sola dependencia reportó: su valor"
    terms = summed_terms(parts)
    if terms is None:
        return None, "a una parte le falta numerador o denominador: la razón no se conoce"
    numerator, denominator = terms
    if formula is not None:
        named = {"numerator": numerator, "denominator": denominator}
        return evaluate(formula, named, {}), f"fórmula con Σ numerador {numerator:f} y Σ denominador {denominator:f}"
    per = _HUNDRED if unit == "percent" else _ONE
    value = over_tree(parts, OrgAggregation.RATIO, per).value
    return value, f"{'100 · ' if per == _HUNDRED else ''}{numerator:f} / {denominator:f}: Σ numerador / Σ denominador"


def _added_up_targets(rows: Sequence[Row], used: Sequence[Row], name: str = "target") -> tuple[Decimal | None, str]:
    """Targets of those that reported, of all while nobody did; unknown as soon as one of them has none."""
    rule = OrgAggregation(rows[0]["org_aggregation"])
    if len(rows) == 1 and (rule is not OrgAggregation.SUM or Decimal(rows[0]["share"]) == 1):
        return _number(rows[0][name]), ""
    asked = used or rows
    parts = [_part(row, name) for row in asked if row[name] is not None]
    if not parts or (used and len(parts) < len(used)):
        return None, ""
    mean = OrgAggregation.MEAN if rule is OrgAggregation.RATIO else rule
    return over_tree(parts, mean).value, ""


def _written(parts: Sequence[Part], rule: OrgAggregation) -> str:
    known = [part for part in parts if part.value is not None]
    weights = [product(p.share, p.weight if rule is OrgAggregation.WEIGHTED else _ONE) for p in known]
    points = total([product(p.value or _ZERO, weight) for p, weight in zip(known, weights, strict=True)])
    if rule is OrgAggregation.NONE:
        return "no se agrega entre dependencias"
    if rule is OrgAggregation.SUM:
        return f"Σ valor · parte = {points:f}"
    return f"{points:f} / {total(weights):f}: Σ valor · peso / Σ peso"


def _goal(rows: Sequence[Row], target: Decimal | None, upper: Decimal | None) -> Goal | None:
    directions = {row["direction"] for row in rows}
    if target is None or len(directions) != 1:
        return None
    direction = Direction(directions.pop())
    if (direction is Direction.RANGE) != (upper is not None):
        return None
    tolerances = {_number(row["tolerance"]) for row in rows}
    tolerance = tolerances.pop() if len(tolerances) == 1 else None
    # Baselines of several dependencias are no baseline of their sum.
    if len(rows) > 1:
        return Goal(direction, target, upper, tolerance)
    return Goal(direction, target, upper, tolerance, _number(rows[0]["baseline"]), rows[0]["by_progress"])


def _part(row: Row, name: str) -> Part:
    return Part(
        _number(row[name]),
        _number(row["numerator"]),
        _number(row["denominator"]),
        Decimal(row["weight"]),
        share=Decimal(row["share"]),
    )


def _told(row: Row, cells: Sequence[Row]) -> dict[str, Any]:
    shown = ("assignment", "dependencia", "share", "weight", "state", "numerator", "denominator", "time_aggregation")
    own = [c for c in cells if c["assignment"] == row["assignment"] and c["share"] == row["share"]]
    return {
        **{name: row[name] for name in shown},
        "value": _shown(_number(row["value"])),
        "target": _shown(_number(row["target"])),
        "cells": [{key: cell[key] for key in cell if key not in ("assignment", "share")} for cell in own],
    }


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _shown(value: Decimal | None) -> str | None:
    """As cards show it: what was sent as it is, quotients at the edge."""
    if value is None:
        return None
    exponent = value.as_tuple().exponent
    return f"{at_the_edge(value) if isinstance(exponent, int) and exponent < -10 else value:f}"
