"""PostgreSQL counts data quality exactly as its definition does."""

import json
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.indicators.quality.statement import COUNTS, SHARES
from services.kit.database import Connection, asyncpg_arguments
from tests.conftest import TestServer
from tests.indicators.quality_oracle import DueCell, quality_of
from tests.support.examples import examples

SQL = f"""
SELECT json_build_object({SHARES}) FROM (
    SELECT {COUNTS} FROM unnest($1::boolean[], $2::boolean[], $3::boolean[], $4::boolean[])
        AS due (reported, on_time, returned, drifted)
) counted"""
cells = st.builds(DueCell, st.booleans(), st.booleans(), st.booleans(), st.booleans())


@pytest_asyncio.fixture(scope="session")
async def connection(postgres: TestServer) -> AsyncIterator[Connection]:
    urls = await postgres.fresh_database("indicators")
    found = await asyncpg.connect(**asyncpg_arguments(urls.app))
    yield found
    await found.close()


@pytest.mark.laws
@settings(max_examples=examples(50), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(cells, max_size=30))
async def test_the_database_counts_as_the_definition_does(connection: Connection, drawn: list[DueCell]) -> None:
    columns = [[getattr(cell, name) for cell in drawn] for name in ("reported", "on_time", "returned", "drifted")]

    found = json.loads(await connection.fetchval(SQL, *columns))

    assert found == quality_of(drawn)


def test_quality_counts_due_cells() -> None:
    drawn = [
        DueCell(True, True),
        DueCell(True, True, returned=True),
        DueCell(True, False, drifted=True),
        DueCell(False),
    ]

    assert quality_of(drawn) == {
        "due": 4, "reported": 3, "on_time": 2, "returned": 1, "drifted": 1, "reliable": 1,
        "completeness": "0.7500", "timeliness": "0.5000", "reliability": "0.2500",
    }  # fmt: skip


def test_quality_of_nothing_due_has_no_share() -> None:
    assert quality_of([])["completeness"] is None
