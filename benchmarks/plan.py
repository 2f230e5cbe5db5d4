"""A plan that exists only in a benchmark's database, with an organisation and measurements as large as are asked for.

Written by SQL, not by the product's calls: what is measured is the work with measurements, not the making of plans.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar

import asyncpg

from services.indicators.deadlines.repository import CalendarPolicy, add_calendar
from services.indicators.domain.calendar import CalendarRule
from services.indicators.domain.periods import Frequency
from services.kit.database import Connection, asyncpg_arguments
from services.kit.organisation import rebuild_closure

Result = TypeVar("Result")
PLAN = "BENCH"
# Far above the ids and below no name of the real organisation.
_FIRST_ID = 900_000


@dataclass(frozen=True)
class Cell:
    """An assignment in a month, by its keys and by the names a client sends."""

    dependencia_id: int
    assignment_id: int
    assignment: str
    period: str


# Units under the provinces' units, in turn, until the organisation has as many as asked for.
_UNITS = """
WITH parent AS (
    SELECT row_number() OVER (ORDER BY id) - 1 AS number, count(*) OVER () AS parents, id, code
    FROM indicators.org_units WHERE province IS NOT NULL
), made AS (
    INSERT INTO indicators.org_units
        (id, code, name, kind, parent_id, numeral, province, valid_from, valid_to, document)
    SELECT $1 + n, 'BENCH-' || n, 'Unidad ' || n, 'unit', p.id, NULL, NULL, date '2000-01-01', NULL, '{}'
    FROM generate_series(1, $2 - (SELECT count(*) FROM indicators.org_units)) AS n
    JOIN parent p ON p.number = n % p.parents
    RETURNING id, name, parent_id, valid_from
)
INSERT INTO indicators.org_unit_versions (unit_id, valid_from, valid_to, name, parent_id, numeral)
SELECT id, valid_from, NULL, name, parent_id, NULL FROM made"""

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

# Targets of the last year only: it is the one whose cards are read.
_TARGETS = """
INSERT INTO indicators.targets
    (dependencia_id, assignment_id, period, version, kind, value, level, closed, recorded_at, recorded_by)
SELECT a.dependencia_id, a.id, c.period, 1, 'level', 90, 90, false, $2, 'benchmark'
FROM indicators.assignments a
JOIN indicators.calendar_periods c ON c.plan = a.plan AND c.frequency = a.frequency
WHERE a.plan = $1 AND c.first_day >= $3 ORDER BY 1, 2, 3"""

_CELLS = """
SELECT a.dependencia_id, a.id, a.code, c.period FROM indicators.assignments a
JOIN indicators.calendar_periods c ON c.plan = a.plan AND c.frequency = a.frequency
WHERE a.plan = $1 ORDER BY c.period, a.code"""

_BELOW = """
SELECT d.id, d.code FROM indicators.org_closure c JOIN indicators.org_units a ON a.id = c.ancestor_id
JOIN indicators.org_units d ON d.id = c.descendant_id WHERE a.code = $1 ORDER BY d.id"""

# Year by year, as they would have come.
_MEASUREMENTS = """
INSERT INTO indicators.measurements (
    dependencia_id, assignment_id, period, version, value, source, submitted_by, review, returned_count,
    first_recorded_at, recorded_at)
SELECT a.dependencia_id, a.id, c.period, 1, (a.id * 7919 + extract(month FROM c.first_day)::bigint * 104729) % 12000
       / 100.0, 'benchmark', 'benchmark', 'submitted', 0, $3, $3
FROM indicators.assignments a
JOIN indicators.calendar_periods c ON c.plan = a.plan AND c.frequency = a.frequency
WHERE a.plan = $1 AND extract(year FROM c.first_day) = $2 ORDER BY c.period, 1, 2"""


def make_plan(database: str, *, root: str, years: range, assignments: int) -> list[Cell]:
    """Makes PLAN with `assignments` monthly assignments for each dependencia under `root`; answers its cells."""

    async def work(connection: Connection) -> list[Cell]:
        await _make_plan(connection, root, years, assignments)
        return [Cell(*row) for row in await connection.fetch(_CELLS, PLAN)]

    return _connected(database, work)


def make_institution(database: str, *, units: int, years: range, assignments: int) -> int:
    """An organisation of `units` dependencias, PLAN for all of them and a measurement in every cell; how many."""

    async def work(connection: Connection) -> int:
        await connection.execute(_UNITS, _FIRST_ID, units)
        await rebuild_closure(connection, "indicators", date(2019, 12, 31))
        await _make_plan(connection, "IESS", years, assignments)
        for year in years:
            await connection.execute(_MEASUREMENTS, PLAN, year, datetime(year + 1, 1, 31, tzinfo=UTC), timeout=3600)
        # As a database that has lived for years would be: visibility map and statistics.
        await connection.execute("VACUUM ANALYZE", timeout=3600)
        count: int = await connection.fetchval("SELECT count(*) FROM indicators.measurements", timeout=600)
        return count

    return _connected(database, work)


async def _make_plan(connection: Connection, root: str, years: range, assignments: int) -> None:
    now = datetime.now(UTC)
    rules = {Frequency.MONTHLY: CalendarRule(opens_after_days=1, due_business_day=5, lock_business_day=None)}
    await add_calendar(connection, CalendarPolicy(PLAN, rules, years[0], years[-1], "benchmark"), now, "benchmark")
    below = await connection.fetch(_BELOW, root)
    ids, codes = [row["id"] for row in below], [row["code"] for row in below]
    await connection.execute(_ASSIGNMENTS, PLAN, ids, codes, now, assignments)
    await connection.execute(_TARGETS, PLAN, now, date(years[-1], 1, 1))
    await connection.execute("ANALYZE")


def execute(database: str, statements: Sequence[str]) -> None:
    """Runs statements one after another, outside of any measurement."""

    async def work(connection: Connection) -> None:
        for statement in statements:
            await connection.execute(statement)

    _connected(database, work)


def _connected(database: str, work: Callable[[Connection], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        connection = await asyncpg.connect(**asyncpg_arguments(database))
        try:
            return await work(connection)
        finally:
            await connection.close()

    return asyncio.run(run())
