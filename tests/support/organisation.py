"""The real organisation, as a service's replica receives it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import asyncpg

from services.kit.database import asyncpg_arguments
from services.kit.organisation import rebuild_closure, store_records
from tests.support.service import DATA

VERSION = ("valid_from", "valid_to", "name", "parent_id", "numeral", "province")


def records() -> list[dict[str, Any]]:
    """One record per dependencia, with its one version."""
    facts = json.loads((DATA / "orgchart" / "dependencias.json").read_text())["dependencias"]
    ids = {fact["code"]: fact["id"] for fact in facts}
    found = [{**fact, "parent_id": ids.get(fact["parent"])} for fact in facts]
    return [{**record, "versions": [{key: record[key] for key in VERSION}]} for record in found]


async def load_organisation(url: str, service: str, today: date) -> bool:
    """Fills the replica's tables, unless they are filled. url: of the database's owner. Returns whether it did."""
    connection = await asyncpg.connect(**asyncpg_arguments(url))
    try:
        if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {service}.org_closure)"):
            return False
        await store_records(connection, service, records())
        await rebuild_closure(connection, service, today)
        return True
    finally:
        await connection.close()
