"""Signing in with an OpenID Connect provider that runs as a process of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.identity import provider as provider_module
from gateway.identity import signin as signin_module
from gateway.identity.failures import begin_attempt
from gateway.identity.second_factor import STEP_S, code_at
from tests.gateway.conftest import MakeGateway, RunningGateway
from tests.gateway.elsewhere import sign_in
from tests.gateway.oidc_provider import REDIRECT, fault
from tests.gateway.test_own_account import enrolled


async def test_a_linked_identity_signs_in_as_its_account(linked: RunningGateway) -> None:
    status, tokens, _ = await sign_in(linked)

    _, _, me = await linked.call("GET", "/api/v1/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert (status, me["subject"]) == (200, "consulta")
    assert tokens["refresh_token"]


async def test_an_identity_without_an_account_is_told_so(linked: RunningGateway) -> None:
    status, problem, _ = await sign_in(linked, "stranger")

    assert (status, problem["code"]) == (403, "identity-not-linked")


async def test_what_was_brought_back_works_once(linked: RunningGateway) -> None:
    _, _, brought = await sign_in(linked)

    status, _, problem = await linked.call("POST", "/api/v1/auth/oidc/tokens", json=brought)
    invented, _, _ = await linked.call("POST", "/api/v1/auth/oidc/tokens", json={**brought, "state": "invented"})

    assert (status, problem["code"], invented) == (401, "unknown-sign-in", 401)


@pytest.mark.parametrize(
    "name", ["nonce", "audience", "audiences", "expired", "token-issuer", "none", "hs256", "signature"]
)
async def test_a_forged_identity_is_refused(linked: RunningGateway, provider_url: str, name: str) -> None:
    await fault(provider_url, name)

    status, problem, _ = await sign_in(linked)

    assert (status, problem["code"]) == (401, "identity-refused")


async def test_new_keys_of_the_provider_are_found(
    linked: RunningGateway, provider_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_module, "REFETCH_S", 0.0)
    await sign_in(linked)
    await fault(provider_url, "rotate")

    status, _, _ = await sign_in(linked)

    assert status == 200


@pytest.mark.parametrize("outage", ["no-jwks", "maintenance"])
async def test_known_keys_outlive_an_outage_of_the_key_document(
    linked: RunningGateway, provider_url: str, monkeypatch: pytest.MonkeyPatch, outage: str
) -> None:
    await sign_in(linked)
    monkeypatch.setattr(provider_module, "FRESH_S", 0.0)
    await fault(provider_url, outage)

    status, _, _ = await sign_in(linked)

    assert status == 200


async def test_without_the_provider_passwords_still_work(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(oidc_issuer="http://127.0.0.1:9", oidc_redirect_uri=REDIRECT)

    status, problem, _ = await sign_in(gateway)

    assert (status, problem["code"]) == (503, "identity-provider-unavailable")
    assert await gateway.token("consulta")


async def test_a_provider_that_names_another_issuer_is_not_used(linked: RunningGateway, provider_url: str) -> None:
    await fault(provider_url, "issuer")

    status, problem, _ = await sign_in(linked)

    assert (status, problem["code"]) == (503, "identity-provider-unavailable")


async def test_without_configuration_there_is_no_such_sign_in(gateway: RunningGateway) -> None:
    status, _, problem = await gateway.call("POST", "/api/v1/auth/oidc/authorizations")

    assert (status, problem["code"]) == (404, "no-identity-provider")


async def test_a_disabled_account_does_not_come_in_this_way_either(linked: RunningGateway) -> None:
    disabled = await linked.call(
        "PATCH", "/api/v1/users/consulta", "admin", json={"status": "disabled"}, headers={"If-Match": "*"}
    )

    status, problem, _ = await sign_in(linked)

    assert (disabled[0], status, problem["code"]) == (200, 403, "identity-not-linked")


async def test_an_answer_of_the_provider_that_comes_in_pieces_is_read_whole(
    linked: RunningGateway, provider_url: str
) -> None:
    await fault(provider_url, "pieces")

    status, answer, _ = await sign_in(linked)

    assert status == 200, answer


async def test_the_provider_stands_for_the_password_and_not_for_the_second_factor(linked: RunningGateway) -> None:
    secret = await enrolled(linked, "consulta")
    code = code_at(secret, int(datetime.now(UTC).timestamp()) // STEP_S)

    without = await sign_in(linked)
    wrong = await sign_in(linked, otp="000000")
    right = await sign_in(linked, otp=code)
    again = await sign_in(linked, otp=code)

    assert (without[0], without[1]["code"]) == (401, "second-factor-required")
    assert (wrong[0], right[0], again[0]) == (401, 200, 401)


async def test_an_account_without_a_password_is_enabled_again(linked: RunningGateway) -> None:
    assert (await linked.call("POST", "/api/v1/users", "admin", json={"username": "jose", "name": "José"}))[0] == 201
    link = {"external_subject": "jose@provider"}
    assert (await linked.call("PUT", "/api/v1/users/jose/external-identity", "admin", json=link))[0] == 204
    assert (await sign_in(linked, "jose@provider"))[0] == 200

    for status in ("disabled", "active"):
        change = {"json": {"status": status}, "headers": {"If-Match": "*"}}
        assert (await linked.call("PATCH", "/api/v1/users/jose", "admin", **change))[0] == 200

    assert (await sign_in(linked, "jose@provider"))[0] == 200


async def test_refused_identities_are_in_the_trail_without_their_name(
    linked: RunningGateway, provider_url: str
) -> None:
    await sign_in(linked, "stranger@iess.example")
    await fault(provider_url, "nonce")
    await sign_in(linked)

    _, _, page = await linked.call("GET", "/api/v1/audit-events?action=auth.refused", "auditoria")

    assert [row["reason"] for row in page["items"]] == ["identity-refused", "identity-not-linked"]
    assert {row["actor"].partition(":")[0] for row in page["items"]} == {"unknown"}
    assert "stranger" not in str(page)


async def me(gateway: RunningGateway, tokens: dict[str, Any]) -> int:
    status, _, _ = await gateway.call(
        "GET", "/api/v1/me", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    return status


async def test_an_unlinked_identity_ends_its_sessions_and_comes_in_no_more(linked: RunningGateway) -> None:
    _, elsewhere, _ = await sign_in(linked)
    by_password = await linked.sign_in("consulta")
    path = "/api/v1/users/consulta/external-identity"

    _, headers, known = await linked.call("GET", path, "admin")
    forbidden, _, _ = await linked.call("DELETE", path, "auditoria", headers={"If-Match": "*"})
    unread, _, _ = await linked.call("DELETE", path, "admin")
    stale, _, _ = await linked.call("DELETE", path, "admin", headers={"If-Match": '"otra"'})
    done, _, _ = await linked.call("DELETE", path, "admin", headers={"If-Match": headers["etag"]})
    gone, _, problem = await linked.call("GET", path, "admin")
    again, refusal, _ = await sign_in(linked)

    assert (known["external_subject"], known["linked_by"]) == ("maria", "admin")
    assert (forbidden, unread, stale, done) == (403, 428, 412, 204)
    assert (gone, problem["code"]) == (404, "no-linked-identity")
    assert (again, refusal["code"]) == (403, "identity-not-linked")
    assert (await me(linked, elsewhere), await me(linked, by_password)) == (401, 200)
    refreshed = await linked.call(
        "POST",
        "/api/v1/auth/token",
        data={"grant_type": "refresh_token", "refresh_token": elsewhere["refresh_token"]},
    )
    assert refreshed[0] == 401


async def test_owners_unlink_their_identity_when_they_prove_again_who_they_are(linked: RunningGateway) -> None:
    _, elsewhere, _ = await sign_in(linked)
    by_password = await linked.sign_in("consulta")
    password = linked.credentials["users"]["consulta"]
    mine = {"Authorization": f"Bearer {by_password['access_token']}"}
    path = "/api/v1/me/external-identity"

    _, _, known = await linked.call("GET", path, headers=mine)
    wrong, _, _ = await linked.call("POST", f"{path}/removal", headers=mine, json={"password": "no"})
    still = await me(linked, elsewhere)
    key = {**mine, "Idempotency-Key": "quitar"}
    done, _, _ = await linked.call("POST", f"{path}/removal", headers=key, json={"password": password})
    repeated, answered, _ = await linked.call("POST", f"{path}/removal", headers=key, json={"password": password})
    gone, _, _ = await linked.call("POST", f"{path}/removal", headers=mine, json={"password": password})
    _, _, none = await linked.call("GET", path, headers=mine)

    assert known["external_subject"] == "maria"
    assert (wrong, still, done, gone) == (401, 200, 204, 404)
    assert none == dict.fromkeys(known)
    assert (repeated, answered["idempotency-replayed"]) == (204, "true")
    assert (await me(linked, elsewhere), await me(linked, by_password)) == (401, 200)
    _, _, page = await linked.call("GET", "/api/v1/audit-events?action=account.identity-unlinked", "auditoria")
    [row] = page["items"]
    assert (row["actor"], row["target"]) == ("consulta", "account:consulta")
    assert row["before_digest"] != row["after_digest"]


async def test_owners_with_a_second_factor_prove_that_too(linked: RunningGateway) -> None:
    secret = await enrolled(linked, "consulta")
    body: dict[str, Any] = {"password": linked.credentials["users"]["consulta"]}
    path = "/api/v1/me/external-identity/removal"

    without = await linked.call("POST", path, "consulta", json=body)
    wrong = await linked.call("POST", path, "consulta", json={**body, "otp": "000000"})
    code = code_at(secret, int(datetime.now(UTC).timestamp()) // STEP_S)
    right = await linked.call("POST", path, "consulta", json={**body, "otp": code})

    assert (without[0], without[2]["code"]) == (401, "second-factor-required")
    assert (wrong[0], right[0]) == (401, 204)


async def test_nobody_unlinks_the_only_way_into_their_account(linked: RunningGateway) -> None:
    assert (await linked.call("POST", "/api/v1/users", "admin", json={"username": "jose", "name": "José"}))[0] == 201
    path = "/api/v1/users/jose/external-identity"
    await linked.call("PUT", path, "admin", json={"external_subject": "jose@provider"})
    _, tokens, _ = await sign_in(linked, "jose@provider")
    mine = {"Authorization": f"Bearer {tokens['access_token']}"}

    own = await linked.call(
        "POST", "/api/v1/me/external-identity/removal", headers=mine, json={"password": "cualquiera"}
    )
    by_admin = await linked.call("DELETE", path, "admin", headers={"If-Match": "*"})
    _, _, account = await linked.call("GET", "/api/v1/users/jose", "admin")
    invited, _, _ = await linked.call("POST", "/api/v1/users/jose/activation", "admin")

    assert (own[0], own[2]["code"]) == (409, "only-identity")
    assert (by_admin[0], account["status"], invited) == (204, "invited", 200)


async def test_administrators_prove_who_they_are_for_their_own_identity(linked: RunningGateway) -> None:
    path = "/api/v1/users/admin/external-identity"
    await linked.call("PUT", path, "admin", json={"external_subject": "la-administradora"})

    status, _, problem = await linked.call("DELETE", path, "admin", headers={"If-Match": "*"})

    assert (status, problem["code"]) == (403, "forbidden")


async def test_another_identity_ends_the_sessions_of_the_one_before(linked: RunningGateway) -> None:
    _, elsewhere, _ = await sign_in(linked)
    path, link = "/api/v1/users/consulta/external-identity", {"external_subject": "maria.nueva"}

    unread, _, _ = await linked.call("PUT", path, "admin", json=link)
    done, _, _ = await linked.call("PUT", path, "admin", json=link, headers={"If-Match": "*"})

    assert (unread, done, await me(linked, elsewhere)) == (428, 204, 401)
    assert (await sign_in(linked))[0] == 403
    assert (await sign_in(linked, "maria.nueva"))[0] == 200


async def test_a_sign_in_under_way_does_not_outlive_its_link(
    linked: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = begin_attempt

    async def unlinked_meanwhile(*arguments: Any) -> int:
        await linked.call("DELETE", "/api/v1/users/consulta/external-identity", "admin", headers={"If-Match": "*"})
        return await begin(*arguments)

    await linked.token("admin")
    monkeypatch.setattr(signin_module, "begin_attempt", unlinked_meanwhile)

    status, problem, _ = await sign_in(linked)

    assert (status, problem["code"]) == (401, "invalid-credentials")
