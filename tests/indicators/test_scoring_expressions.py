"""PostgreSQL scores exactly as the domain does."""

from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import product

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iesspr.postgres import DatabaseUrls
from services.indicators.domain.achievement import Direction, Goal
from services.indicators.domain.policy import Band, Policy, judge
from services.indicators.scoring.expressions import GoalColumns, achievement_sql, capped_sql, light_sql
from services.kit.database import asyncpg_arguments
from tests.conftest import TestServer
from tests.support.examples import examples

D = Decimal
POLICY = Policy(
    "IESS-2025",
    1,
    (Band("red", D(0), D(70)), Band("amber", D(70), D(85)), Band("green", D(85), D(115)), Band("over", D(115), None)),
    D(100),
)
COLUMNS = GoalColumns("x.v", "x.t", "x.t2", "x.direction", "x.tau", "x.b", "x.progress")
SQL = f"""
SELECT s.percent, {capped_sql("s.percent", POLICY.cap)} AS capped, {light_sql("s.percent", POLICY)} AS light
FROM unnest($1::numeric[], $2::numeric[], $3::numeric[], $4::text[], $5::numeric[], $6::numeric[], $7::boolean[])
     WITH ORDINALITY AS x (v, t, t2, direction, tau, b, progress, place)
CROSS JOIN LATERAL (SELECT {achievement_sql(COLUMNS, POLICY.cap)} AS percent OFFSET 0) s
ORDER BY x.place"""

numbers = st.decimals(D("-1e9"), D("1e9"), places=6, allow_nan=False, allow_infinity=False)
small = st.integers(-3, 3).map(D)
values = numbers | small
positives = st.decimals(D("0.001"), D("1e6"), places=3, allow_nan=False, allow_infinity=False)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Decimal, Goal]:
    direction = draw(st.sampled_from(list(Direction)))
    target = draw(values)
    upper = target + abs(draw(values)) if direction is Direction.RANGE else None
    tolerance, baseline = draw(st.none() | positives), draw(st.none() | values)
    return draw(values), Goal(direction, target, upper, tolerance, baseline, draw(st.booleans()))


@pytest_asyncio.fixture(scope="session")
async def connection(postgres: TestServer) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    urls: DatabaseUrls = await postgres.fresh_database("indicators")
    found: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(**asyncpg_arguments(urls.app))
    yield found
    await found.close()


async def scored(
    connection: "asyncpg.Connection[asyncpg.Record]", drawn: list[tuple[Decimal, Goal]]
) -> list[tuple[Decimal | None, Decimal | None, str | None]]:
    rows = await connection.fetch(
        SQL,
        [value for value, _ in drawn],
        [goal.target for _, goal in drawn],
        [goal.target_to for _, goal in drawn],
        [goal.direction.value for _, goal in drawn],
        [goal.tolerance for _, goal in drawn],
        [goal.baseline for _, goal in drawn],
        [goal.by_progress for _, goal in drawn],
    )
    return [(row["percent"], row["capped"], row["light"]) for row in rows]


def judged(value: Decimal, goal: Goal) -> tuple[Decimal | None, Decimal | None, str | None]:
    verdict = judge(value, goal, POLICY)
    return verdict.achievement, verdict.achievement_capped, verdict.traffic_light


@pytest.mark.laws
@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(cases(), min_size=20, max_size=60))
async def test_sql_and_domain_score_alike(
    connection: "asyncpg.Connection[asyncpg.Record]", drawn: list[tuple[Decimal, Goal]]
) -> None:
    assert await scored(connection, drawn) == [judged(value, goal) for value, goal in drawn]


async def test_they_agree_on_every_corner(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    corner = [D(-1), D(0), D("0.5"), D(1), D(3)]
    drawn = [
        (value, Goal(direction, target, target + 1 if direction is Direction.RANGE else None, tau, base, base is None))
        for direction, value, target, tau, base in product(Direction, corner, corner, [None, D(2)], [None, D(1)])
    ]

    assert await scored(connection, drawn) == [judged(value, goal) for value, goal in drawn]
