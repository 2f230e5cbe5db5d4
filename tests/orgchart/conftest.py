"""The orgchart service loaded with the real facts: once for tests that read, anew for tests that write."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from iesspr.postgres import DatabaseUrls
from services.orgchart.reorganizations import impact
from tests.conftest import TestServer
from tests.documents import document
from tests.orgchart.harness import Orgchart, orgchart_service


@pytest_asyncio.fixture(scope="session")
async def loaded(postgres: TestServer) -> AsyncIterator[Orgchart]:
    """Real facts without prose, only to be read."""
    urls = await postgres.fresh_database("orgchart")
    async with orgchart_service(urls) as orgchart:
        yield orgchart


@pytest_asyncio.fixture(scope="session")
async def installed(postgres: TestServer) -> DatabaseUrls:
    """A database with the real facts that nobody is connected to: tests get copies of it."""
    urls = await postgres.fresh_database("orgchart")
    async with orgchart_service(urls):
        pass
    return urls


@pytest_asyncio.fixture
async def facts_db(postgres: TestServer, installed: DatabaseUrls) -> AsyncIterator[DatabaseUrls]:
    """Real facts, to be changed by this test alone."""
    urls = await postgres.copy("orgchart", installed)
    yield urls
    await postgres.drop(urls)


@pytest_asyncio.fixture
async def orgchart(facts_db: DatabaseUrls) -> AsyncIterator[Orgchart]:
    async with orgchart_service(facts_db) as service:
        yield service


@pytest_asyncio.fixture(scope="session")
async def imported(postgres: TestServer) -> AsyncIterator[Orgchart]:
    """Real facts with the regulation's prose imported, only to be read. Skips without the document."""
    text = document("rof-cd535.txt").read_bytes()
    urls = await postgres.fresh_database("orgchart")
    async with orgchart_service(urls) as orgchart:
        response = await orgchart.call("POST", "/rof/imports", text, headers={"content-type": "text/plain"})
        assert response.status_code == 201, response.text
        yield orgchart


@pytest.fixture
def no_grants(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway says that DNPR has one grant and nobody else any."""

    async def answer(_: str, document: Mapping[str, Any], **__: Any) -> Any:
        return {
            "items": [{"dependencia": code, "grants": 1 if code == "DNPR" else 0} for code in document["dependencias"]]
        }

    monkeypatch.setattr(impact, "post_as_service", answer)
