from __future__ import annotations

from uuid import uuid4

import pytest

from tests.gateway.accounts import PASSWORD, active_user, invited, new_name
from tests.gateway.conftest import RunningGateway


async def test_an_invited_user_sets_a_password_and_signs_in(gateway: RunningGateway) -> None:
    name = await active_user(gateway)

    status, _, me = await gateway.call("GET", "/api/v1/me", name)

    assert (status, me["grants"]) == (200, [])


async def test_an_activation_token_works_once(gateway: RunningGateway) -> None:
    token = await invited(gateway, new_name())
    body = {"token": token, "password": PASSWORD}

    first = await gateway.call("POST", "/api/v1/auth/activation", json=body)
    second = await gateway.call("POST", "/api/v1/auth/activation", json=body)

    assert (first[0], second[0], second[2]["code"]) == (204, 422, "invalid-activation")


@pytest.mark.parametrize("password", ["corta", "a" * 257])
async def test_a_weak_password_is_refused(gateway: RunningGateway, password: str) -> None:
    body = {"token": await invited(gateway, new_name()), "password": password}

    status, _, problem = await gateway.call("POST", "/api/v1/auth/activation", json=body)

    assert (status, problem["code"]) == (422, "weak-password")


async def test_a_disabled_account_is_refused_at_the_next_request_on_every_service(gateway: RunningGateway) -> None:
    name = await active_user(gateway)
    before = await gateway.call("GET", "/api/v1/plans", name)
    _, headers, _ = await gateway.call("GET", f"/api/v1/users/{name}", "admin")

    changed = await gateway.call(
        "PATCH", f"/api/v1/users/{name}", "admin", json={"status": "disabled"}, headers={"If-Match": headers["etag"]}
    )
    after = [
        (await gateway.call("GET", f"/api/v1/{path}", name))[0]
        for path in ("plans", "dependencias", "indicators", "me", "catalogs")
    ]
    body = {"username": name, "password": PASSWORD}
    again, _, problem = await gateway.call("POST", "/api/v1/auth/login", json=body)

    assert (before[0], changed[0], changed[2]["status"]) == (200, 200, "disabled")
    assert after == [401] * 5
    assert (again, problem["code"]) == (401, "invalid-credentials")


async def test_a_change_needs_the_version_that_was_read(gateway: RunningGateway) -> None:
    name = await active_user(gateway)
    path, change = f"/api/v1/users/{name}", {"name": "Otro nombre"}

    missing = await gateway.call("PATCH", path, "admin", json=change)
    stale = await gateway.call("PATCH", path, "admin", json=change, headers={"If-Match": '"old"'})

    assert (missing[0], missing[2]["code"]) == (428, "precondition-required")
    assert (stale[0], stale[2]["code"]) == (412, "stale-version")


async def test_nobody_disables_their_own_account(gateway: RunningGateway) -> None:
    _, headers, _ = await gateway.call("GET", "/api/v1/users/admin", "admin")

    status, _, problem = await gateway.call(
        "PATCH", "/api/v1/users/admin", "admin", json={"status": "disabled"}, headers={"If-Match": headers["etag"]}
    )

    assert (status, problem["code"]) == (409, "own-account")


@pytest.mark.parametrize("who", ["dnpl.metodologia", "azuay.titular", "consulta", "sys-azuay"])
async def test_only_administrators_create_accounts(gateway: RunningGateway, who: str) -> None:
    body = {"username": new_name(), "name": "x"}

    status, _, problem = await gateway.call("POST", "/api/v1/users", who, json=body)

    assert (status, problem["code"]) == (403, "forbidden")


async def test_a_name_is_never_used_twice_for_users_and_clients_alike(gateway: RunningGateway) -> None:
    status, _, problem = await gateway.call(
        "POST", "/api/v1/clients", "admin", json={"client_id": "azuay.reporte", "name": "x"}
    )

    assert (status, problem["code"]) == (409, "subject-taken")


async def test_a_clients_new_secret_replaces_the_old_one(gateway: RunningGateway) -> None:
    client_id = f"sys-{new_name()}"
    _, _, made = await gateway.call("POST", "/api/v1/clients", "admin", json={"client_id": client_id, "name": "x"})
    _, _, rotated = await gateway.call("POST", f"/api/v1/clients/{client_id}/secret", "admin")
    form = {"grant_type": "client_credentials", "client_id": client_id}

    old = await gateway.call("POST", "/api/v1/auth/token", data={**form, "client_secret": made["client_secret"]})
    new = await gateway.call("POST", "/api/v1/auth/token", data={**form, "client_secret": rotated["client_secret"]})

    assert (old[0], new[0]) == (401, 200)


async def test_a_repeated_invitation_with_one_key_creates_once_and_hides_the_secret(gateway: RunningGateway) -> None:
    body, headers = {"username": new_name(), "name": "x"}, {"Idempotency-Key": str(uuid4())}

    first = await gateway.call("POST", "/api/v1/users", "admin", json=body, headers=headers)
    again = await gateway.call("POST", "/api/v1/users", "admin", json=body, headers=headers)

    assert (first[0], again[0]) == (201, 201)
    assert again[1]["idempotency-replayed"] == "true"
    assert first[2]["activation_token"]
    assert again[2] == {**first[2], "activation_token": None}


async def test_the_trail_names_who_did_what_and_holds_no_secret(gateway: RunningGateway) -> None:
    name = new_name()
    token = await invited(gateway, name)

    status, _, page = await gateway.call("GET", f"/api/v1/audit-events?target=account:{name}", "auditoria")
    verdict = await gateway.call("GET", "/api/v1/audit-events/verify", "auditoria")
    refused = await gateway.call("GET", "/api/v1/audit-events", "admin")

    assert status == 200
    assert {(row["actor"], row["action"]) for row in page["items"]} == {
        ("admin", "account.created"),
        ("admin", "account.invited"),
    }
    assert token not in str(page)
    assert verdict[2]["intact"] is True
    assert verdict[2]["checked"] > 0
    assert refused[0] == 403


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("/api/v1/users?status=zzz", "admin"),
        ("/api/v1/clients?status=zzz", "admin"),
        ("/api/v1/audit-events?chain=zzz", "auditoria"),
        ("/api/v1/audit-events?outcome=zzz", "auditoria"),
    ],
)
async def test_a_value_outside_a_filters_list_is_refused(gateway: RunningGateway, path: str, who: str) -> None:
    status, _, problem = await gateway.call("GET", path, who)

    assert (status, problem["errors"][0]["code"]) == (422, "unknown-value")
