"""The plans service loaded with the real facts: once for tests that read, anew for tests that write."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from iesspr.postgres import DatabaseUrls
from tests.conftest import TestServer
from tests.plans.harness import Plans, load_facts, load_organisation, plans_service


@pytest_asyncio.fixture(scope="session")
async def loaded(postgres: TestServer) -> AsyncIterator[Plans]:
    """Real facts, only to be read."""
    urls = await postgres.fresh_database("plans")
    await load_organisation(urls.owner)
    await load_facts(urls.app)
    async with plans_service(urls) as plans:
        yield plans


@pytest_asyncio.fixture
async def plans(plans_db: DatabaseUrls) -> AsyncIterator[Plans]:
    """Real facts, to be changed by this test alone."""
    await load_organisation(plans_db.owner)
    await load_facts(plans_db.app)
    async with plans_service(plans_db) as service:
        yield service
