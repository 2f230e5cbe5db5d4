"""A service that fails must fail alone, and be back soon after it is back."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from gateway.proxy import circuit
from iesspr.postgres import DatabaseUrls
from tests.gateway.conftest import MakeGateway, running_gateway
from tests.gateway.raw import exchange


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
    # Held here: from Python 3.13 on, a writer that nobody holds closes its connection.
    held: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", plans.port)

    status, _, problem = await gateway.call("GET", "/api/v1/plans", "auditoria")

    for writer in held:
        writer.close()
    silent.close()
    assert (status, problem["code"]) == (504, "gateway-timeout")


async def test_a_body_that_comes_too_slowly_is_given_up(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(request_deadline_s=0.5)
    token = await gateway.token("sys-azuay")
    request = (
        f"POST /api/v1/reviews HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 1000\r\n\r\nabc"
    )

    answer = await exchange(gateway, request.encode())

    assert answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("came", [b"", b"{", b'{"username": "a"'])
async def test_the_gateways_own_calls_do_not_wait_for_a_body_for_ever(make_gateway: MakeGateway, came: bytes) -> None:
    gateway = await make_gateway(request_deadline_s=0.3)
    head = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"

    answer = await exchange(gateway, head + b"\r\n" + came)

    assert answer.startswith(b"HTTP/1.1 408")


async def test_a_service_that_hangs_is_tried_by_one_request_at_a_time(
    make_gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circuit, "TRY_EVERY_S", 60)
    gateway = await make_gateway(request_deadline_s=0.2)
    plans = gateway.services["plans"]
    await plans.stop()
    held: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", plans.port)

    async def status() -> int:
        return (await gateway.call("GET", "/api/v1/plans", "auditoria"))[0]

    # On a slow machine a deadline may pass before the service was asked; that counts against nobody.
    answers = [await status()]
    while answers[-1] == 504 and len(answers) < 30:
        answers.append(await status())
    asked = len(held)
    refused = [await status() for _ in range(3)]
    others, _, _ = await gateway.call("GET", "/api/v1/dependencias", "auditoria")
    for writer in held:
        writer.close()
    silent.close()

    assert (answers[-1], asked, len(held)) == (503, circuit.FAILURES_TO_OPEN, circuit.FAILURES_TO_OPEN)
    assert set(refused) == {503}
    assert others != 503


def test_an_open_circuit_lets_one_request_try_now_and_then_until_one_succeeds() -> None:
    now = 0.0
    breaker = circuit.Circuit(lambda: now)
    for _ in range(circuit.FAILURES_TO_OPEN - 1):
        breaker.failed()
    assert (breaker.is_open, breaker.admits()) == (False, True)
    breaker.failed()
    assert (breaker.is_open, breaker.admits()) == (True, False)

    now += circuit.TRY_EVERY_S
    assert [breaker.admits() for _ in range(3)] == [True, False, False]  # the one that tries hangs
    now += circuit.TRY_EVERY_S
    assert [breaker.admits() for _ in range(3)] == [True, False, False]
    breaker.failed()
    now += circuit.TRY_EVERY_S / 2
    assert not breaker.admits()

    now += circuit.TRY_EVERY_S / 2
    assert breaker.admits()
    breaker.succeeded()
    assert (breaker.is_open, [breaker.admits() for _ in range(3)]) == (False, [True, True, True])


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
