"""The change feed of a service: ordered, at least once, followed by position.

`GET /feed?after=<position>&limit=&wait=` answers CloudEvents-shaped items; `wait` (seconds) holds the call open until
something happens. A follower stores its position in the same transaction as what the events changed.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, json_bytes
from services.kit.database import Connection, Database, Pool, Reader, asyncpg_arguments
from services.kit.pages import instant
from services.kit.spelling import InDigits


class FeedSignal:
    """Wakes long polls of this process when any process commits events (LISTEN/NOTIFY; the table is the truth)."""

    def __init__(self, database: Database, schema: str) -> None:
        self._database = database
        self._channel = f"{schema}_feed"
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._released = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._listen(), name="feed-signal")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def release(self) -> None:
        """The process is about to end: who waits is answered, and nobody waits any more."""
        self._released = True
        self._wake()

    async def wait(self, timeout_s: float) -> None:
        """Returns at the next commit of events, at the process's end, or after the time-out."""
        if self._released:
            return
        try:
            async with asyncio.timeout(timeout_s):
                await self._changed.wait()
        except TimeoutError:
            return

    def _wake(self, *_: Any) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _listen(self) -> None:
        while True:
            try:
                connection = await asyncpg.connect(**asyncpg_arguments(self._database.url))
                try:
                    await connection.add_listener(self._channel, self._wake)
                    await _lost(connection)
                finally:
                    await connection.close(timeout=1)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                await asyncio.sleep(1)


async def _lost(connection: Connection) -> None:
    """Returns when the connection ends."""
    ended = asyncio.Event()
    connection.add_termination_listener(lambda _: ended.set())
    await ended.wait()


def events_sql(schema: str) -> str:
    """Events after $1, at most $2, as JSON text rows with their position."""
    return f"""SELECT position, json_build_object(
            'specversion', '1.0', 'id', id, 'source', '/{schema}', 'type', type, 'subject', subject,
            'dependencia', dependencia,
            'time', {instant("occurred_at")}, 'position', position, 'data', data)::text AS item
        FROM {schema}.events WHERE position > $1 ORDER BY position LIMIT $2"""


async def read_events(pool: Pool, schema: str, after: int, limit: int) -> tuple[list[str], int]:
    rows = await pool.fetch(events_sql(schema), after, limit)
    return [row["item"] for row in rows], rows[-1]["position"] if rows else after


async def count_events(pool: Pool, schema: str) -> list[list[Any]]:
    """How many events there are: [type (`plan.approved` …), dependencia or None, count]."""
    rows = await pool.fetch(f"SELECT type, dependencia, count(*) AS n FROM {schema}.events GROUP BY 1, 2")
    return [[row["type"], row["dependencia"], row["n"]] for row in rows]


def feed_router(schema: str) -> APIRouter:
    router = APIRouter(tags=["internal"], include_in_schema=False)

    @router.get("/feed")
    async def follow_feed(
        request: Request,
        reader: Reader,
        caller: Annotated[Caller, Requires("internal:read")],
        after: Annotated[int, Query(ge=0, le=2**62), InDigits] = 0,
        limit: Annotated[int, Query(ge=1, le=1000), InDigits] = 200,
        wait: Annotated[int, Query(ge=0, le=25), InDigits] = 0,
    ) -> Response:
        # A follower stores its cursor with what the events changed: what it asks after, it has done.
        request.app.state.feed_followers[caller.subject] = after
        items, position = await read_events(reader, schema, after, limit)
        if not items and wait:
            signal: FeedSignal = request.app.state.feed_signal
            await signal.wait(wait)
            items, position = await read_events(reader, schema, after, limit)
        return Response(f'{{"items":[{",".join(items)}],"position":{position}}}', media_type=JSON_TYPE)

    @router.get("/feed/counts", dependencies=[Requires("internal:read")])
    async def count_feed(reader: Reader) -> Response:
        return Response(json_bytes({"items": await count_events(reader, schema)}), media_type=JSON_TYPE)

    return router
