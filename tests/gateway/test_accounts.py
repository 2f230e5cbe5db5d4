from __future__ import annotations

from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from tests.gateway.conftest import RunningGateway

_numbers = count(1)
PASSWORD = "una frase bastante larga"


def new_name() -> str:
    return f"persona-{next(_numbers)}"


async def invited(gateway: RunningGateway, name: str) -> str:
    body = {"username": name, "name": "Persona de prueba"}
    status, _, created = await gateway.call("POST", "/api/v1/users", "admin", json=body)
    assert status == 201, created
    return str(created["activation_token"])


async def active_user(gateway: RunningGateway) -> str:
    name = new_name()
    body = {"token": await invited(gateway, name), "password": PASSWORD}
    assert (await gateway.call("POST", "/api/v1/auth/activation", json=body))[0] == 204
    gateway.credentials["users"][name] = PASSWORD
    return name


async def give(gateway: RunningGateway, subject: str, **grant: Any) -> dict[str, Any]:
    body = {"subject": subject, "role": "viewer", "dependencia": "DP-AZUAY", "subtree": True, **grant}
    status, headers, created = await gateway.call("POST", "/api/v1/grants", "admin", json=body)
    assert status == 201, created
    return {**created, "etag": headers["etag"]}


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


async def test_a_removed_grant_is_refused_at_the_next_request(gateway: RunningGateway) -> None:
    name = await active_user(gateway)
    given = await give(gateway, name)
    question = "/api/v1/me/can?permission=measurement:read&dependencia=DP-AZUAY-CAC"
    before = await gateway.call("GET", question, name)

    ended = await gateway.call("DELETE", f"/api/v1/grants/{given['id']}", "admin", headers={"If-Match": given["etag"]})
    after = await gateway.call("GET", question, name)
    me = await gateway.call("GET", "/api/v1/me", name)

    assert (before[2]["allowed"], ended[0], after[2]["allowed"]) == (True, 204, False)
    assert me[2]["grants"] == []


@pytest.mark.parametrize(
    ("permission", "dependencia", "allowed", "word"),
    [
        ("measurement:submit", "DP-AZUAY", True, "reporter"),
        ("measurement:submit", "DP-AZUAY-CAC", True, "subordinadas"),
        ("measurement:submit", "DP-GUAYAS", False, "no alcanza"),
        ("measurement:submit", "DP-AZUAYO", False, "no alcanza"),
        ("measurement:submit", "IESS", False, "no alcanza"),
        ("measurement:submit", "NO-SUCH", False, "no alcanza"),
        ("measurement:approve", "DP-AZUAY", False, "Ninguna"),
        ("organisation:read", "DP-GUAYAS", True, "toda la institución"),
    ],
)
async def test_me_can_says_yes_or_no_and_why(
    gateway: RunningGateway, permission: str, dependencia: str, allowed: bool, word: str
) -> None:
    _, _, verdict = await gateway.call(
        "GET", f"/api/v1/me/can?permission={permission}&dependencia={dependencia}", "azuay.reporte"
    )

    assert verdict["allowed"] is allowed
    assert word in verdict["because"]


async def test_nobody_grants_to_themselves(gateway: RunningGateway) -> None:
    body = {"subject": "admin", "role": "auditor", "dependencia": "IESS", "subtree": True}

    status, _, problem = await gateway.call("POST", "/api/v1/grants", "admin", json=body)

    assert (status, problem["code"]) == (422, "grant-to-oneself")


async def test_a_grant_that_would_end_before_it_begins_is_refused(gateway: RunningGateway) -> None:
    body = {"subject": "consulta", "role": "viewer", "dependencia": "DP-AZUAY", "valid_to": "2019-01-01"}

    status, _, problem = await gateway.call("POST", "/api/v1/grants", "admin", json=body)

    assert (status, problem["code"]) == (422, "ends-before-it-begins")


@pytest.mark.parametrize("subtree", ["yes", "true", 1])
async def test_a_grant_reaches_below_only_where_it_says_true(gateway: RunningGateway, subtree: object) -> None:
    body = {"subject": "consulta", "role": "reporter", "dependencia": "DP-AZUAY", "subtree": subtree}

    status, _, problem = await gateway.call("POST", "/api/v1/grants", "admin", json=body)

    assert status == 422
    assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [("/subtree", "invalid-boolean")]


@pytest.mark.parametrize(
    ("dependencia", "subtree", "valid_to", "status"),
    [
        ("DP-AZUAY", True, "2099-01-01", 201),
        ("DP-AZUAY-CAC", False, "2099-01-01", 201),
        ("DP-AZUAY", True, None, 422),
        ("DP-AZUAY", True, "2099-01-02", 422),
        ("DP-GUAYAS", False, "2099-01-01", 422),
        ("DP-AZUAYO", False, "2099-01-01", 422),
        ("IESS", False, "2099-01-01", 422),
        ("NO-SUCH", False, "2099-01-01", 422),
    ],
)
async def test_nobody_grants_beyond_their_own_place_and_dates(
    gateway: RunningGateway, dependencia: str, subtree: bool, valid_to: str | None, status: int
) -> None:
    local = await active_user(gateway)
    await give(gateway, local, role="administrator", valid_to="2099-01-01")
    body = {
        "subject": "consulta",
        "role": "reporter",
        "dependencia": dependencia,
        "subtree": subtree,
        "valid_to": valid_to,
    }

    got, _, answer = await gateway.call("POST", "/api/v1/grants", local, json=body)

    assert got == status, answer
    if got == 201:
        await gateway.call("DELETE", f"/api/v1/grants/{answer['id']}", "admin", headers={"If-Match": "*"})


async def test_a_local_administrator_sees_and_ends_only_grants_of_its_place(gateway: RunningGateway) -> None:
    local, other = await active_user(gateway), await active_user(gateway)
    await give(gateway, local, role="administrator")
    foreign = await give(gateway, other, dependencia="DP-GUAYAS")

    _, _, listed = await gateway.call("GET", "/api/v1/grants?limit=500", local)
    read = await gateway.call("GET", f"/api/v1/grants/{foreign['id']}", local)
    ended = await gateway.call("DELETE", f"/api/v1/grants/{foreign['id']}", local, headers={"If-Match": "*"})

    assert {grant["dependencia"] for grant in listed["items"]} <= {"DP-AZUAY", "DP-AZUAY-CAC"}
    assert (read[0], ended[0]) == (404, 404)


async def test_a_role_is_delegated_for_dates_inside_ones_own_and_no_further(gateway: RunningGateway) -> None:
    helper, third = await active_user(gateway), await active_user(gateway)
    body = {
        "subject": helper,
        "role": "reporter",
        "dependencia": "DP-AZUAY",
        "subtree": True,
        "valid_to": "2099-01-01",
    }

    given = await gateway.call("POST", "/api/v1/me/delegations", "azuay.reporte", json=body)
    wider = await gateway.call("POST", "/api/v1/me/delegations", "azuay.reporte", json={**body, "dependencia": "IESS"})
    other = await gateway.call("POST", "/api/v1/me/delegations", "azuay.reporte", json={**body, "role": "plan_owner"})
    endless = await gateway.call("POST", "/api/v1/me/delegations", "azuay.reporte", json={**body, "valid_to": None})
    onward = await gateway.call("POST", "/api/v1/me/delegations", helper, json={**body, "subject": third})

    assert (given[0], given[2]["source"]) == (201, "delegation")
    assert [status for status, _, _ in (wider, other, endless, onward)] == [422] * 4


async def test_an_integrator_names_what_it_feeds(gateway: RunningGateway) -> None:
    body = {"subject": "sys-azuay", "role": "integrator", "dependencia": "DP-AZUAY"}

    missing = await gateway.call("POST", "/api/v1/grants", "admin", json=body)
    foreign = await gateway.call("POST", "/api/v1/grants", "admin", json={**body, "role": "viewer", "feed": "budget"})

    assert (missing[0], foreign[0]) == (422, 422)


async def test_an_account_takes_no_more_grants_than_a_token_carries(gateway: RunningGateway) -> None:
    name = await active_user(gateway)
    for year in range(2030, 2042):
        last = f"{year}-12-31"  # a grant that lasts no longer than another would be refused
        await give(gateway, name, role="methodologist", dependencia="DP-AZUAY", subtree=False, valid_to=last)
    body = {"subject": name, "role": "viewer", "dependencia": "IESS"}

    status, _, problem = await gateway.call("POST", "/api/v1/grants", "admin", json=body)

    assert (status, problem["code"]) == (409, "too-many-grants")


async def test_auditors_find_who_reaches_a_dependencia(gateway: RunningGateway) -> None:
    _, _, listed = await gateway.call("GET", "/api/v1/grants?reaches=DP-AZUAY-CAC&in_force=true&limit=500", "auditoria")

    subjects = {grant["subject"] for grant in listed["items"]}
    assert {"azuay.reporte", "sys-azuay", "consulta"} <= subjects
    assert "guayas.reporte" not in subjects


async def test_auditors_review_grants_that_nobody_uses(gateway: RunningGateway) -> None:
    await gateway.token("azuay.reporte")
    path = "/api/v1/grants?in_force=true&limit=500&unused_since="

    _, _, never = await gateway.call("GET", path + "2020-01-01", "auditoria")
    _, _, everybody = await gateway.call("GET", path + "2099-01-01", "auditoria")
    _, _, account = await gateway.call("GET", "/api/v1/users/azuay.reporte", "auditoria")

    assert never["items"] == []
    assert "azuay.reporte" in {grant["subject"] for grant in everybody["items"]}
    assert account["last_sign_in_at"].endswith("Z")


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


async def test_a_grant_that_would_add_nothing_is_refused(gateway: RunningGateway) -> None:
    name = await active_user(gateway)
    first = await give(gateway, name, valid_from="2026-01-01", valid_to="2026-12-31")
    body = {"subject": name, "role": "viewer", "dependencia": "DP-AZUAY", "subtree": True}
    year = {"valid_from": "2026-01-01", "valid_to": "2026-12-31"}

    again = await gateway.call("POST", "/api/v1/grants", "admin", json={**body, **year})
    inside = await gateway.call("POST", "/api/v1/grants", "admin", json={**body, **year, "valid_to": "2026-06-30"})
    longer = await gateway.call("POST", "/api/v1/grants", "admin", json={**body, "valid_from": "2026-01-01"})
    other = await gateway.call("POST", "/api/v1/grants", "admin", json={**body, **year, "role": "reporter"})
    await gateway.call("DELETE", f"/api/v1/grants/{first['id']}", "admin", headers={"If-Match": first["etag"]})

    assert [answer[0] for answer in (again, inside, longer, other)] == [409, 409, 201, 201]
    assert again[2]["code"] == "grant-exists"


async def test_nobody_can_do_anything_in_a_dependencia_that_does_not_exist(gateway: RunningGateway) -> None:
    for who, permission in (("consulta", "organisation:read"), ("admin", "user:write"), ("auditoria", "plan:read")):
        path = f"/api/v1/me/can?permission={permission}&dependencia="
        _, _, here = await gateway.call("GET", path + "DP-AZUAY", who)
        _, _, nowhere = await gateway.call("GET", path + "NO-EXISTE", who)

        assert (here["allowed"], nowhere["allowed"]) == (True, False), who
        assert "NO-EXISTE" in nowhere["because"]
