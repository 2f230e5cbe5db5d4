"""Events tell nobody of a plan that they could not read: a draft is of those who work on it."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from gateway.documents.events import visible
from iesspr.postgres import DatabaseUrls
from services.kit.access import Caller
from services.kit.database import asyncpg_arguments
from services.kit.organisation import store_records
from tests.gateway.test_event_accounts import reader, unit

DRAFT = ["plan.created", "plan.submitted", "objective.created", "plan.reform-created", "plan.rolled-over"]
DRAFT += ["project.created"]
APPROVED = ["plan.approved", "plan.in_execution", "plan.reform-approved", "plan.closed"]


def event(type_: str) -> dict[str, Any]:
    return {"type": type_, "dependencia": "DP-A", "data": {}}


@pytest.mark.parametrize(
    ("caller", "shown"),
    [
        (reader(("plan:read", "IESS"), ("project:read", "IESS")), APPROVED),
        (reader(("plan:read", "IESS"), ("plan:write", "DP-B")), APPROVED),
        (reader(("plan:read", "IESS"), ("plan:write", "DP-A")), [*DRAFT, *APPROVED]),
        (reader(("plan:read", "IESS"), ("plan:approve", "DP-A")), [*DRAFT, *APPROVED]),
        (reader(("plan:read", "IESS"), ("audit:read", "IESS")), [*DRAFT, *APPROVED]),
    ],
)
async def test_drafts_are_told_to_who_works_on_them(gateway_db: DatabaseUrls, caller: Caller, shown: list[str]) -> None:
    found = await shown_to(gateway_db, caller, [event(type_) for type_ in (*DRAFT, *APPROVED)])

    assert [e["type"] for e in found] == shown


@pytest.mark.parametrize(("code", "shown"), [("DP-A", 1), ("DP-B", 0), ("IESS", 2)])
async def test_measurements_are_told_to_who_reads_them(gateway_db: DatabaseUrls, code: str, shown: int) -> None:
    """A batch over several dependencias has none of its own: only who reads them all learns of it."""
    reviewed = event("measurements.reviewed")
    batch = {**event("measurements.recorded"), "dependencia": None}

    found = await shown_to(gateway_db, reader(("measurement:read", code)), [reviewed, batch])

    assert found == [reviewed, batch][:shown]


@pytest.mark.parametrize(("code", "shown"), [("DP-A", 2), ("DP-B", 1)])
async def test_why_a_dependencia_was_excused_is_told_to_who_reads_its_measurements(
    gateway_db: DatabaseUrls, code: str, shown: int
) -> None:
    calendar = {**event("calendar.changed"), "dependencia": None}
    exempted = event("calendar.changed")

    found = await shown_to(
        gateway_db, reader(("calendar:read", "IESS"), ("measurement:read", code)), [calendar, exempted]
    )

    assert found == [calendar, exempted][:shown]


async def shown_to(gateway_db: DatabaseUrls, caller: Caller, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(**asyncpg_arguments(gateway_db.app))
    await store_records(connection, "gateway", [unit(2, "DP-A"), unit(3, "DP-B"), unit(1, "IESS")])
    await connection.execute("INSERT INTO gateway.org_closure VALUES (2, 2, 0), (3, 3, 0), (1, 1, 0), (1, 2, 1)")
    await connection.close()

    async with asyncpg.create_pool(**asyncpg_arguments(gateway_db.app), min_size=1, max_size=1) as pool:
        return await visible(pool, caller, events)
