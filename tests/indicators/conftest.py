"""The indicators service with the institution's real facts."""

from collections.abc import AsyncIterator

import pytest_asyncio

from iesspr.postgres import DatabaseUrls
from tests.conftest import TestServer
from tests.indicators.harness import Indicators, indicators_service


@pytest_asyncio.fixture(scope="session")
async def loaded(postgres: TestServer) -> AsyncIterator[Indicators]:
    """Real facts, only to be read."""
    async with indicators_service(await postgres.fresh_database("indicators")) as service:
        yield service


@pytest_asyncio.fixture(scope="session")
async def installed(postgres: TestServer) -> DatabaseUrls:
    """A database with the real facts that nobody is connected to: tests get copies of it."""
    urls = await postgres.fresh_database("indicators")
    async with indicators_service(urls):
        pass
    return urls


@pytest_asyncio.fixture
async def indicators_db(postgres: TestServer, installed: DatabaseUrls) -> AsyncIterator[DatabaseUrls]:
    urls = await postgres.copy("indicators", installed)
    yield urls
    await postgres.drop(urls)


@pytest_asyncio.fixture
async def indicators(indicators_db: DatabaseUrls) -> AsyncIterator[Indicators]:
    """Real facts, to be changed by this test alone; it is noon of 4 February 2019 in UTC-5."""
    async with indicators_service(indicators_db) as service:
        yield service
