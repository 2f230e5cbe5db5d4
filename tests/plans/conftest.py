"""The plans service loaded with the real facts: one database to read, one that is put back after each test.

Putting rows back takes a tenth of what copying a database takes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio
from fastapi import FastAPI

from iesspr.postgres import DatabaseUrls
from services.kit.database import asyncpg_arguments
from tests.conftest import TestServer
from tests.plans.harness import Plans, load_facts, load_organisation, make_application, plans_service

# The organisation's replica is never changed by a test.
KEEP = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = 'plans' AND table_name NOT LIKE 'org\\_%' AND table_name <> 'alembic_version'"""


async def database_with_facts(postgres: TestServer) -> DatabaseUrls:
    urls = await postgres.fresh_database("plans")
    await load_organisation(urls.owner)
    await load_facts(urls.app)
    return urls


@pytest_asyncio.fixture(scope="session")
async def application() -> FastAPI:
    return make_application()


@pytest_asyncio.fixture(scope="session")
async def loaded(postgres: TestServer, application: FastAPI) -> AsyncIterator[Plans]:
    """Real facts, only to be read."""
    async with plans_service(application, await database_with_facts(postgres)) as plans:
        yield plans


@pytest_asyncio.fixture(scope="session")
async def writable(postgres: TestServer) -> AsyncIterator[tuple[DatabaseUrls, asyncpg.Connection[asyncpg.Record], str]]:
    """A database with the facts, a connection that may put them back, and the statements that do."""
    urls = await database_with_facts(postgres)
    owner = await asyncpg.connect(**asyncpg_arguments(urls.owner))
    tables = [row[0] for row in await owner.fetch(KEEP)]
    await owner.execute("CREATE SCHEMA facts")
    for table in tables:
        await owner.execute(f"CREATE TABLE facts.{table} AS TABLE plans.{table}")
    # Rows go back as they were; their references need not be judged again, in whatever order.
    restore = "SET session_replication_role = replica;" + "".join(
        f"DELETE FROM plans.{table}; INSERT INTO plans.{table} SELECT * FROM facts.{table};" for table in tables
    )
    yield urls, owner, restore
    await owner.close()


@pytest_asyncio.fixture
async def plans(
    writable: tuple[DatabaseUrls, asyncpg.Connection[asyncpg.Record], str], application: FastAPI
) -> AsyncIterator[Plans]:
    """Real facts, to be changed by this test alone."""
    urls, owner, restore = writable
    async with plans_service(application, urls) as service:
        yield service
    await owner.execute(restore)
