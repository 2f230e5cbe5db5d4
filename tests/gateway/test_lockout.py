"""Guessing is slowed down where it happens; it keeps nobody out elsewhere, and many addresses do not help it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.identity.failures import FREE, FREE_EVERYWHERE, KNOWN, STOP, UNTIL_STOP
from gateway.proxies import Proxies
from services.kit.clock import FixedClock
from tests.gateway.conftest import MakeGateway, RunningGateway

NOON = datetime(2026, 3, 10, 17, tzinfo=UTC)
HOME, ELSEWHERE = "198.51.100.7", "203.0.113.9"


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["1.2.3.4, 198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["1.2.3.4", "198.51.100.7, 10.1.2.3"], "198.51.100.7"),
        ("127.0.0.1", ["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
        ("127.0.0.1", ["198.51.100.7, unknown, 10.1.2.3"], "10.1.2.3"),
        ("127.0.0.1", ["2001:db8::7"], "2001:db8::7"),
        ("::ffff:127.0.0.1", ["::ffff:198.51.100.7"], "198.51.100.7"),
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),
        ("", ["198.51.100.7"], ""),
    ],
)
def test_only_trusted_proxies_say_where_the_caller_is(peer: str, forwarded: list[str], caller: str) -> None:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]

    assert Proxies(["127.0.0.1", "10.0.0.0/8"]).caller(peer, headers) == caller
    assert Proxies([]).caller(peer, headers) == peer


async def guess(gateway: RunningGateway, address: str, right: str | None = None) -> tuple[int, Any]:
    body = {"username": "consulta", "password": right or "no es esta"}
    headers = {"X-Forwarded-For": address}
    status, received, _ = await gateway.call("POST", "/api/v1/auth/login", json=body, headers=headers)
    return status, received.get("retry-after")


async def right(gateway: RunningGateway, address: str) -> int:
    return (await guess(gateway, address, gateway.credentials["users"]["consulta"]))[0]


async def attacked(gateway: RunningGateway, clock: FixedClock, address: str) -> None:
    """Until the stop, and one more after it."""
    for _ in range(FREE + UNTIL_STOP):
        assert (await guess(gateway, address))[0] == 401
        clock.advance(timedelta(seconds=600))
    clock.advance(STOP)
    assert (await guess(gateway, address))[0] == 401
    assert (await guess(gateway, address)) == (429, str(int(STOP.total_seconds()) + 1))


async def test_whoever_guesses_locks_out_nobody_but_their_own_address(make_gateway: MakeGateway) -> None:
    clock = FixedClock(NOON)
    gateway = await make_gateway(clock=clock, trusted_proxies=["127.0.0.1"])

    await attacked(gateway, clock, ELSEWHERE)

    assert await right(gateway, ELSEWHERE) == 429
    assert await right(gateway, HOME) == 200


async def test_many_addresses_meet_a_stop_and_the_usual_one_does_not(make_gateway: MakeGateway) -> None:
    clock = FixedClock(NOON)
    gateway = await make_gateway(clock=clock, trusted_proxies=["127.0.0.1"])
    assert await right(gateway, HOME) == 200

    addresses = [f"203.0.113.{number}" for number in range(200)]
    answers = [(await guess(gateway, address))[0] for address in addresses]

    assert answers.count(401) == FREE_EVERYWHERE + 1
    assert set(answers[FREE_EVERYWHERE + 1 :]) == {429}
    assert await right(gateway, "203.0.113.250") == 429
    assert await right(gateway, HOME) == 200


async def test_a_sign_in_elsewhere_does_not_give_guessers_their_tries_back(make_gateway: MakeGateway) -> None:
    clock = FixedClock(NOON)
    gateway = await make_gateway(clock=clock, trusted_proxies=["127.0.0.1"])

    answers = []
    for number in range(150):
        answers.append((await guess(gateway, f"203.0.113.{number}"))[0])
        if number % 10 == 0:
            assert await right(gateway, HOME) == 200

    assert answers.count(401) == FREE_EVERYWHERE + 1


async def test_a_place_is_known_for_a_while_only(make_gateway: MakeGateway) -> None:
    clock = FixedClock(NOON)
    gateway = await make_gateway(clock=clock, trusted_proxies=["127.0.0.1"])
    assert await right(gateway, HOME) == 200
    clock.advance(KNOWN + timedelta(days=1))

    for number in range(FREE_EVERYWHERE + 1):
        await guess(gateway, f"203.0.113.{number}")

    assert await right(gateway, HOME) == 429
