"""Signing in with the provider of oidc_provider.py, as a browser and its front end do."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.gateway.conftest import RunningGateway
from tests.gateway.oidc_provider import REDIRECT


async def sign_in(gateway: RunningGateway, who: str = "maria", **also: str) -> tuple[int, Any, dict[str, str]]:
    """What a browser and its front end do. Returns status, answer and what was brought back."""
    status, _, begun = await gateway.call("POST", "/api/v1/auth/oidc/authorizations")
    if status != 201:
        return status, begun, {}
    url = f"{begun['authorization_url']}&login_hint={who}"
    async with gateway.http.get(url, allow_redirects=False) as answer:
        target = urlsplit(answer.headers["Location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == REDIRECT
    brought = {name: values[0] for name, values in parse_qs(target.query).items()}
    assert brought["state"] == begun["state"]
    status, _, tokens = await gateway.call("POST", "/api/v1/auth/oidc/tokens", json={**brought, **also})
    return status, tokens, brought
