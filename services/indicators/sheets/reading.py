"""The dependency graph of formulas, and the value of a formula for one dependencia and period."""

from collections import Counter
from typing import Any

import asyncpg

from services.indicators.domain.arithmetic import at_the_edge
from services.indicators.domain.formula import evaluate, parse_formula, references
from services.indicators.domain.numbers import written
from services.indicators.measurements.knowledge import Knowledge
from services.indicators.sheets.problems import NoFormula
from services.indicators.sheets.writing import dependency_graph
from services.kit.database import Pool
from services.kit.problems import NotFound
from services.kit.writing import canonical_instant


def _values(known: Knowledge) -> str:
    """SQL of the cells a formula reads. $1 dependencia, $2 indicator codes, $3 plan, $4 period, $5 instant."""
    # Live sources do not name the instant, and PostgreSQL must be told of every argument.
    return f"""
SELECT i.code, m.value, m.numerator, m.denominator, a.code AS assignment, m.version, m.recorded_at
FROM {known.assignments("$5")} a
JOIN {known.indicators("$5")} i ON i.id = a.indicator_id
LEFT JOIN {known.measurements("$5")} m
  ON m.dependencia_id = a.dependencia_id AND m.assignment_id = a.id AND m.period = $4
WHERE a.dependencia_id = $1 AND i.code = ANY ($2::text[]) AND a.plan = $3 AND $5::timestamptz IS NOT NULL
ORDER BY a.code"""


async def formula_graph(reader: Pool, code: str) -> dict[str, Any]:
    """Everything a formula rests on, down to what is reported. Raises NotFound."""
    rows = await reader.fetch("SELECT code, name, formula, succeeds FROM indicators.indicators")
    sheets = {row["code"]: row for row in rows}
    if code not in sheets:
        raise NotFound
    graph = dependency_graph({name: row["formula"] for name, row in sheets.items()})
    reached, pending = {code}, [code]
    while pending:
        fresh = graph.get(pending.pop(), frozenset()) - reached
        reached |= fresh
        pending += sorted(fresh)
    lineage = [
        {"from": name, "to": before, "kind": "succeeds"}
        for name in sorted(sheets)
        for before in sheets[name]["succeeds"]
        if code in (name, before)
    ]
    named = reached | {edge["from"] for edge in lineage} | {edge["to"] for edge in lineage}
    reads = [
        {"from": name, "to": target, "kind": "reads"}
        for name in sorted(reached)
        for target in sorted(graph.get(name, ()))
    ]
    nodes = [
        {"code": name, "name": sheets[name]["name"], "formula": sheets[name]["formula"]}
        for name in sorted(named)
        if name in sheets
    ]
    return {"indicator": code, "nodes": nodes, "edges": [*reads, *lineage]}


async def evaluated(
    reader: Pool, known: Knowledge, code: str, dependencia_id: int, plan: str, period: str
) -> dict[str, Any]:
    """The value of a formula with the inputs it came from; null when one is missing. Raises NotFound or NoFormula."""
    formula = await reader.fetchrow(
        f"SELECT formula FROM {known.indicators('$2')} i WHERE code = $1 AND $2::timestamptz IS NOT NULL",
        code,
        known.instant,
    )
    if formula is None:
        raise NotFound
    if formula["formula"] is None:
        raise NoFormula
    node = parse_formula(formula["formula"])
    rows = await reader.fetch(
        _values(known), dependencia_id, sorted({*references(node), code}), plan, period, known.instant
    )
    found = [row for row in rows if row["value"] is not None]
    # Two assignments of one indicator are no input: nobody said which.
    once = Counter(row["code"] for row in found)
    values = {row["code"]: row["value"] for row in found if once[row["code"]] == 1}
    own = [row for row in found if row["code"] == code and row["numerator"] is not None]
    terms = {"numerator": own[0]["numerator"], "denominator": own[0]["denominator"]} if len(own) == 1 else {}
    value = evaluate(node, terms, values)
    return {
        "indicator": code,
        "formula": formula["formula"],
        "plan": plan,
        "period": period,
        "value": None if value is None else written(at_the_edge(value)),
        "inputs": [_input(row) for row in rows if row["code"] in references(node)],
        "missing": sorted(references(node) - values.keys()),
    }


def _input(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "indicator": row["code"],
        "assignment": row["assignment"],
        "value": written(row["value"]),
        "version": row["version"],
        "recorded_at": row["recorded_at"] and canonical_instant(row["recorded_at"]),
    }
