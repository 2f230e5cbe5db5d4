"""The audit chain: append-only by role, and any edit, deletion, swap or cut tail is found."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from iesspr.postgres import DATABASES, DatabaseUrls
from services.kit.database import asyncpg_arguments
from services.kit.trail import verify_chain
from services.kit.writing import Audit, seal
from tests.conftest import MakeDatabase

NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


@pytest_asyncio.fixture
async def pool(orgchart_db: DatabaseUrls) -> AsyncIterator[Any]:
    """The owner's connections (who could tamper), after five audited acts."""
    async with asyncpg.create_pool(**asyncpg_arguments(orgchart_db.owner), min_size=1, max_size=2) as pool:
        acquired: Any = pool.acquire()
        async with acquired as connection:
            for number in range(5):
                async with connection.transaction():
                    entry = Audit("ana", "review", f"cell-{number}", "DP-AZUAY", detail={"n": number, "texto": "año"})
                    await seal(connection, "orgchart", now=NOW, audit=[entry])
        yield pool


async def test_an_untouched_chain_verifies(pool: Any) -> None:
    result = await verify_chain(pool, "orgchart")

    assert (result["intact"], result["checked"], result["broken_at"]) == (True, 5, None)


@pytest.mark.parametrize(
    ("tampering", "broken_at"),
    [
        ("UPDATE orgchart.audit_events SET actor = 'otro' WHERE position = 3", 3),
        ("UPDATE orgchart.audit_events SET detail = '{}' WHERE position = 2", 2),
        ("UPDATE orgchart.audit_events SET occurred_at = occurred_at + interval '1 microsecond' WHERE position = 4", 4),
        ("DELETE FROM orgchart.audit_events WHERE position = 3", 4),
        ("DELETE FROM orgchart.audit_events WHERE position = 1", 2),
        (
            "UPDATE orgchart.audit_events a SET target = b.target FROM orgchart.audit_events b "
            "WHERE (a.position, b.position) IN ((2, 3), (3, 2))",
            2,
        ),
    ],
)
async def test_tampering_is_found_where_it_happened(
    pool: Any,
    tampering: str,
    broken_at: int,
) -> None:
    await pool.execute(tampering)

    result = await verify_chain(pool, "orgchart")

    assert (result["intact"], result["broken_at"]) == (False, broken_at)


async def test_a_cut_tail_is_found_against_an_exported_head(pool: Any) -> None:
    head = (await verify_chain(pool, "orgchart"))["head"]
    await pool.execute("DELETE FROM orgchart.audit_events WHERE position = 5")

    assert (await verify_chain(pool, "orgchart"))["intact"] is True
    assert (await verify_chain(pool, "orgchart", head))["intact"] is False


@pytest.mark.parametrize("statement", ["UPDATE {} SET actor = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
async def test_the_service_itself_cannot_rewrite_the_trail(orgchart_db: DatabaseUrls, statement: str) -> None:
    connection = await asyncpg.connect(**asyncpg_arguments(orgchart_db.app))

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement.format("orgchart.audit_events"))
    await connection.close()


@pytest.mark.parametrize("name", DATABASES)
async def test_no_application_can_rewrite_its_trail(make_database: MakeDatabase, name: str) -> None:
    """In every database, after every migration: each of them grants its new tables anew."""
    urls = await make_database(name)
    connection = await asyncpg.connect(**asyncpg_arguments(urls.app))

    held = {
        privilege
        for privilege in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "REFERENCES")
        if await connection.fetchval("SELECT has_table_privilege($1, $2)", f"{name}.audit_events", privilege)
    }
    columns = await connection.fetchval("SELECT has_any_column_privilege($1, 'UPDATE')", f"{name}.audit_events")
    owner = await connection.fetchval("SELECT tableowner FROM pg_tables WHERE tablename = 'audit_events'")
    user = await connection.fetchval("SELECT current_user")
    await connection.close()

    assert (held, columns) == ({"SELECT", "INSERT"}, False)
    assert owner != user == f"{name}_app"
