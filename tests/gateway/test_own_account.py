from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.identity.failures import FREE
from gateway.identity.second_factor import STEP_S, code_at, matching_step
from services.kit.clock import FixedClock
from tests.gateway.accounts import PASSWORD, active_user
from tests.gateway.conftest import MakeGateway, RunningGateway

NOON = datetime(2026, 3, 10, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    assert code_at(b"12345678901234567890", seconds // STEP_S) == code


def test_a_code_works_once_and_only_near_its_time() -> None:
    secret, now = b"12345678901234567890", datetime(2026, 3, 10, 12, tzinfo=UTC)
    step = int(now.timestamp()) // STEP_S

    assert matching_step(secret, code_at(secret, step), now, None) == step
    assert matching_step(secret, code_at(secret, step - 1), now, None) == step - 1
    assert matching_step(secret, code_at(secret, step), now, step) is None
    assert matching_step(secret, code_at(secret, step - 1), now, step) is None
    assert matching_step(secret, code_at(secret, step + 5), now, None) is None


async def enrolled(gateway: RunningGateway, name: str) -> bytes:
    _, _, answer = await gateway.call("POST", "/api/v1/me/second-factor", name)
    secret = base64.b32decode(answer["secret"] + "=" * (-len(answer["secret"]) % 8))
    step = int(datetime.now(UTC).timestamp()) // STEP_S
    confirmed, _, problem = await gateway.call(
        "POST", "/api/v1/me/second-factor/confirmation", name, json={"code": code_at(secret, step - 1)}
    )
    assert confirmed == 204, problem
    return secret


async def test_with_a_second_factor_the_password_alone_does_not_sign_in(gateway: RunningGateway) -> None:
    name = await active_user(gateway)
    secret = await enrolled(gateway, name)
    step = int(datetime.now(UTC).timestamp()) // STEP_S
    body: dict[str, Any] = {"username": name, "password": PASSWORD}

    alone = await gateway.call("POST", "/api/v1/auth/login", json=body)
    wrong = await gateway.call("POST", "/api/v1/auth/login", json={**body, "otp": "000000"})
    unknown = await gateway.call("POST", "/api/v1/auth/login", json={**body, "password": "x"})
    right = await gateway.call("POST", "/api/v1/auth/login", json={**body, "otp": code_at(secret, step)})
    again = await gateway.call("POST", "/api/v1/auth/login", json={**body, "otp": code_at(secret, step)})

    assert (alone[0], alone[2]["code"]) == (401, "second-factor-required")
    assert (wrong[0], wrong[2]["code"]) == (401, "invalid-credentials")
    assert unknown[2]["code"] == "invalid-credentials"
    assert (right[0], again[0]) == (200, 401)


async def test_an_administrator_takes_a_lost_second_factor_off(gateway: RunningGateway) -> None:
    name = await active_user(gateway)
    await enrolled(gateway, name)

    foreign = await gateway.call("POST", f"/api/v1/users/{name}/second-factor-reset", "consulta")
    done = await gateway.call("POST", f"/api/v1/users/{name}/second-factor-reset", "admin")
    body = {"username": name, "password": PASSWORD}
    signed_in = await gateway.call("POST", "/api/v1/auth/login", json=body)

    assert (foreign[0], done[0], signed_in[0]) == (403, 204, 200)


async def test_roles_that_approve_need_a_second_factor_where_the_policy_says_so(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(second_factor_roles=["plan_owner"])
    approve = "/api/v1/me/can?permission=measurement:approve&dependencia=DP-AZUAY"
    read = "/api/v1/me/can?permission=measurement:read&dependencia=DP-AZUAY"

    without = [(await gateway.call("GET", path, "azuay.titular"))[2]["allowed"] for path in (approve, read)]
    await enrolled(gateway, "azuay.titular")
    with_it = [(await gateway.call("GET", path, "azuay.titular"))[2]["allowed"] for path in (approve, read)]

    assert (without, with_it) == ([False, True], [True, True])


async def test_a_changed_password_ends_every_session(gateway: RunningGateway) -> None:
    name = await active_user(gateway)
    await gateway.token(name)
    new = "otra frase igual de larga"

    wrong = await gateway.call("POST", "/api/v1/me/password", name, json={"current": "no", "new": new})
    weak = await gateway.call("POST", "/api/v1/me/password", name, json={"current": PASSWORD, "new": "corta"})
    done = await gateway.call("POST", "/api/v1/me/password", name, json={"current": PASSWORD, "new": new})
    after = await gateway.call("GET", "/api/v1/me", name)
    signed_in = await gateway.call("POST", "/api/v1/auth/login", json={"username": name, "password": new})

    assert (wrong[0], weak[0], done[0], after[0], signed_in[0]) == (401, 422, 204, 401, 200)


async def test_an_owner_lists_and_ends_their_sessions_and_nobody_elses(gateway: RunningGateway) -> None:
    name, other = await active_user(gateway), await active_user(gateway)
    second = await gateway.sign_in(name)
    await gateway.token(name)

    _, _, mine = await gateway.call("GET", "/api/v1/me/sessions", name)
    foreign_id = next(s["id"] for s in mine["items"] if not s["is_current"])
    stranger = await gateway.call("DELETE", f"/api/v1/me/sessions/{foreign_id}", other)
    ended = await gateway.call("DELETE", f"/api/v1/me/sessions/{foreign_id}", name)
    headers = {"Authorization": f"Bearer {second['access_token']}"}
    after, _, _ = await gateway.call("GET", "/api/v1/plans", headers=headers)

    assert len(mine["items"]) == 2
    assert [s["is_current"] for s in mine["items"]].count(True) == 1
    assert (stranger[0], ended[0], after) == (404, 204, 401)


async def test_sessions_are_paged_like_every_list(gateway: RunningGateway) -> None:
    name = await active_user(gateway)
    await gateway.sign_in(name)

    _, _, first = await gateway.call("GET", "/api/v1/me/sessions?limit=1&include_total=true&fields=id", name)
    cursor = first["next_cursor"]
    _, _, second = await gateway.call("GET", f"/api/v1/me/sessions?limit=1&fields=id&cursor={cursor}", name)

    assert (first["total"], second["next_cursor"]) == (2, None)
    assert first["items"] != second["items"]


async def test_clients_have_no_password_and_no_second_factor(gateway: RunningGateway) -> None:
    enrol = await gateway.call("POST", "/api/v1/me/second-factor", "sys-azuay")
    change = await gateway.call("POST", "/api/v1/me/password", "sys-azuay", json={"current": "a", "new": "b"})

    assert (enrol[0], change[0]) == (403, 403)


async def test_a_changed_password_and_a_sign_out_are_told_again_to_who_lost_the_answer(gateway: RunningGateway) -> None:
    """The repetition comes with a token whose session the first request ended."""
    name, new = await active_user(gateway), "otra frase igual de larga"
    tokens = [(await gateway.sign_in(name))["access_token"] for _ in range(2)]
    change = {"current": PASSWORD, "new": new}

    async def post(path: str, token: str, key: str | None, body: Any = None) -> tuple[int, str | None]:
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key is not None else {})
        rest = {} if body is None else {"json": body}
        status, answered, _ = await gateway.call("POST", f"/api/v1/{path}", headers=headers, **rest)
        return status, answered.get("idempotency-replayed")

    assert await post("auth/logout", tokens[0], "salida") == (204, None)
    assert await post("auth/logout", tokens[0], "salida") == (204, "true")
    assert await post("me/password", tokens[1], "cambio", change) == (204, None)
    assert await post("me/password", tokens[1], "cambio", change) == (204, "true")
    assert await post("me/password", tokens[1], "cambio", {**change, "new": "una tercera frase larga"}) == (422, None)
    # With an ended session nothing else is done, and without the key it is not even looked for.
    assert await post("me/password", tokens[1], "otra", {"current": new, "new": PASSWORD}) == (401, None)
    assert await post("me/second-factor", tokens[1], "cambio") == (401, None)
    for key in (None, "desconocida"):
        assert await post("auth/logout", tokens[0], key) == (401, None)
    renewed = await gateway.call("POST", "/api/v1/auth/login", json={"username": name, "password": new})
    assert await post("me/password", renewed[2]["access_token"], "cambio", change) == (204, "true")
    disabled = {"json": {"status": "disabled"}, "headers": {"If-Match": "*"}}
    await gateway.call("PATCH", f"/api/v1/users/{name}", "admin", **disabled)
    assert await post("auth/logout", tokens[0], "salida") == (401, None)


async def test_what_is_kept_of_a_password_under_a_key_is_as_slow_to_guess_as_its_hash(gateway: RunningGateway) -> None:
    name, new = await active_user(gateway), "otra frase igual de larga"
    token, key = await gateway.token(name), "cambio"
    change = {"current": PASSWORD, "new": new}
    passwords = gateway.context.passwords

    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    await gateway.call("POST", "/api/v1/me/password", headers=headers, json=change)

    row = await gateway.context.database.pool.fetchrow(
        "SELECT key, request_digest, body FROM gateway.idempotency_keys WHERE subject = $1 AND key = $2", name, key
    )
    assert row is not None
    stretched = await passwords.slow_digest(json.dumps(change, separators=(",", ":")).encode(), f"{name}\n{key}")
    target = b"POST /api/v1/me/password?\n"
    assert row["request_digest"] == hashlib.sha256(target + stretched).hexdigest()
    assert row["body"] == b""


async def test_guesses_at_a_password_under_a_known_key_are_counted(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(clock=FixedClock(NOON))  # so that no pause is over before the next guess
    name, key = await active_user(gateway), "1"
    token = await gateway.token(name)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    change = {"current": PASSWORD, "new": "otra frase igual de larga"}
    await gateway.call("POST", "/api/v1/me/password", headers=headers, json=change)

    guesses = [
        (
            await gateway.call(
                "POST", "/api/v1/me/password", headers=headers, json={**change, "new": f"adivinanza larga {number}"}
            )
        )[0]
        for number in range(12)
    ]

    assert guesses == [422] * FREE + [422, 429]
