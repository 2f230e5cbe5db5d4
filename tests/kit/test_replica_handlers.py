"""Other events of orgchart's feed reach a handler in the transaction that moves the cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import asyncpg

from iesspr.postgres import DatabaseUrls
from services.kit.clock import FixedClock
from services.kit.database import Connection, Database, asyncpg_arguments
from services.kit.organisation import EventHandler, OrganisationReplica

UNIT = {
    "id": 1, "code": "IESS", "name": "IESS", "kind": "institution", "parent_id": None, "numeral": None,
    "province": None, "valid_from": "2017-05-06", "valid_to": None,
    "versions": [{"valid_from": "2017-05-06", "valid_to": None, "name": "IESS", "parent_id": None, "numeral": None}],
}  # fmt: skip


def event(position: int, subject: str, type: str = "appointment.changed") -> dict[str, Any]:
    return {"type": type, "subject": subject, "position": position, "data": {"id": subject}}


class Feed:
    """An orgchart that answers what the test put into it, then waits."""

    def __init__(self, items: list[dict[str, Any]], snapshot_events: list[dict[str, Any]]) -> None:
        self.items, self.snapshot_events = items, snapshot_events

    async def get(
        self, path: str, *, params: Mapping[str, Any] | None = None, deadline_s: float = 5.0, attempts: int = 3
    ) -> Any:
        if path == "/snapshot":
            return {"position": 3, "dependencias": [UNIT], "events": self.snapshot_events}
        after = (params or {})["after"]
        items = [item for item in self.items if item["position"] > after]
        if not items:
            await asyncio.sleep(0.02)
        return {"items": items, "position": max([after, *(item["position"] for item in items)])}


async def follow(urls: DatabaseUrls, feed: Feed, handler: EventHandler, until: int) -> None:
    """Follows the feed until the cursor stands at `until`."""
    database = Database(urls.app, service="plans")
    clock = FixedClock(datetime(2026, 3, 2, 17, tzinfo=UTC))
    replica = OrganisationReplica(database, "plans", feed, clock, {"appointment.changed": handler})
    replica.start()
    try:
        for _ in range(1000):
            if await cursor(urls) == until:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("the feed was not followed in ten seconds")
    finally:
        await replica.stop()
        await database.close()


async def cursor(urls: DatabaseUrls) -> int | None:
    connection = await asyncpg.connect(**asyncpg_arguments(urls.app))
    try:
        position: int | None = await connection.fetchval("SELECT position FROM plans.org_cursor")
        return position
    finally:
        await connection.close()


async def test_events_of_the_snapshot_and_of_the_feed_reach_the_handler_in_order(plans_db: DatabaseUrls) -> None:
    seen: list[str] = []

    async def handler(_: Connection, item: Mapping[str, Any]) -> None:
        seen.append(item["subject"])

    feed = Feed([event(4, "b"), event(5, "x", "resolution.changed"), event(6, "c")], [event(0, "a")])
    await follow(plans_db, feed, handler, until=6)

    assert seen == ["a", "b", "c"]


async def test_what_a_handler_wrote_and_the_cursor_stand_or_fall_together(plans_db: DatabaseUrls) -> None:
    failures = 1

    async def handler(connection: Connection, item: Mapping[str, Any]) -> None:
        nonlocal failures
        await connection.execute(
            "INSERT INTO plans.org_closure (ancestor_id, descendant_id, depth) VALUES ($1, $1, 9)", item["position"]
        )
        if item["position"] == 5 and failures:
            failures -= 1
            raise asyncpg.SerializationError("the database says no")

    await follow(plans_db, Feed([event(4, "a"), event(5, "b")], []), handler, until=5)

    connection = await asyncpg.connect(**asyncpg_arguments(plans_db.app))
    # A handler that ran twice for event 4 without its first work being undone would have met the primary key.
    written = await connection.fetch("SELECT ancestor_id FROM plans.org_closure WHERE depth = 9 ORDER BY 1")
    await connection.close()
    assert [row[0] for row in written] == [4, 5]
