"""What the gateway's parts share, built once at the start: `request.app.state.context`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from gateway.documents.gathering import Gathered
from gateway.grants.access import AccessBook
from gateway.identity.keys import KeyRing
from gateway.identity.passwords import Passwords
from gateway.identity.provider import Provider
from gateway.identity.signin import SignIn
from gateway.identity.tokens import Tokens
from gateway.peers import Peer
from gateway.settings import Settings
from gateway.vault import Vault
from services.kit.access import Caller, Public, current_caller
from services.kit.clock import Clock
from services.kit.database import Database


@dataclass(frozen=True, slots=True)
class GatewayContext:
    settings: Settings
    database: Database
    clock: Clock
    keys: KeyRing
    tokens: Tokens
    access: AccessBook
    passwords: Passwords
    vault: Vault
    sign_in: SignIn
    peers: Mapping[str, Peer]
    descriptions: Gathered
    catalogs: Gathered
    provider: Provider | None

    async def authenticate(self, request: Request) -> Caller:
        """The caller of a request to the gateway's own API, from its outer token and the grants of this moment."""
        known: Caller | None = getattr(request.state, "caller", None)
        if known is None:
            identified = self.tokens.identify(request.headers.get("authorization", ""))
            request.state.subject = identified.subject
            access = await self.access.current(identified.subject, identified.session)
            known = request.state.caller = access.as_caller()
            request.state.access, request.state.session = access, identified.session
        return known


def context_of(request: Request) -> GatewayContext:
    context: GatewayContext = request.app.state.context
    return context


Context = Annotated[GatewayContext, Depends(context_of)]


def request_id_of(request: Request) -> str:
    request_id: str = request.state.request_id
    return request_id


RequestId = Annotated[str, Depends(request_id_of)]


def address_of(request: Request) -> str:
    """Where the caller is; behind trusted proxies, where these say (gateway/proxies.py)."""
    return request.client.host if request.client is not None else ""


Address = Annotated[str, Depends(address_of)]

# Routes that ask no permission but a valid token: they are about the caller itself. In front of the body's checks.
SIGNED_IN = [Public, Depends(current_caller)]
