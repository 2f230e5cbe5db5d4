"""Every way in which a service can fail: what its callers get, that others go on, and how soon it is back."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import aiohttp
import pytest

from tests.gateway.conftest import MakeGateway, RunningGateway
from tests.support.proofs import Says

pytestmark = [pytest.mark.proof, pytest.mark.timed, pytest.mark.timeout(300)]
DEADLINE_S = 1.0
CALLERS = 8
# Callers come back sooner than Retry-After asks. Not at once: they share this process with the gateway and with those
# whose times are taken, and what is asked is whether the fault slows others down, not whether more work does.
PAUSE_S = 0.5
ROUNDS = 7
SLOWER_AT_MOST = 1.20
BACK_WITHIN_S = 15
CUT = "cut"


@asynccontextmanager
async def away(gateway: RunningGateway) -> AsyncIterator[str]:
    """Nobody listens at the service's address."""
    plans = gateway.services["plans"]
    await plans.stop()
    yield "/api/v1/plans"
    await plans.start(plans.port)


@asynccontextmanager
async def half_open(gateway: RunningGateway) -> AsyncIterator[str]:
    """Connections are taken and nothing is ever said."""
    plans = gateway.services["plans"]
    await plans.stop()
    writers: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: writers.append(writer), "127.0.0.1", plans.port)
    yield "/api/v1/plans"
    silent.close()
    for writer in writers:
        writer.transport.abort()
    await asyncio.sleep(0)
    await plans.start(plans.port)


def misbehaving(path: str) -> Callable[[RunningGateway], AbstractAsyncContextManager[str]]:
    """The service is up and answers like this."""

    @asynccontextmanager
    async def fault(_: RunningGateway) -> AsyncIterator[str]:
        yield f"/api/v1/plans/{path}"

    return fault


Fault = Callable[[RunningGateway], AbstractAsyncContextManager[str]]
# What the design says of each: the statuses that are right, CUT for an answer whose connection is cut.
FAULTS: dict[str, tuple[Fault, set[int | str]]] = {
    "down": (away, {503}),
    "half-open": (half_open, {504, 503}),
    "slow": (misbehaving("slow?seconds=60"), {504, 503}),
    "dripping": (misbehaving("drip"), {504, 503}),
    "cut in a small body": (misbehaving("cut?size=1000"), {503}),
    "cut in a large body": (misbehaving("cut?size=1000000"), {CUT, 503}),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_service_fails_alone_and_comes_back(make_gateway: MakeGateway, name: str, proof: Says) -> None:
    gateway = await make_gateway(request_deadline_s=DEADLINE_S, upstream_concurrency=CALLERS)
    fault, right = FAULTS[name]
    answers: dict[int | str, int] = {}
    ratios = []
    await p95_of_others(gateway)

    for _ in range(ROUNDS):
        quiet = await p95_of_others(gateway)
        async with fault(gateway) as path:
            failing = [asyncio.create_task(keep_calling(gateway, path, answers)) for _ in range(CALLERS)]
            await asyncio.sleep(0.3)
            ratios.append(await p95_of_others(gateway) / quiet)
            await asyncio.sleep(DEADLINE_S)
            for task in failing:
                task.cancel()
            await asyncio.gather(*failing, return_exceptions=True)
        back = await seconds_until(lambda: is_back(gateway))

    slower = statistics.median(ratios)
    proof(f"fault, {name}: answered {answers}; p95 of other routes × {slower:.2f}; back after {back:.1f} s")
    assert set(answers) <= right
    assert sum(answers.values()) >= ROUNDS * CALLERS
    assert slower <= SLOWER_AT_MOST, ratios
    assert back < BACK_WITHIN_S


async def p95_of_others(gateway: RunningGateway, calls: int = 500) -> float:
    await gateway.token("consulta")
    times = []
    for _ in range(calls):
        started = time.perf_counter()
        status, _, _ = await gateway.call("GET", "/api/v1/dependencias", "consulta")
        times.append(time.perf_counter() - started)
        assert status == 200
    return statistics.quantiles(times, n=20)[18]


async def keep_calling(gateway: RunningGateway, path: str, answers: dict[int | str, int]) -> None:
    while True:
        try:
            status, headers, problem = await gateway.call("GET", path, "auditoria")
        except aiohttp.ClientPayloadError:
            answers[CUT] = answers.get(CUT, 0) + 1
        else:
            answers[status] = answers.get(status, 0) + 1
            assert problem["status"] == status
            assert status != 503 or int(headers["retry-after"]) > 0
        await asyncio.sleep(PAUSE_S)


async def is_back(gateway: RunningGateway) -> bool:
    return (await gateway.call("GET", "/api/v1/plans", "auditoria"))[0] == 200


async def seconds_until(question: Callable[[], Awaitable[bool]]) -> float:
    started = time.monotonic()
    while not await question():
        assert time.monotonic() - started < BACK_WITHIN_S
        await asyncio.sleep(0.05)
    return time.monotonic() - started
