"""The replica of the organisation: whole records in, closure of the structure in force out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import asyncpg
import pytest_asyncio

from iesspr.postgres import DatabaseUrls
from services.kit.access import Caller, Grant
from services.kit.database import asyncpg_arguments
from services.kit.organisation import rebuild_closure, store_records
from services.kit.scope import reachable_ids


def record(id: int, code: str, *versions: tuple[str, str | None, int | None]) -> dict[str, Any]:
    last = versions[-1]
    return {
        "id": id, "code": code, "name": code, "kind": "unit", "parent_id": last[2], "numeral": None, "province": None,
        "valid_from": versions[0][0], "valid_to": last[1],
        "versions": [
            {"valid_from": v[0], "valid_to": v[1], "name": code, "parent_id": v[2], "numeral": None} for v in versions
        ],
    }  # fmt: skip


RECORDS = [
    record(1, "IESS", ("2017-05-06", None, None)),
    record(2, "DP-A", ("2017-05-06", None, 1)),
    record(3, "DP-AB", ("2017-05-06", None, 1)),
    record(4, "MOVED", ("2017-05-06", "2026-12-31", 2), ("2027-01-01", None, 3)),
    record(5, "CLOSED", ("2017-05-06", "2019-05-21", 2)),
    record(6, "FUTURE", ("2027-01-01", None, 3)),
]


@pytest_asyncio.fixture
async def connection(plans_db: DatabaseUrls) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(**asyncpg_arguments(plans_db.app))
    await store_records(connection, "plans", RECORDS)
    yield connection
    await connection.close()


async def below(connection: Any, code: str, day: date) -> set[int]:
    await rebuild_closure(connection, "plans", day)
    caller = Caller("u", "user", "U", (Grant(frozenset({"p"}), code, subtree=True),))
    ids = await reachable_ids(connection, caller, "p", "plans")
    assert ids is not None
    return set(ids)


async def test_a_move_with_a_future_date_acts_on_its_date(connection: Any) -> None:
    assert await below(connection, "DP-A", date(2026, 12, 31)) == {2, 4, 5}
    assert await below(connection, "DP-A", date(2027, 1, 1)) == {2, 5}
    assert await below(connection, "DP-AB", date(2027, 1, 1)) == {3, 4, 6}


async def test_a_code_that_is_a_prefix_of_another_does_not_reach_it(connection: Any) -> None:
    assert 3 not in await below(connection, "DP-A", date(2026, 1, 1))


async def test_an_unknown_code_reaches_nothing(connection: Any) -> None:
    assert await below(connection, "DP", date(2026, 1, 1)) == set()


async def test_storing_a_record_again_replaces_its_versions(connection: Any) -> None:
    await store_records(connection, "plans", [record(4, "MOVED", ("2017-05-06", None, 3))])

    assert await below(connection, "DP-A", date(2026, 12, 31)) == {2, 5}
    versions = await connection.fetchval("SELECT count(*) FROM plans.org_unit_versions WHERE unit_id = 4")
    assert versions == 1


async def test_a_rename_with_a_future_date_shows_on_its_date(connection: Any) -> None:
    renamed = record(2, "DP-A", ("2017-05-06", "2026-12-31", 1), ("2027-01-01", None, 1))
    renamed["versions"][1]["name"] = renamed["name"] = "Nuevo nombre"
    await store_records(connection, "plans", [renamed])

    names = []
    for day in (date(2026, 12, 31), date(2027, 1, 1)):
        await rebuild_closure(connection, "plans", day)
        names.append(await connection.fetchval("SELECT name FROM plans.org_units WHERE id = 2"))

    assert names == ["DP-A", "Nuevo nombre"]
