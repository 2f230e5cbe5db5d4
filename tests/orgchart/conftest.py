"""The orgchart service loaded with the real facts: once for tests that read, anew for tests that write."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from iesspr.postgres import DatabaseUrls
from tests.conftest import TestServer
from tests.orgchart.harness import Orgchart, orgchart_service


@pytest_asyncio.fixture(scope="session")
async def loaded(postgres: TestServer) -> AsyncIterator[Orgchart]:
    """Real facts without prose, only to be read."""
    urls = await postgres.fresh_database("orgchart")
    async with orgchart_service(urls) as orgchart:
        yield orgchart


@pytest_asyncio.fixture
async def orgchart(orgchart_db: DatabaseUrls) -> AsyncIterator[Orgchart]:
    """Real facts, to be changed by this test alone."""
    async with orgchart_service(orgchart_db) as service:
        yield service
