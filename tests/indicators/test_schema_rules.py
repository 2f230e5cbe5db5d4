"""The schema stays ready to be distributed by dependencia (docs/architecture.md)."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from services.kit.database import asyncpg_arguments
from tests.conftest import TestServer

DISTRIBUTED = (
    "assignments", "assignment_revisions", "targets", "target_revisions", "measurements", "measurement_revisions",
    "exemptions", "lock_exceptions", "summaries",
)  # fmt: skip


@pytest_asyncio.fixture(scope="module")
async def catalogue(postgres: TestServer) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    urls = await postgres.fresh_database("indicators")
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(**asyncpg_arguments(urls.owner))
    yield connection
    await connection.close()
    await postgres.drop(urls)


@pytest.mark.parametrize("table", DISTRIBUTED)
async def test_dependencia_leads_every_key(catalogue: "asyncpg.Connection[asyncpg.Record]", table: str) -> None:
    leading = await catalogue.fetch(
        """SELECT c.conname, a.attname, a.attnotnull FROM pg_constraint c
           JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
           WHERE c.conrelid = ('indicators.' || $1)::regclass AND c.contype IN ('p', 'u', 'f', 'x')""",
        table,
    )

    assert leading
    assert {(row["attname"], row["attnotnull"]) for row in leading} == {("dependencia_id", True)}


async def test_there_are_no_triggers_of_ours_and_no_generated_keys(
    catalogue: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    triggers = await catalogue.fetch(
        """SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
           WHERE c.relnamespace = 'indicators'::regnamespace AND NOT t.tgisinternal"""
    )
    generated = await catalogue.fetch(
        """SELECT attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
           WHERE c.relnamespace = 'indicators'::regnamespace AND c.relkind = 'r'
             AND (a.attidentity <> '' OR a.attgenerated <> '')"""
    )

    assert [*triggers, *generated] == []


async def test_every_constraint_is_named_by_hand(catalogue: "asyncpg.Connection[asyncpg.Record]") -> None:
    names = await catalogue.fetch(
        """SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
           WHERE t.relnamespace = 'indicators'::regnamespace AND c.contype IN ('p', 'u', 'f', 'c', 'x')
             AND t.relname <> 'alembic_version'"""
    )

    assert [r["conname"] for r in names if not r["conname"].startswith(("pk_", "uq_", "fk_", "ck_"))] == []


async def test_nothing_shared_points_at_what_is_distributed(
    catalogue: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    pointing = await catalogue.fetch(
        """SELECT conrelid::regclass::text AS source, confrelid::regclass::text AS target FROM pg_constraint
           WHERE contype = 'f' AND connamespace = 'indicators'::regnamespace"""
    )

    names = {f"indicators.{table}" for table in DISTRIBUTED}
    assert [row for row in pointing if row["target"] in names and row["source"] not in names] == []
