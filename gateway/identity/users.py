"""Accounts of people: invited, activated by themselves, changed."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request, Response

from gateway.context import Context, RequestId
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
from gateway.identity.accounts import Invited, activate, create_account, invite, read_account
from gateway.identity.repeating import once_more
from gateway.identity.schemas import AccountChange, Activation, NewUser
from gateway.identity.sessions import digest
from gateway.writing import actor_of, at_most_once, with_secret
from services.kit.access import Caller, Public, Requires
from services.kit.answers import answer
from services.kit.database import Reader, Session, raw
from services.kit.pages import Page
from services.kit.routing import router

users = router(tags=["users"])
activation = router(tags=["auth"])
MayRead = Requires("user:read")
Writes = Annotated[Caller, Requires("user:write", everywhere=True)]


class CreatedUser(Account):
    activation_token: str | None


@users.get("/users", dependencies=[MayRead], response_model=Accounts, summary="Personas usuarias")
async def list_users(
    request: Request,
    reader: Reader,
    page: Page,
    status: Status = None,
    q: Search = None,
) -> Response:
    return await account_listing("user", status, q).answer(reader, request, page)


@users.post("/users", status_code=201, response_model=CreatedUser, summary="Invitar a una persona usuaria")
async def create_user(
    body: NewUser,
    request: Request,
    session: Session,
    context: Context,
    caller: Writes,
) -> Response:
    """Con correo configurado y `email`, la invitación va por correo y `activation_token` es nulo."""
    connection, actor = await raw(session), actor_of(request, caller)
    by_mail, invited = context.settings.mail is not None, None

    async def act() -> Response:
        nonlocal invited
        await create_account(connection, actor, "user", body.username, body.name, None, body.email)
        invited = await invite(connection, actor, body.username, context.vault, by_mail=by_mail)
        document = await read_account(connection, "user", body.username)
        return created_account(document, f"/api/v1/users/{body.username}", shown_once="activation_token")

    response = await at_most_once(connection, request, caller, body, act)
    return _shown(response, invited)


@users.post("/users/{username}/activation", response_model=CreatedUser, summary="Invitar otra vez (restablece)")
async def invite_again(
    username: Subject,
    request: Request,
    session: Session,
    context: Context,
    caller: Writes,
) -> Response:
    connection, actor = await raw(session), actor_of(request, caller)
    by_mail, invited = context.settings.mail is not None, None

    async def act() -> Response:
        nonlocal invited
        invited = await invite(connection, actor, username, context.vault, by_mail=by_mail)
        document = await read_account(connection, "user", username)
        return changed_account(document, shown_once="activation_token")

    response = await at_most_once(connection, request, caller, None, act)
    return _shown(response, invited)


def _shown(response: Response, invited: Invited | None) -> Response:
    """The secret, to whoever invites, only where it does not reach its owner by mail."""
    if invited is None or invited.is_mailed:
        return response
    return with_secret(response, activation_token=invited.token)


@users.get("/users/{username}", dependencies=[MayRead], response_model=Account, summary="Una cuenta")
async def read_user(username: Subject, request: Request, reader: Reader) -> Response:
    return answer(request, await read_account(reader, "user", username))


@users.patch("/users/{username}", response_model=Account, summary="Cambiar nombre o estado")
async def change_user(
    username: Subject,
    body: AccountChange,
    request: Request,
    session: Session,
    caller: Writes,
) -> Response:
    return await change("user", username, body, request, await raw(session), actor_of(request, caller))


@activation.post("/auth/activation", dependencies=[Public], status_code=204, summary="Activar la cuenta")
async def activate_account(
    body: Activation, request: Request, session: Session, context: Context, request_id: RequestId
) -> Response:
    """Una activación sirve una sola vez; repetida con la misma Idempotency-Key responde otra vez 204."""
    connection = await raw(session)

    async def act() -> Response:
        await activate(connection, context.passwords, body.token, body.password, request_id, context.clock.now())
        return Response(status_code=204)

    return await once_more(connection, request, f"activation:{digest(body.token).hex()}", body, act)
