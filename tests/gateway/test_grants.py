"""Who may do what where: given, bounded by who gives, taken away at the next request, found by auditors."""

from __future__ import annotations

import pytest

from tests.gateway.accounts import active_user, give
from tests.gateway.conftest import RunningGateway


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


async def test_a_delegation_stands_in_nobodys_way_but_its_givers(gateway: RunningGateway) -> None:
    first, second, helper = [await active_user(gateway) for _ in range(3)]
    for giver in (first, second):
        await give(gateway, giver, role="plan_owner")
    place = {"subject": helper, "role": "plan_owner", "dependencia": "DP-AZUAY", "subtree": True}
    body = {**place, "valid_to": "2099-01-01"}
    question = "/api/v1/me/can?permission=measurement:approve&dependencia=DP-AZUAY"

    given = await gateway.call("POST", "/api/v1/me/delegations", first, json=body)
    again = await gateway.call("POST", "/api/v1/me/delegations", first, json=body)
    disabled = {"json": {"status": "disabled"}, "headers": {"If-Match": "*"}}
    await gateway.call("PATCH", f"/api/v1/users/{first}", "admin", **disabled)
    fallen = await gateway.call("GET", question, helper)
    other = await gateway.call("POST", "/api/v1/me/delegations", second, json=body)
    held = await gateway.call("GET", question, helper)
    lasting = await gateway.call("POST", "/api/v1/grants", "admin", json=body)

    assert [answer[0] for answer in (given, again, other, lasting)] == [201, 409, 201, 201]
    assert (fallen[2]["allowed"], held[2]["allowed"]) == (False, True)
