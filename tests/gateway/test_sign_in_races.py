"""Sign-ins that meet a change of the account: what a change ends does not begin after it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gateway.identity.passwords import Passwords
from tests.gateway.accounts import PASSWORD, active_user, session_of
from tests.gateway.conftest import RunningGateway
from tests.gateway.test_own_account import enrolled

NEW = "otra frase bastante larga"
Change = Callable[[RunningGateway, str], Awaitable[Any]]


async def change_password(gateway: RunningGateway, name: str) -> Any:
    return await gateway.call("POST", "/api/v1/me/password", name, json={"current": PASSWORD, "new": NEW})


async def disable(gateway: RunningGateway, name: str) -> Any:
    change = {"json": {"status": "disabled"}, "headers": {"If-Match": "*"}}
    return await gateway.call("PATCH", f"/api/v1/users/{name}", "admin", **change)


async def invite_again(gateway: RunningGateway, name: str) -> Any:
    return await gateway.call("POST", f"/api/v1/users/{name}/activation", "admin")


@pytest.mark.parametrize("change", [change_password, disable, invite_again])
async def test_a_sign_in_under_way_does_not_outlive_what_ends_all_sessions(
    gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    """The old password has been found right; before its session begins, the account is changed."""
    name = await active_user(gateway)
    await gateway.token(name)
    await gateway.token("admin")
    matches, changed = Passwords.matches, asyncio.Event()

    async def right_but_late(self: Passwords, secret: str, stored: str | None) -> bool:
        found = await matches(self, secret, stored)
        if not changed.is_set() and secret == PASSWORD:
            changed.set()
            assert (await change(gateway, name))[0] < 300
        return found

    monkeypatch.setattr(Passwords, "matches", right_but_late)
    status, _, answer = await gateway.call("POST", "/api/v1/auth/login", json={"username": name, "password": PASSWORD})

    assert (status, answer.get("code")) == (401, "invalid-credentials")


async def test_two_refreshes_at_once_leave_no_family_alive(gateway: RunningGateway) -> None:
    first = await gateway.sign_in("consulta")
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}

    answers = await asyncio.gather(*(gateway.call("POST", "/api/v1/auth/token", data=form) for _ in range(8)))
    winners = [answer for status, _, answer in answers if status == 200]
    form["refresh_token"] = winners[0]["refresh_token"]
    after, _, _ = await gateway.call("POST", "/api/v1/auth/token", data=form)

    assert (len(winners), after) == (1, 401)


async def test_the_current_password_is_not_guessed_with_somebodys_token(gateway: RunningGateway) -> None:
    name = await active_user(gateway)
    await gateway.token(name)
    body = {"current": "no es esta", "new": NEW}

    answers = [await gateway.call("POST", "/api/v1/me/password", name, json=body) for _ in range(12)]
    right = await gateway.call("POST", "/api/v1/me/password", name, json={"current": PASSWORD, "new": NEW})

    assert [status for status, _, _ in answers] == [401] * 11 + [429]
    assert (right[0], right[2]["code"]) == (429, "too-many-failures")


async def test_each_way_of_not_signing_in_is_in_the_trail(gateway: RunningGateway) -> None:
    name = await active_user(gateway)
    await enrolled(gateway, name)
    for body in ({"password": PASSWORD}, {"password": PASSWORD, "otp": "000000"}, {"password": "no es esta"}):
        assert (await gateway.call("POST", "/api/v1/auth/login", json={"username": name, **body}))[0] == 401

    _, _, page = await gateway.call("GET", f"/api/v1/audit-events?action=auth.refused&actor={name}", "auditoria")

    assert [row["reason"] for row in page["items"]] == [None, "second-factor-wrong", "second-factor-missing"]


async def test_a_refresh_is_in_the_trail(gateway: RunningGateway) -> None:
    first = await gateway.sign_in("consulta")
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    _, headers, _ = await gateway.call("POST", "/api/v1/auth/token", data=form)

    path = f"/api/v1/audit-events?request_id={headers['x-request-id']}"
    _, _, page = await gateway.call("GET", path, "auditoria")

    session = session_of(first)
    assert [(row["actor"], row["action"], row["target"]) for row in page["items"]] == [
        ("consulta", "auth.refreshed", f"session:{session}")
    ]
