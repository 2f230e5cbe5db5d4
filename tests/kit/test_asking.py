"""What every request asks is asked over connections kept aside, which heal and never pile up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from iesspr.postgres import DatabaseUrls
from services.kit.database import Database, asyncpg_arguments

BACKENDS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
OWN = "SELECT pg_backend_pid()"


@pytest_asyncio.fixture
async def database(orgchart_db: DatabaseUrls) -> AsyncIterator[Database]:
    database = Database(orgchart_db.app, service="orgchart", read_connections=3)
    await database.open()
    yield database
    await database.close()


async def test_one_after_the_other_ask_over_one_connection(database: Database) -> None:
    assert len({await database.ask(OWN) for _ in range(5)}) == 1


async def test_fifty_at_once_are_all_answered_over_a_few_connections(database: Database) -> None:
    answers = await asyncio.gather(*(database.ask("SELECT 7 FROM pg_sleep(0.01)") for _ in range(50)))

    assert answers == [7] * 50
    assert await database.ask(BACKENDS) <= 4 + 3


async def test_connections_that_were_cut_cost_no_answer(database: Database, orgchart_db: DatabaseUrls) -> None:
    killer = await asyncpg.connect(**asyncpg_arguments(orgchart_db.owner))
    for _ in range(10):
        pids = set(await asyncio.gather(*(database.ask("SELECT pg_backend_pid() FROM pg_sleep(0.01)") for _ in "1234")))
        await killer.execute("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) pid", list(pids))

        assert await database.ask("SELECT 1") == 1
    await killer.close()


async def test_nothing_can_be_written_while_asking(database: Database) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await database.ask("INSERT INTO orgchart.idempotency_keys DEFAULT VALUES")

    assert await database.ask("SELECT 1") == 1


async def test_who_leaves_in_the_middle_takes_nobody_along(database: Database) -> None:
    leaving = asyncio.create_task(database.ask("SELECT pg_sleep(5)"))
    await asyncio.sleep(0.05)
    leaving.cancel()

    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert await database.ask("SELECT 1") == 1
