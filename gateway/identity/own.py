"""What everybody does with their own account: second factor, password, sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path, Request, Response
from pydantic import BaseModel, Field

from gateway.context import SIGNED_IN, Address, Context
from gateway.grants.access import Access
from gateway.identity import second_factor
from gateway.identity.accounts import SCHEMA, replace_secret
from gateway.identity.failures import Place, begin_attempt, succeed
from gateway.identity.passwords import check_strength
from gateway.identity.repeating import CurrentOrEnded, once_more
from gateway.identity.schemas import Body, Secret
from gateway.identity.sessions import end_session
from gateway.problems import InvalidCredentials
from gateway.transactions import transaction
from gateway.writing import actor_of, at_most_once, with_secret
from services.kit.access import Caller, Public, Requires, current_caller
from services.kit.answers import JSON_TYPE, json_bytes
from services.kit.database import Reader, Session, raw
from services.kit.pages import Key, Listing, Page, instant
from services.kit.problems import Forbidden, NotFound
from services.kit.routing import router
from services.kit.shapes import Listed
from services.kit.writing import Audit, seal

own = router(tags=["me"])


class Code(Body):
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class PasswordChange(Body):
    current: Secret
    new: Secret


class Enrolment(BaseModel):
    secret: str | None = Field(description="base32; se muestra una sola vez")
    uri: str | None = Field(description="otpauth://…; se muestra una sola vez")


class OwnSession(BaseModel):
    id: str
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    by: Literal["password", "provider"] = Field(description="con qué se abrió: contraseña o identidad institucional")
    is_current: bool


class OwnSessions(Listed[OwnSession]):
    pass


def _person(caller: Caller) -> Caller:
    """Clients have secrets, not passwords, devices or sessions."""
    if caller.kind != "user":
        raise Forbidden
    return caller


@own.post(
    "/me/second-factor",
    dependencies=SIGNED_IN,
    status_code=201,
    response_model=Enrolment,
    summary="Empezar a usar un segundo factor",
)
async def enrol(request: Request, session: Session, context: Context) -> Response:
    caller = _person(await current_caller(request))
    connection, secret = await raw(session), ""

    async def act() -> Response:
        nonlocal secret
        secret = await second_factor.enrol(connection, context.vault, actor_of(request, caller))
        return Response(json_bytes({"secret": None, "uri": None}), 201, media_type=JSON_TYPE)

    response = await at_most_once(connection, request, caller, None, act)
    return with_secret(response, secret=secret, uri=second_factor.address_of(caller.subject, secret))


@own.post(
    "/me/second-factor/confirmation", dependencies=SIGNED_IN, status_code=204, summary="Confirmar el segundo factor"
)
async def confirm(body: Code, request: Request, session: Session, context: Context) -> Response:
    caller, connection = _person(await current_caller(request)), await raw(session)

    async def act() -> Response:
        await second_factor.confirm(connection, context.vault, actor_of(request, caller), body.code)
        return Response(status_code=204)

    return await at_most_once(connection, request, caller, body, act)


@own.post(
    "/users/{username}/second-factor-reset",
    status_code=204,
    tags=["users"],
    summary="Quitar el segundo factor a otra persona",
)
async def reset(
    username: Annotated[str, Path(min_length=1, max_length=64)],
    request: Request,
    session: Session,
    caller: Annotated[Caller, Requires("user:write", everywhere=True)],
) -> Response:
    if username == caller.subject:
        raise Forbidden("Nadie se quita su propio segundo factor. Pídalo a otra persona que administre.")
    connection = await raw(session)

    async def act() -> Response:
        await second_factor.reset(connection, actor_of(request, caller), username)
        return Response(status_code=204)

    return await at_most_once(connection, request, caller, None, act)


@own.post("/me/password", dependencies=[Public], status_code=204, summary="Cambiar la contraseña")
async def change_password(
    caller: CurrentOrEnded,
    body: PasswordChange,
    request: Request,
    session: Session,
    context: Context,
    address: Address,
) -> Response:
    """Termina todas las sesiones, también esta: quien tenía la contraseña anterior queda fuera.

    La contraseña actual se prueba tantas veces como al entrar: con un token ajeno no se la adivina.
    Repetida con la misma Idempotency-Key responde lo mismo, aunque la sesión con que se pide ya terminó.
    """
    person = _person(caller)
    check_strength(body.new, person.subject, "/new")
    place, now = Place(person.subject, address), context.clock.now()
    async with transaction(context.database) as counting:
        await begin_attempt(counting, place, now)
    connection = await raw(session)

    async def act() -> Response:
        stored = await connection.fetchval(
            "SELECT secret_hash FROM gateway.accounts WHERE subject = $1", caller.subject
        )
        if not await context.passwords.matches(body.current, stored):
            raise InvalidCredentials
        hashed = await context.passwords.hash(body.new)
        await replace_secret(connection, actor_of(request, caller), "user", caller.subject, hashed)
        return Response(status_code=204)

    response = await once_more(connection, request, person.subject, body, act)
    await succeed(connection, place, now)
    return response


@own.get("/me/sessions", dependencies=SIGNED_IN, response_model=OwnSessions, summary="Mis sesiones abiertas")
async def list_sessions(request: Request, reader: Reader, context: Context, page: Page) -> Response:
    access: Access = request.state.access
    listing = Listing(
        columns={},
        source="gateway.sessions s",
        keys={
            "refreshed_at": Key("s.refreshed_at", "timestamptz"),
            "created_at": Key("s.created_at", "timestamptz"),
            "id": Key("s.id", "uuid"),
        },
        order="-refreshed_at",
        unique="id",
    )
    current = listing.bind(request.state.session)
    listing.columns = {
        "id": "s.id",
        "created_at": instant("s.created_at"),
        "refreshed_at": instant("s.refreshed_at"),
        "expires_at": instant("s.expires_at"),
        "by": "CASE WHEN s.issuer IS NULL THEN 'password' ELSE 'provider' END",
        "is_current": f"s.id IS NOT DISTINCT FROM {current}::uuid",
    }
    listing.where("s.account_id = {}", access.account_id).where("s.ended_at IS NULL")
    return await listing.where("s.expires_at > {}", context.clock.now()).answer(reader, request, page)


@own.delete("/me/sessions/{session_id}", dependencies=SIGNED_IN, status_code=204, summary="Cerrar una de mis sesiones")
async def end_own_session(session_id: UUID, request: Request, session: Session) -> Response:
    access: Access = request.state.access
    connection, actor = await raw(session), actor_of(request, _person(await current_caller(request)))
    owner = await connection.fetchval("SELECT account_id FROM gateway.sessions WHERE id = $1", session_id)
    if owner != access.account_id or not await end_session(connection, session_id, actor.now, "ended-by-owner"):
        raise NotFound
    audit = Audit(actor.subject, "auth.session-ended", f"session:{session_id}", request_id=actor.request_id)
    await seal(connection, SCHEMA, now=actor.now, audit=[audit])
    return Response(status_code=204)
