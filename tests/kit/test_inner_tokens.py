"""A service learns of the gateway's new keys with the first token they sign, however soon after the last reading."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from services.kit import authentication
from services.kit.authentication import INNER_TYP, InnerTokens
from services.kit.clock import FixedClock
from services.kit.identity import KeySet, SigningKey, issue
from services.kit.problems import Unauthorized

NOON = datetime(2026, 3, 10, 17, tzinfo=UTC)


class Gateway:
    """Its key document, and how often it was read."""

    def __init__(self) -> None:
        self.keys = [SigningKey.generate()]
        self.readings = 0

    def rotate(self) -> None:
        self.keys = [SigningKey.generate(), *self.keys][:2]

    def token(self, key: SigningKey | None = None) -> str:
        claims: dict[str, Any] = {"sub": "a", "aud": "plans", "kind": "user", "name": "A", "grants": []}
        return issue(key or self.keys[0], claims, INNER_TYP, 60, NOON)

    async def document(self, url: str) -> bytes:
        self.readings += 1
        document = msgspec.json.encode(KeySet.of(self.keys).to_jwks())
        await asyncio.sleep(0.02)
        return document


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    gateway = Gateway()
    monkeypatch.setattr(authentication, "fetch_public", gateway.document)
    return gateway


def service() -> InnerTokens:
    return InnerTokens("http://gateway/keys", audience="plans", clock=FixedClock(NOON))


async def test_two_rotations_in_a_row_refuse_no_good_token(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "REFETCH_S", 0.0)
    tokens = service()

    for _ in range(3):
        assert (await tokens.caller(f"Bearer {gateway.token()}")).subject == "a"
        gateway.rotate()


async def test_a_rotation_during_a_reading_refuses_no_good_token(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "REFETCH_S", 0.0)
    tokens = service()
    first = asyncio.create_task(tokens.caller(f"Bearer {gateway.token()}"))
    await asyncio.sleep(0.01)
    gateway.rotate()  # the document under way does not hold the new key

    second = await tokens.caller(f"Bearer {gateway.token()}")

    assert ((await first).subject, second.subject, gateway.readings) == ("a", "a", 2)


async def test_callers_who_come_together_share_a_reading(gateway: Gateway) -> None:
    tokens = service()

    await asyncio.gather(*(tokens.caller(f"Bearer {gateway.token()}") for _ in range(20)))

    assert gateway.readings == 1


async def test_bad_tokens_make_nobody_read_the_keys_again(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "REFETCH_S", 60.0)
    tokens, good = service(), gateway.token()
    await tokens.caller(f"Bearer {good}")
    forged, stranger = good[:-6] + "AAAAAA", gateway.token(SigningKey.generate())

    for token in [forged] * 50 + [stranger] * 50:
        with pytest.raises(Unauthorized):
            await tokens.caller(f"Bearer {token}")

    assert gateway.readings == 1
