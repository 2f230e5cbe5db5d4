"""A creation that was undone leaves the replica as if it had never been."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg

from iesspr.postgres import DatabaseUrls
from services.kit.database import Connection, asyncpg_arguments
from tests.kit.test_replica_handlers import UNIT, Feed, follow

MADE = {**UNIT, "id": 2, "code": "NUEVA", "parent_id": 1}


async def test_a_removed_unit_is_forgotten(plans_db: DatabaseUrls) -> None:
    async def nothing(_: Connection, __: Mapping[str, Any]) -> None:
        return None

    feed = Feed(
        [
            {"type": "dependencia.changed", "subject": "NUEVA", "position": 4, "data": MADE},
            {"type": "dependencia.removed", "subject": "NUEVA", "position": 5, "data": {"id": 2, "code": "NUEVA"}},
        ],
        [],
    )
    await follow(plans_db, feed, nothing, until=5)

    connection = await asyncpg.connect(**asyncpg_arguments(plans_db.app))
    try:
        assert [row[0] for row in await connection.fetch("SELECT code FROM plans.org_units")] == ["IESS"]
        assert await connection.fetchval("SELECT count(*) FROM plans.org_unit_versions") == 1
    finally:
        await connection.close()
