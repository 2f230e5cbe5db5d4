"""The dependency graph of formulas, and the value of a formula for one dependencia and period."""

from decimal import Decimal
from typing import Any

from services.indicators.domain.arithmetic import at_the_edge
from services.indicators.domain.formula import evaluate, parse_formula, references
from services.indicators.sheets.problems import NoFormula
from services.indicators.sheets.writing import dependency_graph
from services.kit.database import Pool
from services.kit.problems import NotFound

_VALUES = """
SELECT i.code, m.value, m.numerator, m.denominator, a.code AS assignment
FROM indicators.assignments a
JOIN indicators.indicators i ON i.id = a.indicator_id
LEFT JOIN indicators.measurements m ON m.dependencia_id = a.dependencia_id AND m.assignment_id = a.id AND m.period = $4
WHERE a.dependencia_id = $1 AND i.code = ANY ($2::text[]) AND a.plan = $3
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


async def evaluated(reader: Pool, code: str, dependencia_id: int, plan: str, period: str) -> dict[str, Any]:
    """The value of a formula with the inputs it came from; null when one is missing. Raises NotFound or NoFormula."""
    row = await reader.fetchrow("SELECT formula FROM indicators.indicators WHERE code = $1", code)
    if row is None:
        raise NotFound
    if row["formula"] is None:
        raise NoFormula
    node = parse_formula(row["formula"])
    names = sorted({*references(node), code})
    rows = await reader.fetch(_VALUES, dependencia_id, names, plan, period)
    values = {found["code"]: found["value"] for found in rows if found["value"] is not None}
    own = next((found for found in rows if found["code"] == code), None)
    terms: dict[str, Decimal] = {}
    if own is not None and own["numerator"] is not None:
        terms = {"numerator": own["numerator"], "denominator": own["denominator"]}
    value = evaluate(node, terms, values)
    inputs = [
        {"indicator": f["code"], "assignment": f["assignment"], "value": _text(f["value"])}
        for f in rows
        if f["code"] in references(node)
    ]
    return {
        "indicator": code,
        "formula": row["formula"],
        "plan": plan,
        "period": period,
        "value": None if value is None else _text(at_the_edge(value)),
        "inputs": inputs,
        "missing": sorted(references(node) - values.keys()),
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
