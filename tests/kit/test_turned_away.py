"""What a refusal leaves for the trail never changes the answer itself."""

from __future__ import annotations

import asyncpg
import pytest
from fastapi import Request

from services.kit.access import Caller
from services.kit.collecting import AT_MOST
from services.kit.problems import Unavailable
from services.kit.turned_away import TurnedAway
from tests.kit.apps import client_of, make_app

JSON = {"Content-Type": "application/json", "Authorization": "Bearer thing:read"}


@pytest.mark.parametrize(
    "error",
    [ConnectionRefusedError(), TimeoutError(), asyncpg.InterfaceError("pool is closed"), Unavailable()],
    ids=repr,
)
async def test_who_cannot_be_known_now_is_answered_all_the_same(error: Exception) -> None:
    app = make_app()

    async def nobody_can_say(request: Request) -> Caller:
        raise error

    app.state.authenticate = nobody_can_say
    async with client_of(app) as client:
        response = await client.post("/api/v1/things", content=b"{", headers=JSON)

    assert (response.status_code, response.json()["code"]) == (400, "invalid-json")


async def test_refused_writes_are_collected_up_to_a_bound_and_reads_are_not() -> None:
    app = make_app()
    collected: TurnedAway = app.state.turned_away
    async with client_of(app) as client:
        await client.get("/api/v1/private", headers={"Authorization": "Bearer other"})
        assert collected.waiting == 0
        for _ in range(AT_MOST + 3):
            await client.post("/api/v1/things", content=b"{", headers=JSON)

    assert collected.waiting == AT_MOST


async def test_what_somebody_typed_into_an_address_is_not_kept() -> None:
    app = make_app()
    seen: list[str] = []
    app.state.turned_away.note = lambda refused: seen.append(refused.target)
    async with client_of(app) as client:
        for path in ("plans/POA-2025", "persons/1712345678", "users/mi%20clave", f"x/{'a' * 65}", "a/" + "0" * 8):
            await client.post(f"/api/v1/{path}", headers=JSON)

    assert seen == ["POST plans/POA-2025", "POST persons/…", "POST users/…", "POST x/…", "POST a/00000000"]


async def test_refusals_wait_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    collected: TurnedAway = app.state.turned_away

    def away() -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(app.state.database, "sessions", away)
    async with client_of(app) as client:
        await client.post("/api/v1/things", content=b"{", headers=JSON)
        await collected.flush()
        await client.post("/api/v1/things", content=b"{", headers=JSON)
        await collected.flush()

    assert collected.waiting == 2
