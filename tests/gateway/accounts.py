"""Accounts and grants for tests of the gateway: made as an administrator makes them."""

from __future__ import annotations

import base64
import json
from itertools import count
from typing import Any

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


def session_of(signed_in: dict[str, Any]) -> str:
    """The session of an answer to signing in, as the access token names it."""
    claims = signed_in["access_token"].split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(claims + "=="))["sid"])
