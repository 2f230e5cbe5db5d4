"""The institution's identity of an account: linked by the administration, unlinked by it or by its owner.

Whoever may sign in with it is somebody the account trusts. When the link ends, so do the sessions that it made.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Path, Request, Response
from pydantic import BaseModel, Field

from gateway.context import SIGNED_IN, Address, Context, GatewayContext
from gateway.grants.access import touch
from gateway.identity import second_factor
from gateway.identity.accounts import SCHEMA, Actor, account_changed
from gateway.identity.failures import Place, begin_attempt, succeed
from gateway.identity.repeating import CurrentOrEnded, once_more
from gateway.identity.schemas import Body, Otp, Secret
from gateway.identity.sessions import end_those_of_providers
from gateway.problems import (
    IdentityTaken,
    InvalidCredentials,
    NoLinkedIdentity,
    NoProvider,
    OnlyIdentity,
    SecondFactorRequired,
)
from gateway.transactions import transaction
from gateway.writing import actor_of
from services.kit.access import Caller, Public, Requires, current_caller
from services.kit.answers import answer, etag_for, json_bytes, require_match
from services.kit.database import Connection, Pool, Reader, Session, raw
from services.kit.pages import instant
from services.kit.problems import Forbidden, NotFound
from services.kit.routing import router
from services.kit.writing import Audit, seal

linking = router(tags=["users"])
own_identity = router(tags=["me"])
Username = Annotated[str, Path(min_length=1, max_length=64)]
Writes = Annotated[Caller, Requires("user:write", everywhere=True)]
_READ: Final = f"""SELECT json_build_object('issuer', e.issuer, 'external_subject', e.external_subject,
        'linked_at', {instant("e.linked_at")}, 'linked_by', e.linked_by)::text
    FROM gateway.external_identities e JOIN gateway.accounts a ON a.id = e.account_id
    WHERE a.subject = $1 ORDER BY e.linked_at DESC LIMIT 1"""


class Link(Body):
    external_subject: Annotated[str, Field(min_length=1, max_length=255)]


class Linked(BaseModel):
    issuer: str = Field(description="proveedor que responde por la identidad")
    external_subject: str = Field(description="cómo la nombra el proveedor (`sub`)")
    linked_at: datetime
    linked_by: str


class OwnIdentity(BaseModel):
    """Todo nulo: la cuenta no tiene ninguna."""

    issuer: str | None
    external_subject: str | None
    linked_at: datetime | None
    linked_by: str | None


class Removal(Body):
    """Quien quita su propia identidad prueba otra vez quién es."""

    password: Secret
    otp: Otp = None


async def _linked(connection: Connection | Pool, subject: str) -> str:
    """Raises NoLinkedIdentity."""
    document: str | None = await connection.fetchval(_READ, subject)
    if document is None:
        raise NoLinkedIdentity
    return document


@linking.get("/users/{username}/external-identity", response_model=Linked, summary="La identidad institucional")
async def read_identity(username: Username, request: Request, reader: Reader, caller: Writes) -> Response:
    return answer(request, await _linked(reader, username))


@linking.put(
    "/users/{username}/external-identity", status_code=204, summary="Vincular la identidad institucional de una cuenta"
)
async def link(
    username: Username, body: Link, request: Request, session: Session, context: Context, caller: Writes
) -> Response:
    """La cuenta solo invitada queda activa: su dueño prueba quién es ante el proveedor.

    Donde ya hay una identidad, exige If-Match; las sesiones que abrió la anterior terminan.
    """
    connection, actor = await raw(session), actor_of(request, caller)
    if context.provider is None:
        raise NoProvider
    issuer = context.provider.settings.issuer
    account = await connection.fetchval(
        "SELECT id FROM gateway.accounts WHERE subject = $1 AND kind = 'user' AND status <> 'disabled' FOR UPDATE",
        username,
    )
    if account is None:
        raise NotFound
    former = await connection.fetchval(_READ, username)
    if former is not None:
        require_match(request, etag_for(former))
        await connection.execute(
            "DELETE FROM gateway.external_identities WHERE issuer = $1 AND account_id = $2", issuer, account
        )
        await end_those_of_providers(connection, account, actor.now, "identity-replaced")
    linked = await connection.fetchval(
        """INSERT INTO gateway.external_identities VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT DO NOTHING RETURNING true""",
        issuer,
        body.external_subject,
        account,
        actor.now,
        actor.subject,
    )
    if not linked:
        raise IdentityTaken
    await connection.execute("UPDATE gateway.accounts SET status = 'active' WHERE id = $1", account)
    await _record(connection, actor, "account.identity-linked", username)
    return Response(status_code=204)


@linking.delete(
    "/users/{username}/external-identity",
    status_code=204,
    summary="Desvincular la identidad institucional de una cuenta",
)
async def unlink(username: Username, request: Request, session: Session, caller: Writes) -> Response:
    """Terminan las sesiones que abrió. La cuenta sin contraseña queda invitada: envíele una invitación.

    La propia se quita con `me/external-identity/removal`, que pide otra vez la contraseña.
    """
    if username == caller.subject:
        raise Forbidden("Nadie administra su propia cuenta. Quite su identidad con me/external-identity/removal.")
    connection = await raw(session)
    await _locked(connection, username)
    require_match(request, etag_for(await _linked(connection, username)))
    await _unlink(connection, actor_of(request, caller), username)
    return Response(status_code=204)


@own_identity.get(
    "/me/external-identity", dependencies=SIGNED_IN, response_model=OwnIdentity, summary="Mi identidad institucional"
)
async def read_own_identity(request: Request, reader: Reader) -> Response:
    """Sin identidad vinculada responde 200 con todo nulo: tenerla no es obligación."""
    document: str | None = await reader.fetchval(_READ, (await current_caller(request)).subject)
    return answer(request, document or json_bytes(dict.fromkeys(OwnIdentity.model_fields)))


@own_identity.post(
    "/me/external-identity/removal",
    dependencies=[Public],
    status_code=204,
    summary="Desvincular mi identidad institucional",
)
async def remove_own_identity(
    caller: CurrentOrEnded, body: Removal, request: Request, session: Session, context: Context, address: Address
) -> Response:
    """Pide otra vez la contraseña, y el código donde hay segundo factor; se prueban tantas veces como al entrar.

    Terminan las sesiones que abrió la identidad. Sin contraseña no se quita: la cuenta quedaría sin entrada.
    """
    place, now = Place(caller.subject, address), context.clock.now()
    async with transaction(context.database) as counting:
        await begin_attempt(counting, place, now)
    connection, actor = await raw(session), actor_of(request, caller)

    async def act() -> Response:
        account = await _locked(connection, actor.subject)
        await _linked(connection, actor.subject)
        if account["secret_hash"] is None:
            raise OnlyIdentity
        await _check_again(context, connection, account, body)
        await _unlink(connection, actor, actor.subject)
        return Response(status_code=204)

    response = await once_more(connection, request, actor.subject, body, act)
    await succeed(connection, place, now)
    return response


async def _locked(connection: Connection, username: str) -> Any:
    """The account's row, so that no sign-in with the identity is under way while it is unlinked. Raises NotFound."""
    row = await connection.fetchrow(
        """SELECT id, secret_hash, totp_confirmed_at IS NOT NULL AS has_second_factor FROM gateway.accounts
           WHERE subject = $1 AND kind = 'user' FOR UPDATE""",
        username,
    )
    if row is None:
        raise NotFound
    return row


async def _check_again(context: GatewayContext, connection: Connection, account: Any, body: Removal) -> None:
    """Raises InvalidCredentials, SecondFactorRequired."""
    if not await context.passwords.matches(body.password, account["secret_hash"]):
        raise InvalidCredentials
    if account["has_second_factor"]:
        if body.otp is None:
            raise SecondFactorRequired
        if not await second_factor.use(connection, context.vault, account["id"], body.otp, context.clock.now()):
            raise InvalidCredentials


async def _unlink(connection: Connection, actor: Actor, username: str) -> None:
    account = await connection.fetchval(
        """UPDATE gateway.accounts SET status = CASE WHEN secret_hash IS NULL AND status = 'active' THEN 'invited'
               ELSE status END, updated_at = $2, version = version + 1 WHERE subject = $1 RETURNING id""",
        username,
        actor.now,
    )
    await connection.execute("DELETE FROM gateway.external_identities WHERE account_id = $1", account)
    await end_those_of_providers(connection, account, actor.now, "identity-unlinked")
    await _record(connection, actor, "account.identity-unlinked", username)


async def _record(connection: Connection, actor: Actor, action: str, username: str) -> None:
    await touch(connection)
    audit = Audit(actor.subject, action, f"account:{username}", request_id=actor.request_id)
    await seal(connection, SCHEMA, now=actor.now, events=[account_changed(username, action)], audit=[audit])
