"""A service that fails must fail alone, and be back soon after it is back."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path
from typing import Any

import pytest

from iesspr.postgres import DatabaseUrls
from tests.gateway.conftest import MakeGateway, RunningGateway, running_gateway
from tests.gateway.stand_in import StandIn

FAULTS = ("slow?seconds=60", "drip", "cut?size=100000")


async def p95_of_others(gateway: RunningGateway, calls: int = 300) -> float:
    await gateway.token("consulta")
    times = []
    for _ in range(calls):
        started = time.perf_counter()
        status, _, _ = await gateway.call("GET", "/api/v1/dependencias", "consulta")
        times.append(time.perf_counter() - started)
        assert status == 200
    return statistics.quantiles(times, n=20)[18]


async def keep_failing(gateway: RunningGateway, path: str) -> None:
    headers = {"Authorization": f"Bearer {await gateway.token('auditoria')}"}
    while True:
        try:
            async with gateway.http.get(f"{gateway.url}/api/v1/plans/{path}", headers=headers) as answer:
                await answer.read()
        except OSError:
            await asyncio.sleep(0)


async def test_an_answer_that_drips_is_ended_by_the_deadline(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(request_deadline_s=1.0)
    started = time.monotonic()

    status, _, problem = await gateway.call("GET", "/api/v1/plans/drip", "auditoria")

    assert (status, problem["code"]) == (504, "gateway-timeout")
    assert time.monotonic() - started < 3


async def test_a_service_that_accepts_and_says_nothing_gets_504(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(request_deadline_s=0.5)
    plans = gateway.services["plans"]
    await plans.stop()
    silent = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", plans.port)

    status, _, problem = await gateway.call("GET", "/api/v1/plans", "auditoria")

    silent.close()
    assert (status, problem["code"]) == (504, "gateway-timeout")


async def test_a_body_that_comes_too_slowly_is_given_up(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(request_deadline_s=0.5)
    token = await gateway.token("sys-azuay")
    host, port = gateway.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))

    writer.write(
        f"POST /api/v1/reviews HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        "Content-Length: 1000\r\n\r\nabc".encode()
    )
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    writer.close()

    assert answer.startswith(b"HTTP/1.1 408")


async def test_a_gateway_that_restarts_while_orgchart_is_away_still_signs_people_in(
    gateway_db: DatabaseUrls, tmp_path: Path
) -> None:
    async with running_gateway(gateway_db, tmp_path) as gateway:
        credentials = gateway.credentials
    away: dict[str, Any] = {"orgchart_url": "http://127.0.0.1:9", "demo_credentials_file": None}

    async with running_gateway(gateway_db, tmp_path, is_awaited=False, **away) as gateway:
        gateway.credentials = credentials
        for _ in range(200):
            if (await gateway.call("GET", "/api/v1/openapi.json"))[0] == 200:
                break
            await asyncio.sleep(0.02)
        status, _, _ = await gateway.call("GET", "/api/v1/plans", "consulta")
        ready, _, _ = await gateway.call("GET", "/readyz")

    assert (status, ready) == (200, 503)


@pytest.mark.proof
@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", FAULTS)
async def test_one_failing_service_does_not_slow_the_others(make_gateway: MakeGateway, fault: str) -> None:
    gateway = await make_gateway(request_deadline_s=5.0, upstream_concurrency=16)
    await p95_of_others(gateway, 100)
    ratios = []

    for _ in range(4):
        quiet = await p95_of_others(gateway)
        failing = [asyncio.create_task(keep_failing(gateway, fault)) for _ in range(4)]
        await asyncio.sleep(0.5)
        ratios.append(await p95_of_others(gateway) / quiet)
        for task in failing:
            task.cancel()
        await asyncio.gather(*failing, return_exceptions=True)

    typical = statistics.median(ratios)
    print(f"\nfault {fault}: p95 of other routes × {typical:.2f} (rounds {[round(r, 2) for r in ratios]})")  # noqa: T201
    assert typical <= 1.20


@pytest.mark.proof
@pytest.mark.timeout(120)
async def test_a_service_that_comes_back_is_used_again_within_fifteen_seconds(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(request_deadline_s=1.0)
    plans: StandIn = gateway.services["plans"]
    await plans.stop()
    for _ in range(30):
        assert (await gateway.call("GET", "/api/v1/plans", "auditoria"))[0] == 503
    await plans.start(plans.port)
    started = time.monotonic()

    while (await gateway.call("GET", "/api/v1/plans", "auditoria"))[0] != 200:
        await asyncio.sleep(0.1)
        assert time.monotonic() - started < 15

    print(f"\nrecovery: {time.monotonic() - started:.1f} s")  # noqa: T201 - a proof prints its figures
