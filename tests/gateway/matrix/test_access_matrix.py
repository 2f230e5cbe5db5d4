"""Every operation × every role × every relation of the target, judged by an oracle that knows only the rules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from tests.conftest import TestServer
from tests.gateway.matrix import oracle
from tests.gateway.matrix.running import foreign_digest, run_matrix
from tests.gateway.matrix.world import World, running_world


@pytest_asyncio.fixture(scope="session")
async def world(postgres: TestServer, tmp_path_factory: Any) -> AsyncIterator[World]:
    async with running_world(postgres, tmp_path_factory.mktemp("matrix")) as running:
        yield running


def test_the_oracle_is_short_and_knows_nothing_of_the_product() -> None:
    lines = Path(oracle.__file__).read_text().splitlines()

    assert len(lines) <= 70
    assert not any(line.startswith(("import ", "from ")) for line in lines)


async def test_nobody_sees_or_changes_too_much(world: World) -> None:
    before = await foreign_digest(world)

    findings = await run_matrix(world)

    assert findings.wrong == []
    assert findings.calls >= 5_000, dict(findings.statuses)
    assert await foreign_digest(world) == before
