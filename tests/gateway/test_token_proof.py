"""Tokens over HTTP: none of the attacks and none of the mutants gets anything but 401, on both planes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from services.kit.identity import SigningKey, issue
from tests.gateway.attacks import attacks
from tests.gateway.conftest import RunningGateway
from tests.gateway.test_identity import mutants
from tests.support.proofs import Says

PATHS = ("/api/v1/plans", "/api/v1/me")
# What no HTTP client can put into a header; the server's parser refuses the request as a whole.
NOT_IN_A_HEADER = ("\n", "\r", "\x00")


def outer(key: SigningKey) -> str:
    return issue(key, {"sub": "auditoria", "aud": "iesspr-api", "kind": "user"}, "at+jwt", 600, datetime.now(UTC))


async def statuses(gateway: RunningGateway, tokens: list[str], connections: int = 8) -> dict[int, int]:
    """Status → count for a GET with each token, in turn on every path, over raw keep-alive connections."""
    address, queue, counts = urlsplit(gateway.url), list(enumerate(tokens)), dict[int, int]()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        while queue:
            number, token = queue.pop()
            path = PATHS[number % len(PATHS)]
            head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
            writer.write(head.encode("utf-8"))
            answer = await reader.readuntil(b"\r\n\r\n")
            status = int(answer[9:12])
            counts[status] = counts.get(status, 0) + 1
            length = next(int(h[15:]) for h in answer.lower().split(b"\r\n") if h.startswith(b"content-length:"))
            await reader.readexactly(length)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(connections)))
    return counts


@pytest.mark.edge
async def test_every_attack_gets_401_on_both_planes(gateway: RunningGateway, proof: Says) -> None:
    key, foreign = gateway.context.keys.signing, SigningKey.generate()
    forged = [token for _, token in attacks(outer(key), key, foreign)]
    sendable = [t for t in forged if not any(c in t for c in NOT_IN_A_HEADER) and len(t) < 60_000]

    counts = await statuses(gateway, [token for token in sendable for _ in PATHS])

    proof(f"tokens: {len(sendable)} hand-made attacks on {len(PATHS)} planes, answers by status {counts}")
    assert len(sendable) >= 250
    assert set(counts) == {401}, counts


async def test_no_mutant_of_a_token_is_let_in(gateway: RunningGateway) -> None:
    made = mutants(outer(gateway.context.keys.signing), 500, seed=2)

    assert set(await statuses(gateway, made)) == {401}


@pytest.mark.proof
@pytest.mark.timeout(600)
async def test_a_hundred_thousand_mutants_get_401(gateway: RunningGateway, proof: Says) -> None:
    made = mutants(outer(gateway.context.keys.signing), 100_000, seed=3)

    counts = await statuses(gateway, made, connections=16)

    proof(f"tokens: {counts.get(401, 0)} of {len(made)} mutants got 401, {sum(counts.values()) - counts[401]} did not")
    assert counts == {401: 100_000}


async def test_a_token_of_the_other_kind_is_refused_on_both_planes(gateway: RunningGateway) -> None:
    """An inner token is no outer token, though the same key signed it; nor the other way round."""
    access = await gateway.context.access.current("auditoria")
    inner = gateway.context.tokens.inner(access, "plans")

    assert set(await statuses(gateway, [inner, inner])) == {401}
