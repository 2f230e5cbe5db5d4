"""For whom a caller acts: the holder where only an appointment lets them, nobody where they may do it themselves."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from iesspr.postgres import DatabaseUrls
from services.kit.access import Caller, Grant
from services.kit.auditing import Note, acting_for, state_digest
from services.kit.database import asyncpg_arguments
from services.kit.organisation import store_records

WRITE = frozenset({"plan:submit"})


def unit(id: int, code: str, parent: int | None) -> dict[str, Any]:
    life = {"valid_from": "2017-05-06", "valid_to": None, "name": code, "parent_id": parent, "numeral": None}
    return {"id": id, "code": code, "kind": "unit", "province": None, **life, "versions": [life]}


OWN = Grant(WRITE, "DP-A", subtree=True)
FOR_EVA = Grant(WRITE, "DP-B", subtree=True, acting_for="eva")
READS = Grant(frozenset({"plan:read"}), "IESS", subtree=True)


@pytest.mark.parametrize(
    ("grants", "dependencia", "holder"),
    [
        ((OWN, READS), "DP-A", None),
        ((FOR_EVA, READS), "DP-B", "eva"),
        ((OWN, FOR_EVA), "DP-A", None),
        ((OWN, FOR_EVA), "DP-B", "eva"),
        ((OWN, FOR_EVA), "DP-B-1", "eva"),
        ((FOR_EVA, READS), None, "eva"),
        ((OWN, FOR_EVA), None, None),
        ((FOR_EVA, Grant(WRITE, "DP-B", subtree=False)), "DP-B", None),
    ],
)
async def test_for_whom_a_caller_acts(
    plans_db: DatabaseUrls, grants: tuple[Grant, ...], dependencia: str | None, holder: str | None
) -> None:
    connection = await asyncpg.connect(**asyncpg_arguments(plans_db.app))
    await store_records(connection, "plans", [unit(2, "DP-A", None), unit(3, "DP-B", None), unit(4, "DP-B-1", 3)])
    await connection.execute("INSERT INTO plans.org_closure VALUES (2, 2, 0), (3, 3, 0), (4, 4, 0), (3, 4, 1)")
    note = Note(Caller("ana", "user", "Ana", grants), "r", {}, None, WRITE)

    found = await acting_for(connection, "plans", note, dependencia)

    await connection.close()
    assert found == holder


async def test_the_state_before_is_what_others_see_until_the_commit(plans_db: DatabaseUrls) -> None:
    statement = "SELECT 'row ' || t.id::text FROM plans.budget_batches t WHERE t.source = $1"
    insert = "INSERT INTO plans.budget_batches VALUES (gen_random_uuid(), 'x', now(), 'ana', '{}')"
    mine = await asyncpg.connect(**asyncpg_arguments(plans_db.app))
    others = await asyncpg.connect(**asyncpg_arguments(plans_db.app))

    async with mine.transaction():
        await mine.execute(insert)
        before, after = await state_digest(others, statement, "x"), await state_digest(mine, statement, "x")
    committed = await state_digest(others, statement, "x")
    for connection in (mine, others):
        await connection.close()

    assert before is None
    assert after == committed
    assert await state_digest(None, statement, "x") is None
