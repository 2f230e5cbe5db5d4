from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from tests.conftest import TestServer
from tests.gateway.matrix.world import World, running_world


@pytest_asyncio.fixture(scope="session")
async def world(postgres: TestServer, tmp_path_factory: Any) -> AsyncIterator[World]:
    async with running_world(postgres, tmp_path_factory.mktemp("matrix")) as running:
        yield running
