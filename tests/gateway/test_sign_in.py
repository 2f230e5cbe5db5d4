from __future__ import annotations

import asyncio

import pytest

from tests.gateway.accounts import session_of
from tests.gateway.conftest import RunningGateway


async def test_a_user_signs_in_and_is_told_who_it_is(gateway: RunningGateway) -> None:
    answer = await gateway.sign_in("azuay.reporte")

    status, _, me = await gateway.call("GET", "/api/v1/me", "azuay.reporte")

    assert set(answer) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 600)
    assert status == 200
    assert (me["subject"], me["kind"], me["name"]) == ("azuay.reporte", "user", "Reporte de Azuay")
    assert me["grants"][0]["role"] == "reporter"
    assert (me["grants"][0]["dependencia"], me["grants"][0]["subtree"]) == ("DP-AZUAY", True)
    assert me["grants"][0]["valid_to"] is None


async def test_a_client_signs_in_with_its_secret(gateway: RunningGateway) -> None:
    answer = await gateway.sign_in("sys-azuay")

    assert answer["refresh_token"] is None


@pytest.mark.parametrize(
    ("username", "password"), [("azuay.reporte", "wrong-password"), ("nobody", "wrong-password"), ("sys-azuay", "x")]
)
async def test_wrong_credentials_get_one_and_the_same_401(
    gateway: RunningGateway, username: str, password: str
) -> None:
    body = {"username": username, "password": password}

    status, headers, problem = await gateway.call("POST", "/api/v1/auth/login", json=body)

    assert (status, problem["code"]) == (401, "invalid-credentials")
    assert headers["content-type"] == "application/problem+json"
    assert headers["www-authenticate"].startswith("Bearer")


async def test_a_refresh_token_works_once_and_its_reuse_ends_the_family(gateway: RunningGateway) -> None:
    first = await gateway.sign_in("consulta")
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}

    status, _, second = await gateway.call("POST", "/api/v1/auth/token", data=form)
    reused, _, problem = await gateway.call("POST", "/api/v1/auth/token", data=form)
    form["refresh_token"] = second["refresh_token"]
    after, _, _ = await gateway.call("POST", "/api/v1/auth/token", data=form)
    headers = {"Authorization": f"Bearer {second['access_token']}"}
    me, _, _ = await gateway.call("GET", "/api/v1/me", headers=headers)

    assert status == 200
    assert (reused, problem["code"]) == (401, "invalid-refresh-token")
    assert (after, me) == (401, 401)


async def test_signing_out_ends_the_session_and_its_tokens(gateway: RunningGateway) -> None:
    answer = await gateway.sign_in("consulta")
    headers = {"Authorization": f"Bearer {answer['access_token']}"}

    status, _, _ = await gateway.call("POST", "/api/v1/auth/logout", headers=headers)
    form = {"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}
    refreshed, _, _ = await gateway.call("POST", "/api/v1/auth/token", data=form)
    forwarded, _, _ = await gateway.call("GET", "/api/v1/plans", headers=headers)

    assert (status, refreshed, forwarded) == (204, 401, 401)


async def test_failures_slow_a_name_down_whether_it_exists_or_not(gateway: RunningGateway) -> None:
    for name in ("azuay.titular", "nobody-at-all"):
        body = {"username": name, "password": "wrong"}
        # On a slow machine a pause of a second may be over before the next attempt; the stop after twenty is not.
        statuses: list[int] = []
        while not statuses or (statuses[-1] == 401 and len(statuses) <= 20):
            status, headers, _ = await gateway.call("POST", "/api/v1/auth/login", json=body)
            statuses.append(status)

        assert statuses[:10] == [401] * 10
        assert statuses[-1] == 429
        assert int(headers["retry-after"]) >= 1


async def test_guesses_in_parallel_cannot_pass_the_limit_together(gateway: RunningGateway) -> None:
    body = {"username": "parallel-guess", "password": "wrong"}

    answers = await asyncio.gather(*(gateway.call("POST", "/api/v1/auth/login", json=body) for _ in range(30)))

    assert sum(status == 401 for status, _, _ in answers) <= 11


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("grant_type=password&username=a&password=b", 400, "unsupported-grant-type"),
        ("grant_type=client_credentials", 422, "invalid"),
        ("grant_type=refresh_token&refresh_token=x&scope=all", 422, "invalid"),
        ("grant_type=refresh_token&grant_type=client_credentials", 422, "invalid"),
        ("grant_type=refresh_token&refresh_token=x", 401, "invalid-refresh-token"),
        ("grant_type=refresh_token&refresh_token=%ff", 400, "bad-request"),
        ("nonsense", 400, "bad-request"),
        ("", 400, "unsupported-grant-type"),
    ],
)
async def test_a_malformed_token_request_is_named(gateway: RunningGateway, body: str, status: int, code: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    got, _, problem = await gateway.call("POST", "/api/v1/auth/token", data=body, headers=headers)

    assert (got, problem["code"]) == (status, code)


async def test_a_service_gets_an_inner_token_with_its_own_secret_only(gateway: RunningGateway) -> None:
    body = {"client_id": "svc-plans", "client_secret": "plans-secret", "audience": "orgchart"}

    good = await gateway.call("POST", "/internal/service-token", json=body)
    wrong = await gateway.call("POST", "/internal/service-token", json={**body, "client_secret": "x"})
    unknown = await gateway.call("POST", "/internal/service-token", json={**body, "client_id": "x"})

    assert (good[0], wrong[0], unknown[0]) == (200, 401, 401)
    assert set(good[2]) == {"access_token", "expires_in"}


async def test_who_reads_the_id_of_a_session_in_the_trail_cannot_end_it(gateway: RunningGateway) -> None:
    signed_in = await gateway.sign_in("consulta")
    name, _, _ = signed_in["refresh_token"].partition(".")
    _, _, page = await gateway.call("GET", "/api/v1/audit-events?actor=consulta&action=auth.signed-in", "auditoria")
    session = page["items"][0]["detail"]["session"]

    made_up = {"grant_type": "refresh_token", "refresh_token": f"{session}.adivinado"}
    guessed, _, _ = await gateway.call("POST", "/api/v1/auth/token", data=made_up)
    form = {"grant_type": "refresh_token", "refresh_token": signed_in["refresh_token"]}
    refreshed, _, _ = await gateway.call("POST", "/api/v1/auth/token", data=form)

    assert session == session_of(signed_in)
    assert name not in str(page)
    assert (guessed, refreshed) == (401, 200)
