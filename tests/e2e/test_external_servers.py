"""With `*_DATABASE_URL` set, the installation uses those servers and starts none of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from iesspr.postgres import DATABASES
from tests.conftest import TestServer
from tests.e2e.installation import Installation

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-lives"), pytest.mark.timeout(180)]


@pytest_asyncio.fixture
async def external(postgres: TestServer) -> AsyncIterator[dict[str, str]]:
    """Settings that name four empty databases of a server that is already there."""
    names = {name: f"{name}_{uuid4().hex[:8]}" for name in DATABASES}
    settings = {}
    for name, database in names.items():
        await postgres.execute(f"CREATE DATABASE {database}")
        settings[f"{name.upper()}_DATABASE_URL"] = postgres.url(database, f"{name}_app")
        settings[f"{name.upper()}_MIGRATION_DATABASE_URL"] = postgres.url(database)
    yield settings
    for database in names.values():
        await postgres.execute(f"DROP DATABASE {database} WITH (FORCE)")


def test_external_servers_are_migrated_seeded_and_served(tmp_path: Path, external: dict[str, str]) -> None:
    installation = Installation(tmp_path / "home", environment=external)
    installation.start()

    try:
        provinces = installation.get("/api/v1/provinces", "consulta", limit="500")
    finally:
        stopped_with = installation.stop()

    assert len(provinces.body["items"]) == 24
    assert not (installation.home / "postgres").exists()
    assert stopped_with == 0
