"""Everybody may learn that a post changed hands; with which account somebody signs in, only who may read persons."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from gateway.documents.events import visible
from iesspr.postgres import DatabaseUrls
from services.kit.access import Caller, Grant
from services.kit.database import asyncpg_arguments
from services.kit.organisation import store_records

EVENT: dict[str, Any] = {
    "type": "appointment.changed",
    "dependencia": "DP-A",
    "data": {"kind": "acting", "post": "DP-A.01", "subject": "eva.a", "in_place_of": "ana.a"},
}


def unit(id: int, code: str) -> dict[str, Any]:
    life = {"valid_from": "2017-05-06", "valid_to": None, "name": code, "parent_id": None, "numeral": None}
    return {"id": id, "code": code, "kind": "unit", "province": None, **life, "versions": [life]}


def reader(*grants: tuple[str, str]) -> Caller:
    everybody = ("appointment:read", "IESS")
    held = tuple(Grant(frozenset({permission}), code, subtree=True) for permission, code in (everybody, *grants))
    return Caller("u", "user", "U", held)


@pytest.mark.parametrize(
    ("caller", "accounts"),
    [
        (reader(), (None, None)),
        (reader(("person:read", "DP-B")), (None, None)),
        (reader(("person:read", "DP-A")), ("eva.a", "ana.a")),
        (reader(("person:read", "IESS")), ("eva.a", "ana.a")),
    ],
)
async def test_accounts_are_blank_where_persons_may_not_be_read(
    gateway_db: DatabaseUrls, caller: Caller, accounts: tuple[str | None, str | None]
) -> None:
    connection = await asyncpg.connect(**asyncpg_arguments(gateway_db.app))
    await store_records(connection, "gateway", [unit(2, "DP-A"), unit(3, "DP-B")])
    await connection.execute("INSERT INTO gateway.org_closure VALUES (2, 2, 0), (3, 3, 0)")
    await connection.close()

    async with asyncpg.create_pool(**asyncpg_arguments(gateway_db.app), min_size=1, max_size=1) as pool:
        (shown,) = await visible(pool, caller, [EVENT])

    assert (shown["data"]["subject"], shown["data"]["in_place_of"]) == accounts
    assert (shown["data"]["post"], EVENT["data"]["subject"]) == ("DP-A.01", "eva.a")
