"""The organisation's replica: codes, parents, validity and closure, kept by following orgchart.

orgchart's side of the contract:
- `GET /snapshot` → `{"position": <feed position>, "dependencias": [<record>, …], "events": [{type, subject, data}, …]}`
  (`events`: what would have to happen to bring a follower of other event types to the state of that position)
- feed events of type `dependencia.changed` whose `data` is one whole record, and `dependencia.removed` with `{id}`
  when a creation was undone before anything hung on it.
record: `{id, code, name, kind, parent_id, numeral, province, valid_from, valid_to,
          versions: [{valid_from, valid_to, name, parent_id, numeral, province}],
          successors: [{id, effective_on, share}]}` plus anything else, kept in `document`;
the outer name, parent, numeral and province are those of the latest version; in `org_units` the first three are those
of the day.

The closure is the structure in force today; a closed unit keeps its last place, a future one has its first. It is
rebuilt whole (a thousand nodes take milliseconds) after changes and when the day turns, so that a reorganisation
with a future date acts on its date.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

import asyncpg
import msgspec

from services.kit.clients import PeerRefused, PeerUnavailable
from services.kit.clock import Clock
from services.kit.database import Connection, Database, Pool, asyncpg_arguments

log = logging.getLogger("iesspr.organisation")
SOURCE = "orgchart"
POLL_S = 20
# Applies one event of orgchart's feed inside the transaction that moves the cursor: at least once, so it must be
# idempotent, and in feed order.
EventHandler = Callable[[Connection, Mapping[str, Any]], Awaitable[None]]
# Told, in that same transaction, which whole records were stored and which ids were removed.
Recorder = Callable[[Connection, Sequence[Mapping[str, Any]], Sequence[int]], Awaitable[None]]


async def resolve_code(connection: Connection | Pool, schema: str, code: str) -> int | None:
    """The id of a dependencia, by its code."""
    found: int | None = await connection.fetchval(f"SELECT id FROM {schema}.org_units WHERE code = $1", code)
    return found


async def resolve_codes(connection: Connection | Pool, schema: str) -> dict[str, int]:
    """Every dependencia's id by code."""
    rows = await connection.fetch(f"SELECT code, id FROM {schema}.org_units")
    return {row["code"]: row["id"] for row in rows}


async def store_records(connection: Connection, schema: str, records: Sequence[Mapping[str, Any]]) -> None:
    """Upserts whole records and replaces their versions."""
    documents = msgspec.json.encode(list(records)).decode()
    await connection.execute(
        f"""INSERT INTO {schema}.org_units
                   (id, code, name, kind, parent_id, numeral, province, valid_from, valid_to, document)
            SELECT (r->>'id')::bigint, r->>'code', r->>'name', r->>'kind', (r->>'parent_id')::bigint, r->>'numeral',
                   r->>'province', (r->>'valid_from')::date, (r->>'valid_to')::date, r
            FROM jsonb_array_elements($1::jsonb) r
            ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name, kind = excluded.kind,
                   parent_id = excluded.parent_id, numeral = excluded.numeral, province = excluded.province,
                   valid_from = excluded.valid_from, valid_to = excluded.valid_to, document = excluded.document""",
        documents,
    )
    await connection.execute(
        f"""DELETE FROM {schema}.org_unit_versions
            WHERE unit_id IN (SELECT (r->>'id')::bigint FROM jsonb_array_elements($1::jsonb) r)""",
        documents,
    )
    await connection.execute(
        f"""INSERT INTO {schema}.org_unit_versions (unit_id, valid_from, valid_to, name, parent_id, numeral)
            SELECT (r->>'id')::bigint, (v->>'valid_from')::date, (v->>'valid_to')::date, v->>'name',
                   (v->>'parent_id')::bigint, v->>'numeral'
            FROM jsonb_array_elements($1::jsonb) r, jsonb_array_elements(r->'versions') v""",
        documents,
    )


async def remove_records(connection: Connection, schema: str, ids: Sequence[int]) -> None:
    """Forgets units that were created by mistake: nothing ever hung on them."""
    for table, column in (("org_unit_versions", "unit_id"), ("org_units", "id")):
        await connection.execute(f"DELETE FROM {schema}.{table} WHERE {column} = ANY($1::bigint[])", list(ids))


async def rebuild_closure(connection: Connection, schema: str, day: date) -> None:
    """The closure of the structure in force on `day`, and the units' names, places and numerals of that day."""
    await connection.execute(
        f"""
        UPDATE {schema}.org_units u SET name = place.name, parent_id = place.parent_id, numeral = place.numeral
        FROM (
            SELECT DISTINCT ON (unit_id) unit_id, name, parent_id, numeral FROM {schema}.org_unit_versions
            ORDER BY unit_id, (valid_from > $1), CASE WHEN valid_from > $1 THEN valid_from - $1 ELSE $1 - valid_from END
        ) place
        WHERE place.unit_id = u.id
          AND (place.name, place.parent_id, place.numeral) IS DISTINCT FROM (u.name, u.parent_id, u.numeral)""",
        day,
    )
    await connection.execute(f"DELETE FROM {schema}.org_closure")
    await connection.execute(
        f"""
        INSERT INTO {schema}.org_closure (ancestor_id, descendant_id, depth)
        WITH RECURSIVE place AS (
            SELECT DISTINCT ON (unit_id) unit_id, parent_id FROM {schema}.org_unit_versions
            ORDER BY unit_id, (valid_from > $1), CASE WHEN valid_from > $1 THEN valid_from - $1 ELSE $1 - valid_from END
        ), up (ancestor_id, descendant_id, depth) AS (
            SELECT unit_id, unit_id, 0 FROM place
            UNION ALL
            SELECT place.parent_id, up.descendant_id, up.depth + 1
            FROM up JOIN place ON place.unit_id = up.ancestor_id
            WHERE place.parent_id IS NOT NULL AND up.depth < 50
        ) SELECT ancestor_id, descendant_id, depth FROM up""",
        day,
    )


async def _set_cursor(connection: Connection, schema: str, position: int, day: date) -> None:
    await connection.execute(
        f"""INSERT INTO {schema}.org_cursor (source, position, closure_on) VALUES ($1, $2, $3)
            ON CONFLICT (source) DO UPDATE SET position = excluded.position, closure_on = excluded.closure_on""",
        SOURCE,
        position,
        day,
    )


class FeedSource(Protocol):
    """What the replica needs of a client: kit's ServiceClient, or the gateway's own."""

    async def get(
        self, path: str, *, params: Mapping[str, Any] | None = None, deadline_s: float = 5.0, attempts: int = 3
    ) -> Any: ...


class OrganisationReplica:
    """Follows orgchart. `synced` is set when the replica has caught up once; `lag_s` is for readiness."""

    def __init__(
        self,
        database: Database,
        schema: str,
        client: FeedSource,
        clock: Clock,
        handlers: Mapping[str, EventHandler] | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        """handlers: what else this service does with orgchart's events, by their type; recorder: what it keeps of
        the organisation besides the replica."""
        self._handlers = dict(handlers or {})
        self._recorder = recorder
        self._database = database
        self._schema = schema
        self._client = client
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self.synced = asyncio.Event()
        self.on_change: list[Callable[[], None]] = []

    def start(self) -> None:
        self._task = asyncio.create_task(self._follow(), name="organisation-replica")

    async def usable(self) -> None:
        """Returns when there is an organisation to work with: at once when an earlier run left one, however old.

        A service that restarts while orgchart is away then serves what it knew, as it would have without restarting.
        """
        sql = f"SELECT EXISTS (SELECT 1 FROM {self._schema}.org_cursor WHERE source = $1)"
        if not await self._database.pool.fetchval(sql, SOURCE):
            await self.synced.wait()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        delay = 0.1
        while True:
            try:
                await self._follow_from_here()
            except (PeerUnavailable, PeerRefused) as error:
                log.warning("orgchart cannot be followed: %s", error)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("the replica cannot be written: %s", type(error).__name__)
            await asyncio.sleep(delay)
            delay = min(delay * 2, 5.0)

    async def _follow_from_here(self) -> None:
        connection: Connection = await asyncpg.connect(**asyncpg_arguments(self._database.url))
        try:
            position = await self._catch_up(connection)
            self.synced.set()
            while True:
                page = await self._client.get(
                    "/feed",
                    params={"after": position, "limit": 500, "wait": POLL_S},
                    deadline_s=POLL_S + 10,
                    attempts=1,
                )
                position = await self._apply(connection, page, position)
        finally:
            await connection.close(timeout=2)

    async def _catch_up(self, connection: Connection) -> int:
        """The position to follow from, after a snapshot when this replica is empty."""
        position: int | None = await connection.fetchval(
            f"SELECT position FROM {self._schema}.org_cursor WHERE source = $1", SOURCE
        )
        if position is None:
            return await self.rebuild(connection)
        page = await self._client.get("/feed", params={"after": position, "limit": 1000})
        return await self._apply(connection, page, position)

    async def rebuild(self, connection: Connection) -> int:
        """Everything anew from orgchart's snapshot. Returns its feed position."""
        snapshot = await self._client.get("/snapshot", deadline_s=20)
        while not snapshot["dependencias"]:
            # orgchart answers before its own facts are loaded only for a moment, at the very first start.
            await asyncio.sleep(0.2)
            snapshot = await self._client.get("/snapshot", deadline_s=20)
        today = self._clock.today()
        async with connection.transaction():
            await self._store(connection, snapshot["dependencias"], [])
            await rebuild_closure(connection, self._schema, today)
            await self._handle(connection, snapshot.get("events", ()))
            await _set_cursor(connection, self._schema, snapshot["position"], today)
        self._announce()
        return int(snapshot["position"])

    async def _apply(self, connection: Connection, page: Mapping[str, Any], position: int) -> int:
        latest: dict[int, Any] = {}
        for event in page["items"]:
            if event["type"] == "dependencia.changed":
                latest[event["data"]["id"]] = event["data"]
            elif event["type"] == "dependencia.removed":
                latest[event["data"]["id"]] = None
        today = self._clock.today()
        turned = await connection.fetchval(
            f"SELECT closure_on < $2 FROM {self._schema}.org_cursor WHERE source = $1", SOURCE, today
        )
        if page["position"] == position and not turned:
            return position
        async with connection.transaction():
            if latest:
                removed = [number for number, record in latest.items() if record is None]
                await self._store(connection, [r for r in latest.values() if r is not None], removed)
            if latest or turned:
                await rebuild_closure(connection, self._schema, today)
            await self._handle(connection, page["items"])
            await _set_cursor(connection, self._schema, page["position"], today)
        if latest or turned:
            self._announce()
        return int(page["position"])

    async def _store(
        self, connection: Connection, records: Sequence[Mapping[str, Any]], removed: Sequence[int]
    ) -> None:
        await store_records(connection, self._schema, records)
        await remove_records(connection, self._schema, removed)
        if self._recorder is not None:
            await self._recorder(connection, records, removed)

    async def _handle(self, connection: Connection, events: Sequence[Mapping[str, Any]]) -> None:
        for event in events:
            handler = self._handlers.get(event["type"])
            if handler is not None:
                await handler(connection, event)

    def _announce(self) -> None:
        for listener in self.on_change:
            listener()
