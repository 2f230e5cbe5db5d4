"""Indicators computed from other indicators: stored as measurements whenever one of their inputs changes.

An assignment with source `platform` whose sheet has a formula over other indicators takes its value from the cells of
the same dependencia, plan and period. As a measurement it takes part in cards, roll-ups, series and reviews like any
other, and a reading of the past shows what was computed then.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Final

import asyncpg

from services.indicators.domain.formula import Node, evaluate, parse_formula, references
from services.indicators.domain.numbers import DECIMAL_DIGITS
from services.indicators.feeding.statements import HEAD, MOVE_CURSOR, READ_CURSOR, fed_cells
from services.indicators.feeding.storing import announce, store_value
from services.indicators.locking import lock_dependencias
from services.kit.clock import Clock
from services.kit.database import Connection

SOURCE, CURSOR = "platform", "formula-feed"

# $1 dependencia ids, $2 plans, $3 periods, $4 indicator codes. Two assignments of one indicator are no input: which?
_INPUTS: Final = """
SELECT a.dependencia_id, a.plan, m.period, i.code, min(m.value) AS value
FROM indicators.assignments a
JOIN indicators.indicators i ON i.id = a.indicator_id AND i.code = ANY ($4::text[])
JOIN indicators.measurements m ON m.dependencia_id = a.dependencia_id AND m.assignment_id = a.id
 AND m.period = ANY ($3::text[])
WHERE a.dependencia_id = ANY ($1::bigint[]) AND a.plan = ANY ($2::text[])
GROUP BY a.dependencia_id, a.plan, m.period, i.code HAVING count(*) = 1"""


class FormulaFeeder:
    """A chore of the follower: `feed(connection)` brings every computed cell up to date."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._day = date.min

    async def feed(self, connection: Connection) -> int:
        """Recompute what has been touched, inputs before what is computed from them. Returns how many changed."""
        now, today = self._clock.now(), self._clock.today()
        async with connection.transaction():
            position: int = await connection.fetchval(READ_CURSOR, CURSOR) or 0
            head: int = await connection.fetchval(HEAD)
            if head == position and today == self._day:
                return 0
            touched = await connection.fetch(fed_cells(by_formula=True), position, today, today != self._day)
            changed: list[asyncpg.Record] = []
            if touched:
                await lock_dependencias(connection, [cell["dependencia_id"] for cell in touched])
                for cells in in_order(touched):
                    changed += await self._compute(connection, cells)
            await connection.execute(MOVE_CURSOR, CURSOR, head)
            if changed:
                await announce(connection, SOURCE, changed, now)
        self._day = today
        return len(changed)

    async def _compute(self, connection: Connection, cells: Sequence[asyncpg.Record]) -> list[asyncpg.Record]:
        nodes = {cell["formula"]: parse_formula(cell["formula"]) for cell in cells}
        rows = await connection.fetch(
            _INPUTS,
            sorted({cell["dependencia_id"] for cell in cells}),
            sorted({cell["plan"] for cell in cells}),
            sorted({cell["period"] for cell in cells}),
            sorted({code for node in nodes.values() for code in references(node)}),
        )
        known: dict[tuple[int, str, str], dict[str, Decimal]] = {}
        for row in rows:
            known.setdefault((row["dependencia_id"], row["plan"], row["period"]), {})[row["code"]] = row["value"]
        changed: list[asyncpg.Record] = []
        for cell in cells:
            inputs = known.get((cell["dependencia_id"], cell["plan"], cell["period"]), {})
            value = evaluate(nodes[cell["formula"]], {}, inputs)
            if value is None:
                continue
            if await store_value(connection, cell, storable(value), None, None, SOURCE, self._clock.now()):
                changed.append(cell)
        return changed


def storable(value: Decimal) -> Decimal:
    """Half-up to the ten decimals a measure can have, without trailing zeros."""
    with localcontext() as context:
        context.prec = 120
        rounded = value.quantize(Decimal(1).scaleb(-DECIMAL_DIGITS), rounding=ROUND_HALF_UP)
    return Decimal(f"{rounded:f}".rstrip("0").rstrip(".") or "0")


def in_order(cells: Sequence[asyncpg.Record]) -> list[list[asyncpg.Record]]:
    """The cells in layers, each computed from earlier layers and reported values only."""
    nodes = {cell["indicator"]: parse_formula(cell["formula"]) for cell in cells}
    depths = {code: _depth(code, nodes) for code in nodes}
    return [[cell for cell in cells if depths[cell["indicator"]] == depth] for depth in sorted(set(depths.values()))]


def _depth(code: str, nodes: Mapping[str, Node]) -> int:
    """How many computed indicators lie below one; cycles were refused when the sheets were written."""
    below = [_depth(reference, nodes) for reference in references(nodes[code]) if reference in nodes]
    return 1 + max(below, default=-1)
