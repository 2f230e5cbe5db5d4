"""Accounts of systems: registered with a secret, which is shown once and replaced."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Request, Response

from gateway.context import Context
from gateway.identity.account_calls import (
    Account,
    Accounts,
    Search,
    Status,
    Subject,
    account_listing,
    change,
    changed_account,
    created_account,
)
from gateway.identity.accounts import create_account, read_account, replace_secret
from gateway.identity.schemas import AccountChange, NewClient
from gateway.writing import actor_of, at_most_once, with_secret
from services.kit.access import Caller, Requires
from services.kit.answers import answer
from services.kit.database import Reader, Session, raw
from services.kit.pages import Page
from services.kit.routing import router

clients = router(tags=["clients"])
MayRead = Requires("user:read")
Writes = Annotated[Caller, Requires("client:write", everywhere=True)]


class CreatedClient(Account):
    client_secret: str | None


@clients.get("/clients", dependencies=[MayRead], response_model=Accounts, summary="Sistemas cliente")
async def list_clients(
    request: Request,
    reader: Reader,
    page: Page,
    status: Status = None,
    q: Search = None,
) -> Response:
    return await account_listing("client", status, q).answer(reader, request, page)


@clients.post("/clients", status_code=201, response_model=CreatedClient, summary="Registrar un sistema cliente")
async def create_client(
    body: NewClient,
    request: Request,
    session: Session,
    context: Context,
    caller: Writes,
) -> Response:
    connection, actor = await raw(session), actor_of(request, caller)
    secret = secrets.token_urlsafe(32)

    async def act() -> Response:
        hashed = await context.passwords.hash(secret)
        document = await create_account(connection, actor, "client", body.client_id, body.name, hashed, None)
        return created_account(document, f"/api/v1/clients/{body.client_id}", shown_once="client_secret")

    response = await at_most_once(connection, request, caller, body, act)
    return with_secret(response, client_secret=secret)


@clients.post("/clients/{client_id}/secret", response_model=CreatedClient, summary="Cambiar el secreto")
async def rotate_secret(
    client_id: Subject,
    request: Request,
    session: Session,
    context: Context,
    caller: Writes,
) -> Response:
    connection, actor = await raw(session), actor_of(request, caller)
    secret = secrets.token_urlsafe(32)

    async def act() -> Response:
        await replace_secret(connection, actor, "client", client_id, await context.passwords.hash(secret))
        document = await read_account(connection, "client", client_id)
        return changed_account(document, shown_once="client_secret")

    response = await at_most_once(connection, request, caller, None, act)
    return with_secret(response, client_secret=secret)


@clients.get("/clients/{client_id}", dependencies=[MayRead], response_model=Account, summary="Un sistema cliente")
async def read_client(client_id: Subject, request: Request, reader: Reader) -> Response:
    return answer(request, await read_account(reader, "client", client_id))


@clients.patch("/clients/{client_id}", response_model=Account, summary="Cambiar nombre o estado")
async def change_client(
    client_id: Subject,
    body: AccountChange,
    request: Request,
    session: Session,
    caller: Writes,
) -> Response:
    return await change("client", client_id, body, request, await raw(session), actor_of(request, caller))
