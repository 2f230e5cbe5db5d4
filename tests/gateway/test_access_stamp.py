from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.grants.access import UNKNOWN, Stamp
from services.kit.database import Database
from services.kit.problems import Unavailable
from tests.gateway.conftest import RunningGateway


class CountedStamp(Stamp):
    """Reads a version that the test sets, slowly, and counts."""

    def __init__(self) -> None:
        super().__init__(Database("postgresql+asyncpg://nobody@127.0.0.1:1/none", service="gateway"))
        self.version: Any = 1
        self.readings = 0

    async def _query(self) -> int:
        self.readings += 1
        seen = self.version
        await asyncio.sleep(0.01)
        if isinstance(seen, Exception):
            raise seen
        return int(seen)


async def test_requests_that_come_together_share_a_reading() -> None:
    stamp = CountedStamp()

    versions = await asyncio.gather(*(stamp.read() for _ in range(50)))

    assert set(versions) == {1}
    assert stamp.readings == 1


async def test_a_request_never_uses_a_reading_that_began_before_it_came() -> None:
    stamp = CountedStamp()
    first = asyncio.create_task(stamp.read())
    await asyncio.sleep(0.005)

    stamp.version = 2
    second = await stamp.read()

    assert (await first, second) == (1, 2)


async def test_without_the_database_nobody_is_let_in_and_afterwards_everybody_again() -> None:
    stamp = CountedStamp()
    stamp.version = UNKNOWN
    with pytest.raises(Unavailable):
        await stamp.read()

    stamp.version = RuntimeError("something nobody thought of")
    answers = await asyncio.gather(*(stamp.read() for _ in range(3)), return_exceptions=True)
    stamp.version = 3

    assert all(isinstance(answer, Unavailable) for answer in answers)
    assert await stamp.read() == 3


async def test_the_request_log_is_json_without_tokens(
    gateway: RunningGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    token = await gateway.token("auditoria")
    gateway.app._request_log._logger.setLevel("INFO")

    await gateway.call("GET", "/api/v1/plans?secret=1", "auditoria", headers={"X-Request-Id": "logged-request"})
    await asyncio.sleep(0.4)
    gateway.app._request_log._logger.setLevel("WARNING")

    lines = [line for line in capsys.readouterr().out.splitlines() if "logged-request" in line]
    assert len(lines) == 1
    assert '"subject":"auditoria"' in lines[0]
    assert '"status":200' in lines[0]
    assert token not in lines[0]
    assert "secret" not in lines[0]
