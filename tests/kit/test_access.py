from __future__ import annotations

import pytest
from fastapi import APIRouter, FastAPI

from services.kit.access import Caller, Grant, Public, UndeclaredPermission, caller_from_claims
from services.kit.problems import Unauthorized
from tests.kit.apps import make_app


def test_a_route_without_a_declared_permission_stops_the_start() -> None:
    careless = APIRouter()

    @careless.get("/api/v1/careless")
    async def careless_route() -> None: ...

    with pytest.raises(UndeclaredPermission, match="/api/v1/careless"):
        make_app([careless])


def test_a_route_hidden_in_an_included_router_is_found_too() -> None:
    inner, outer = APIRouter(), APIRouter()

    @inner.get("/deep")
    async def deep_route() -> None: ...

    outer.include_router(inner, prefix="/api/v1")
    with pytest.raises(UndeclaredPermission, match="/api/v1/deep"):
        make_app([outer])


def test_a_mounted_application_is_refused() -> None:
    app = FastAPI()
    outer = APIRouter()
    outer.mount("/api/v1/mounted", app)

    with pytest.raises(UndeclaredPermission):
        make_app([outer])


def test_a_public_route_may_start() -> None:
    open_routes = APIRouter()

    @open_routes.get("/api/v1/open", dependencies=[Public])
    async def open_route() -> None: ...

    app = make_app([open_routes])

    assert app.state.permissions["GET", "/api/v1/open"] == ()


def test_scopes_keep_single_units_apart_from_subtrees() -> None:
    caller = Caller(
        "u",
        "user",
        "U",
        (
            Grant(frozenset({"measurement:read"}), "DP-AZUAY", subtree=True),
            Grant(frozenset({"measurement:read", "plan:write"}), "DNPL", subtree=False),
        ),
    )

    scopes = caller.scopes("measurement:read")

    assert (scopes.own, scopes.subtree, scopes.everything) == (("DNPL",), ("DP-AZUAY",), False)
    assert caller.scopes("plan:approve").nothing


@pytest.mark.parametrize("grants", [None, "x", "", {}, [{"permissions": ["a"]}], [["a"]], 7])
def test_malformed_grants_are_a_refusal(grants: object) -> None:
    with pytest.raises(Unauthorized):
        caller_from_claims({"sub": "u", "kind": "user", "name": "U", "jti": "1", "grants": grants})
