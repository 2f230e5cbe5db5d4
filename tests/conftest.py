"""Every test that needs a database gets a real PostgreSQL, migrated by Alembic, of its own.

One private server per test process (an xdist worker is one) in a temporary folder. Each service's schema is migrated
once into a template; a test's database is a copy of it, which takes some ten milliseconds.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import asyncpg
import pytest_asyncio
from sqlalchemy.engine import make_url

from iesspr.migrating import upgrade
from iesspr.postgres import DATABASES, OWNER, DatabaseUrls, PostgresServer, create_databases, database_url
from services.kit.heads import expected_head
from tests.support.groups import pytest_collection_modifyitems
from tests.support.memory import folder_in_memory
from tests.support.proofs import proof, pytest_terminal_summary

__all__ = [
    "proof",
    "pytest_collection_modifyitems",
    "pytest_terminal_summary",
]  # pytest finds fixtures and hooks by the names of this module

PASSWORDS = dict.fromkeys((OWNER, *(f"{database}_app" for database in DATABASES)), "only-for-tests")
MakeDatabase = Callable[[str], Awaitable[DatabaseUrls]]


class TestServer:
    """A running PostgreSQL that hands out fresh databases."""

    __test__ = False  # not a test class, whatever its name says

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self._templates: set[str] = set()
        self._lock = asyncio.Lock()

    def url(self, database: str, role: str = OWNER) -> str:
        return database_url(self.server.socket_dir, role, PASSWORDS[role], database)

    async def execute(self, statement: str) -> None:
        connection = await asyncpg.connect(
            host=str(self.server.socket_dir), user=OWNER, password=PASSWORDS[OWNER], database="postgres"
        )
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def fresh_database(self, service: str) -> DatabaseUrls:
        """A database with the service's schema at head, or empty while the service has no migration."""
        async with self._lock:
            if service not in self._templates:
                if expected_head(service) is not None:
                    await asyncio.to_thread(upgrade, service, self.url(service))
                self._templates.add(service)
        return await self._copy(service, service)

    async def copy(self, service: str, urls: DatabaseUrls) -> DatabaseUrls:
        """A copy of a service's database that nobody is connected to: faster than loading its facts again."""
        return await self._copy(service, _name(urls))

    async def _copy(self, service: str, template: str) -> DatabaseUrls:
        name = f"{service}_{uuid4().hex[:12]}"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return DatabaseUrls(owner=self.url(name), app=self.url(name, f"{service}_app"))

    async def drop(self, urls: DatabaseUrls) -> None:
        await self.execute(f"DROP DATABASE IF EXISTS {_name(urls)} WITH (FORCE)")


def _name(urls: DatabaseUrls) -> str:
    return str(make_url(urls.owner).database)


@pytest_asyncio.fixture(scope="session")
async def postgres() -> AsyncIterator[TestServer]:
    """The private server of this test process. It dies with the process, even when that is killed."""
    folder = folder_in_memory()
    server = PostgresServer(
        folder / "postgres", password=PASSWORDS[OWNER], log_path=folder / "postgres.log", durable=False
    )
    try:
        await server.start()
        await create_databases(server.socket_dir, PASSWORDS)
        yield TestServer(server)
    finally:
        await server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture
async def make_database(postgres: TestServer) -> AsyncIterator[MakeDatabase]:
    """`await make_database("plans")` → URLs of a fresh database, dropped after the test."""
    made: list[DatabaseUrls] = []

    async def make(service: str) -> DatabaseUrls:
        made.append(await postgres.fresh_database(service))
        return made[-1]

    yield make
    for urls in made:
        await postgres.drop(urls)


@pytest_asyncio.fixture
async def gateway_db(make_database: MakeDatabase) -> DatabaseUrls:
    return await make_database("gateway")


@pytest_asyncio.fixture
async def orgchart_db(make_database: MakeDatabase) -> DatabaseUrls:
    return await make_database("orgchart")


@pytest_asyncio.fixture
async def plans_db(make_database: MakeDatabase) -> DatabaseUrls:
    return await make_database("plans")


@pytest_asyncio.fixture
async def indicators_db(make_database: MakeDatabase) -> DatabaseUrls:
    return await make_database("indicators")
