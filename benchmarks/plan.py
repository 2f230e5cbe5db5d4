"""A plan that exists only in a benchmark's database: enough assignments and months for 100,000 distinct cells.

Written by SQL, not by the product's calls: what is measured is the intake of measurements, not the making of plans.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg

from services.indicators.deadlines.repository import CalendarPolicy, add_calendar
from services.indicators.domain.calendar import CalendarRule
from services.indicators.domain.periods import Frequency
from services.kit.database import asyncpg_arguments

PLAN = "BENCH"


@dataclass(frozen=True)
class Cell:
    """An assignment in a month, by its keys and by the names a client sends."""

    dependencia_id: int
    assignment_id: int
    assignment: str
    period: str


# Every assignment copies a sheet of the real catalogue; objectives hold seven assignments each.
_ASSIGNMENTS = """
INSERT INTO indicators.assignments (
    dependencia_id, id, code, plan, ordinal, indicator_id, objective, level, statement, frequency, unit, direction,
    by_progress, weight, feed_source, evidence_required, numerator_bounded, warnings, notes, version, recorded_at,
    recorded_by)
SELECT d.id, nextval('indicators.assignment_ids'), $1 || '.' || d.code || '.' || lpad(n::text, 3, '0'), $1, n, i.id,
       $1 || '.' || d.code || '.O' || (n - 1) / 7, 'N4', i.name, 'monthly', 'percent', i.direction, false, 1, 'manual',
       false, false, '{}', '{}', 1, $4, 'benchmark'
FROM unnest($2::bigint[], $3::text[]) AS d (id, code)
CROSS JOIN generate_series(1, $5) AS n
JOIN (SELECT row_number() OVER (ORDER BY id) AS number, id, name, direction FROM indicators.indicators
      WHERE direction IN ('up', 'down')) i ON i.number = 1 + (n - 1) % 40"""

_TARGETS = """
INSERT INTO indicators.targets
    (dependencia_id, assignment_id, period, version, kind, value, level, closed, recorded_at, recorded_by)
SELECT a.dependencia_id, a.id, c.period, 1, 'level', 90, 90, false, $2, 'benchmark'
FROM indicators.assignments a
JOIN indicators.calendar_periods c ON c.plan = a.plan AND c.frequency = a.frequency
WHERE a.plan = $1 ORDER BY 1, 2, 3"""

_CELLS = """
SELECT a.dependencia_id, a.id, a.code, c.period FROM indicators.assignments a
JOIN indicators.calendar_periods c ON c.plan = a.plan AND c.frequency = a.frequency
WHERE a.plan = $1 ORDER BY c.period, a.code"""

_BELOW = """
SELECT d.id, d.code FROM indicators.org_closure c JOIN indicators.org_units a ON a.id = c.ancestor_id
JOIN indicators.org_units d ON d.id = c.descendant_id WHERE a.code = $1 ORDER BY d.id"""


def make_plan(database: str, *, root: str, years: range, assignments: int) -> list[Cell]:
    """Makes PLAN with `assignments` monthly assignments for each dependencia under `root`; answers its cells."""
    return asyncio.run(_make_plan(database, root, years, assignments))


async def _make_plan(database: str, root: str, years: range, assignments: int) -> list[Cell]:
    connection: Any = await asyncpg.connect(**asyncpg_arguments(database))
    try:
        now = datetime.now(UTC)
        rules = {Frequency.MONTHLY: CalendarRule(opens_after_days=1, due_business_day=5, lock_business_day=None)}
        await add_calendar(connection, CalendarPolicy(PLAN, rules, years[0], years[-1], "benchmark"), now, "benchmark")
        below = await connection.fetch(_BELOW, root)
        ids, codes = [row["id"] for row in below], [row["code"] for row in below]
        await connection.execute(_ASSIGNMENTS, PLAN, ids, codes, now, assignments)
        await connection.execute(_TARGETS, PLAN, now)
        await connection.execute("ANALYZE")
        return [Cell(*row) for row in await connection.fetch(_CELLS, PLAN)]
    finally:
        await connection.close()


def execute(database: str, statements: Sequence[str]) -> None:
    """Runs statements one after another, outside of any measurement."""

    async def run() -> None:
        connection = await asyncpg.connect(**asyncpg_arguments(database))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())
