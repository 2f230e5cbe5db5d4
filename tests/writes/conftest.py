from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from tests.conftest import TestServer
from tests.writes.world import Writers, writing_world


@pytest_asyncio.fixture(scope="session")
async def writers(postgres: TestServer, tmp_path_factory: Any) -> AsyncIterator[Writers]:
    async with writing_world(postgres, tmp_path_factory.mktemp("writes")) as running:
        yield running
