"""What numerator and denominator make: by the sheet's formula when it has one over them, else their quotient.

The same rule computes an arriving value, a year and a roll-up over the tree; there the terms are sums.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from services.indicators.domain.formula import (
    Node,
    Number,
    Operation,
    Reference,
    Term,
    parse_formula,
    references,
    terms,
)
from services.indicators.measurements.knowledge import Knowledge
from services.indicators.scoring.expressions import quotient_sql
from services.kit.database import Connection, Pool
from services.kit.memory import once_a_revision

TermFormulas = Mapping[int, Node]
NO_FORMULAS: Final[TermFormulas] = {}


async def term_formulas(reader: Pool | Connection, knowledge: Knowledge) -> TermFormulas:
    """Formulas over numerator and denominator alone, by the id of their indicator."""
    if not knowledge.is_past:
        return await once_a_revision(
            "term formulas",
            lambda: _formulas(reader, "SELECT id, formula FROM indicators.indicators WHERE formula IS NOT NULL"),
        )
    past = f"SELECT id, formula FROM {knowledge.indicators('$1')} i WHERE formula IS NOT NULL"
    return await _formulas(reader, past, knowledge.instant)


async def _formulas(reader: Pool | Connection, sql: str, *arguments: datetime) -> TermFormulas:
    rows = await reader.fetch(sql, *arguments)
    found = {row["id"]: parse_formula(row["formula"]) for row in rows}
    return {number: node for number, node in sorted(found.items()) if terms(node) and not references(node)}


def computed_sql(formulas: TermFormulas, indicator: str, unit: str, numerator: str, denominator: str) -> str:
    """SQL of what two terms make, NULL when a term is missing or something is divided by zero.

    indicator: SQL of its id; unit: SQL of the unit of what is computed: only percentages are per hundred.
    """
    usual = quotient_sql(f"CASE {unit} WHEN 'percent' THEN 100 ELSE 1 END * ({numerator})", denominator)
    cases = "".join(
        f" WHEN {number} THEN {formula_sql(node, numerator, denominator)}" for number, node in formulas.items()
    )
    return f"CASE {indicator}{cases} ELSE {usual} END" if cases else usual


def formula_sql(node: Node, numerator: str, denominator: str) -> str:
    """SQL of a formula over the two terms, digit for digit what `domain.formula.evaluate` gives."""
    if isinstance(node, Number):
        return f"{node.value:f}::numeric"
    if isinstance(node, Term):
        return f"({numerator})::numeric" if node.name == "numerator" else f"({denominator})::numeric"
    if isinstance(node, Reference):
        raise TypeError("a formula over other indicators is computed by the platform, not in SQL")
    return _operation_sql(node, numerator, denominator)


def _operation_sql(node: Operation, numerator: str, denominator: str) -> str:
    left, right = (formula_sql(side, numerator, denominator) for side in (node.left, node.right))
    return quotient_sql(left, right) if node.sign == "/" else f"({left} {node.sign} {right})"
