"""Administration of users and clients."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from gateway.context import Context, RequestId
from gateway.identity.accounts import (
    COLUMNS,
    Actor,
    Invited,
    activate,
    change_account,
    create_account,
    invite,
    read_account,
    replace_secret,
)
from gateway.identity.schemas import AccountChange, Activation, NewClient, NewUser
from gateway.writing import actor_of, at_most_once, with_secret
from services.kit.access import Caller, Public, Requires
from services.kit.answers import answer, created, etag_for, require_match
from services.kit.database import Reader, Session, raw
from services.kit.pages import Key, Listing, Page
from services.kit.routing import router

users = router(tags=["users"])
clients = router(tags=["clients"])
activation = router(tags=["auth"])

Subject = Annotated[str, Path(min_length=1, max_length=64)]
Status = Annotated[list[Literal["invited", "active", "disabled"]] | None, Query()]
SHOWN_ONCE = "se muestra una sola vez; en una repetición con la misma Idempotency-Key es nulo"


class Invitation(BaseModel):
    state: Literal["queued", "sent", "refused", "expired"]
    queued_at: str
    attempts: int
    sent_at: str | None
    last_error: str | None = Field(description="código, sin direcciones; nulo si no hubo fallo")


class Account(BaseModel):
    subject: str
    kind: str
    name: str
    status: str
    has_second_factor: bool
    secret_changed_at: str | None
    last_sign_in_at: str | None
    invitation: Invitation | None = Field(description="qué fue de la invitación por correo; nulo si no se envió así")
    created_at: str
    created_by: str
    updated_at: str


class Accounts(BaseModel):
    items: list[Account]
    next_cursor: str | None


class CreatedUser(Account):
    activation_token: str | None


class CreatedClient(Account):
    client_secret: str | None


def _listing(kind: str, status: Sequence[str] | None, q: str | None) -> Listing:
    listing = Listing(
        columns=COLUMNS,
        source="gateway.accounts a",
        keys={"subject": Key("a.subject"), "created_at": Key("a.created_at", "timestamptz")},
        order="subject",
        unique="subject",
    )
    listing.where("a.kind = {}", kind).filter("a.status = ANY({}::text[])", status)
    return listing.filter("strpos(a.subject || ' ' || lower(a.name), lower({})) > 0", q)


@users.get("/users", dependencies=[Requires("user:read")], response_model=Accounts, summary="Personas usuarias")
async def list_users(
    request: Request,
    reader: Reader,
    page: Page,
    status: Status = None,
    q: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    return await _listing("user", status, q).answer(reader, request, page)


@users.post("/users", status_code=201, response_model=CreatedUser, summary="Invitar a una persona usuaria")
async def create_user(
    body: NewUser,
    request: Request,
    session: Session,
    context: Context,
    caller: Annotated[Caller, Requires("user:write", everywhere=True)],
) -> Response:
    """Con correo configurado y `email`, la invitación va por correo y `activation_token` es nulo."""
    connection, actor = await raw(session), actor_of(request, caller)
    by_mail, invited = context.settings.mail is not None, None

    async def act() -> Response:
        nonlocal invited
        await create_account(connection, actor, "user", body.username, body.name, None, body.email)
        invited = await invite(connection, actor, body.username, context.vault, by_mail=by_mail)
        document = await read_account(connection, "user", body.username)
        shown = f'{document[:-1]},"activation_token":null}}'
        return created(shown, f"/api/v1/users/{body.username}", etag=etag_for(document))

    response = await at_most_once(connection, request, caller, body, act)
    return _shown(response, invited)


@users.post("/users/{username}/activation", response_model=CreatedUser, summary="Invitar otra vez (restablece)")
async def invite_again(
    username: Subject,
    request: Request,
    session: Session,
    context: Context,
    caller: Annotated[Caller, Requires("user:write", everywhere=True)],
) -> Response:
    connection, actor = await raw(session), actor_of(request, caller)
    by_mail, invited = context.settings.mail is not None, None

    async def act() -> Response:
        nonlocal invited
        invited = await invite(connection, actor, username, context.vault, by_mail=by_mail)
        document = await read_account(connection, "user", username)
        return Response(f'{document[:-1]},"activation_token":null}}', media_type="application/json")

    response = await at_most_once(connection, request, caller, None, act)
    return _shown(response, invited)


def _shown(response: Response, invited: Invited | None) -> Response:
    """The secret, to whoever invites, only where it does not reach its owner by mail."""
    if invited is None or invited.is_mailed:
        return response
    return with_secret(response, activation_token=invited.token)


@activation.post("/auth/activation", dependencies=[Public], status_code=204, summary="Activar la cuenta")
async def activate_account(body: Activation, session: Session, context: Context, request_id: RequestId) -> Response:
    await activate(await raw(session), context.passwords, body.token, body.password, request_id, context.clock.now())
    return Response(status_code=204)


@clients.get("/clients", dependencies=[Requires("user:read")], response_model=Accounts, summary="Sistemas cliente")
async def list_clients(
    request: Request,
    reader: Reader,
    page: Page,
    status: Status = None,
    q: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    return await _listing("client", status, q).answer(reader, request, page)


@clients.post("/clients", status_code=201, response_model=CreatedClient, summary="Registrar un sistema cliente")
async def create_client(
    body: NewClient,
    request: Request,
    session: Session,
    context: Context,
    caller: Annotated[Caller, Requires("client:write", everywhere=True)],
) -> Response:
    connection, actor = await raw(session), actor_of(request, caller)
    secret = secrets.token_urlsafe(32)

    async def act() -> Response:
        hashed = await context.passwords.hash(secret)
        document = await create_account(connection, actor, "client", body.client_id, body.name, hashed, None)
        shown = f'{document[:-1]},"client_secret":null}}'
        return created(shown, f"/api/v1/clients/{body.client_id}", etag=etag_for(document))

    response = await at_most_once(connection, request, caller, body, act)
    return with_secret(response, client_secret=secret)


@clients.post("/clients/{client_id}/secret", response_model=CreatedClient, summary="Cambiar el secreto")
async def rotate_secret(
    client_id: Subject,
    request: Request,
    session: Session,
    context: Context,
    caller: Annotated[Caller, Requires("client:write", everywhere=True)],
) -> Response:
    connection, actor = await raw(session), actor_of(request, caller)
    secret = secrets.token_urlsafe(32)

    async def act() -> Response:
        await replace_secret(connection, actor, "client", client_id, await context.passwords.hash(secret))
        document = await read_account(connection, "client", client_id)
        return Response(f'{document[:-1]},"client_secret":null}}', media_type="application/json")

    response = await at_most_once(connection, request, caller, None, act)
    return with_secret(response, client_secret=secret)


async def _change(
    kind: str, subject: str, body: AccountChange, request: Request, connection: Any, actor: Actor
) -> Response:
    before = await read_account(connection, kind, subject)
    require_match(request, etag_for(before))
    return answer(request, await change_account(connection, actor, kind, subject, body.name, body.status))


@users.get("/users/{username}", dependencies=[Requires("user:read")], response_model=Account, summary="Una cuenta")
async def read_user(username: Subject, request: Request, reader: Reader) -> Response:
    return answer(request, await read_account(reader, "user", username))


@users.patch("/users/{username}", response_model=Account, summary="Cambiar nombre o estado")
async def change_user(
    username: Subject,
    body: AccountChange,
    request: Request,
    session: Session,
    caller: Annotated[Caller, Requires("user:write", everywhere=True)],
) -> Response:
    return await _change("user", username, body, request, await raw(session), actor_of(request, caller))


@clients.get(
    "/clients/{client_id}", dependencies=[Requires("user:read")], response_model=Account, summary="Un sistema cliente"
)
async def read_client(client_id: Subject, request: Request, reader: Reader) -> Response:
    return answer(request, await read_account(reader, "client", client_id))


@clients.patch("/clients/{client_id}", response_model=Account, summary="Cambiar nombre o estado")
async def change_client(
    client_id: Subject,
    body: AccountChange,
    request: Request,
    session: Session,
    caller: Annotated[Caller, Requires("client:write", everywhere=True)],
) -> Response:
    return await _change("client", client_id, body, request, await raw(session), actor_of(request, caller))


ROUTERS: list[APIRouter] = [users, clients, activation]
