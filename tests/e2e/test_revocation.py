"""On real processes: what was taken away is refused at the next request, on every service, remembered or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.installation import Installation

pytestmark = [pytest.mark.e2e, pytest.mark.proof]
PASSWORD = "una frase bastante larga"
# One address of each service; the first is remembered in memory, so is its answer.
PLACES = (
    "/api/v1/dependencias?limit=5",
    "/api/v1/plans?limit=5",
    "/api/v1/assignments?plan=POA-2019&dependencia=DP-AZUAY&limit=5",
    "/api/v1/scorecards/DP-AZUAY?plan=POA-2019&period=2019-01",
    "/api/v1/me",
    "/api/v1/events?limit=5",
)
ON_AZUAY = PLACES[2:4]


def sign_in(installation: Installation, name: str) -> Callable[..., int]:
    """A call as the person; the access token stays the same until the end."""
    answer = installation.call("POST", "/api/v1/auth/login", who=None, body={"username": name, "password": PASSWORD})
    assert answer.status == 200, answer.body
    headers = {"Authorization": f"Bearer {answer.body['access_token']}"}
    return lambda path: installation.call("GET", path, who=None, headers=headers).status


def new_reporter(installation: Installation, name: str) -> dict[str, Any]:
    """Signs up somebody who reports for Azuay. Returns the grant and its ETag."""
    invited = installation.call("POST", "/api/v1/users", who="admin", body={"username": name, "name": name})
    token = invited.body["activation_token"]
    body = {"token": token, "password": PASSWORD}
    assert installation.call("POST", "/api/v1/auth/activation", who=None, body=body).status == 204
    grant = {"subject": name, "role": "reporter", "dependencia": "DP-AZUAY", "subtree": True}
    given = installation.call("POST", "/api/v1/grants", who="admin", body=grant)
    assert given.status == 201, given.body
    return {"path": f"/api/v1/grants/{given.body['id']}", "etag": given.headers["etag"]}


def test_what_is_taken_away_is_refused_at_the_next_request(platform: Installation) -> None:
    grant = new_reporter(platform, "ana.revocada")
    get = sign_in(platform, "ana.revocada")
    first, again = [get(path) for path in PLACES], [get(path) for path in PLACES]

    headers = {"If-Match": grant["etag"]}
    assert platform.call("DELETE", grant["path"], who="admin", headers=headers).status == 204
    without_grant = [get(path) for path in ON_AZUAY]
    account = platform.call("GET", "/api/v1/users/ana.revocada", who="admin")
    disabled = platform.call(
        "PATCH",
        "/api/v1/users/ana.revocada",
        who="admin",
        body={"status": "disabled"},
        headers={"If-Match": account.headers["etag"]},
    )

    assert first == again == [200] * len(PLACES)
    assert all(status in (403, 404) for status in without_grant), without_grant
    assert disabled.status == 200
    assert [get(path) for path in PLACES] == [401] * len(PLACES)


def test_a_session_that_its_owner_ends_is_over_everywhere_at_once(platform: Installation) -> None:
    new_reporter(platform, "eva.sesiones")
    here, there = sign_in(platform, "eva.sesiones"), sign_in(platform, "eva.sesiones")
    body = {"username": "eva.sesiones", "password": PASSWORD}
    own = platform.call("POST", "/api/v1/auth/login", who=None, body=body).body
    headers = {"Authorization": f"Bearer {own['access_token']}"}
    listed = platform.call("GET", "/api/v1/me/sessions", who=None, headers=headers).body["items"]
    others = [session["id"] for session in listed if not session["is_current"]]

    ended = [
        platform.call("DELETE", f"/api/v1/me/sessions/{session}", who=None, headers=headers).status
        for session in others
    ]

    assert (len(others), ended) == (2, [204, 204])
    assert [get(path) for get in (here, there) for path in PLACES] == [401] * 2 * len(PLACES)
    assert platform.call("GET", PLACES[0], who=None, headers=headers).status == 200


def test_a_refresh_token_that_comes_back_ends_its_family(platform: Installation) -> None:
    new_reporter(platform, "luz.familia")
    body = {"username": "luz.familia", "password": PASSWORD}
    first = platform.call("POST", "/api/v1/auth/login", who=None, body=body).body

    def refresh(token: str) -> Any:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return platform.call("POST", "/api/v1/auth/token", who=None, form=form)

    second = refresh(first["refresh_token"])
    stolen = refresh(first["refresh_token"])
    headers = {"Authorization": f"Bearer {second.body['access_token']}"}

    assert (second.status, stolen.status) == (200, 401)
    assert refresh(second.body["refresh_token"]).status == 401
    assert [platform.call("GET", path, who=None, headers=headers).status for path in PLACES] == [401] * len(PLACES)
