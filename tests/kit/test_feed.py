"""The feed: positions commit in order and without gaps, so that `position > last` misses nothing."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime

import asyncpg

from iesspr.postgres import DatabaseUrls
from services.kit.database import Database, asyncpg_arguments
from services.kit.feed import FeedSignal
from services.kit.writing import Event, seal

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


async def connect(urls: DatabaseUrls) -> asyncpg.Connection[asyncpg.Record]:
    return await asyncpg.connect(**asyncpg_arguments(urls.app))


async def test_a_later_writer_waits_until_the_earlier_one_has_committed(orgchart_db: DatabaseUrls) -> None:
    first, second = await connect(orgchart_db), await connect(orgchart_db)
    slow = first.transaction()
    await slow.start()
    await seal(first, "orgchart", now=NOW, events=[Event("a", "1", {})])

    async def write_second() -> None:
        async with second.transaction():
            await seal(second, "orgchart", now=NOW, events=[Event("b", "2", {})])

    writing = asyncio.create_task(write_second())
    await asyncio.sleep(0.1)
    waited = not writing.done()
    await slow.commit()
    await writing

    assert waited
    rows = await first.fetch("SELECT position, type FROM orgchart.events ORDER BY position")
    assert [tuple(row) for row in rows] == [(1, "a"), (2, "b")]
    await first.close()
    await second.close()


async def test_sixteen_writers_with_rollbacks_lose_no_event(orgchart_db: DatabaseUrls) -> None:
    committed: set[str] = set()
    seen: list[tuple[int, str]] = []
    writers_done = asyncio.Event()

    async def write(worker: int) -> None:
        connection = await connect(orgchart_db)
        dice = random.Random(worker)
        for number in range(25):
            name = f"{worker}-{number}"
            transaction = connection.transaction()
            await transaction.start()
            await seal(connection, "orgchart", now=NOW, events=[Event("t", name, {})] * dice.randint(1, 3))
            if dice.random() < 0.3:
                await transaction.rollback()
            else:
                await asyncio.sleep(dice.random() * 0.002)
                await transaction.commit()
                committed.add(name)
        await connection.close()

    async def read() -> None:
        connection = await connect(orgchart_db)
        last = 0
        while True:
            finished = writers_done.is_set()
            rows = await connection.fetch(
                "SELECT position, subject FROM orgchart.events WHERE position > $1 ORDER BY position LIMIT 7", last
            )
            seen.extend((row[0], row[1]) for row in rows)
            last = rows[-1][0] if rows else last
            if finished and not rows:
                break
        await connection.close()

    reading = asyncio.create_task(read())
    await asyncio.gather(*(write(worker) for worker in range(16)))
    writers_done.set()
    await reading

    assert {subject for _, subject in seen} == committed
    assert [position for position, _ in seen] == list(range(1, len(seen) + 1))


async def test_who_waits_for_news_is_answered_when_the_process_ends(orgchart_db: DatabaseUrls) -> None:
    signal = FeedSignal(Database(orgchart_db.app, service="orgchart"), "orgchart")
    waiting = asyncio.create_task(signal.wait(60))
    await asyncio.sleep(0)

    signal.release()

    await asyncio.wait_for(waiting, 5)
    await asyncio.wait_for(signal.wait(60), 5)
