"""Grants: read, given, ended, delegated."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self

import msgspec
from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, Field, model_validator

from gateway.context import SIGNED_IN, Context
from gateway.grants import held
from gateway.grants.access import Access
from gateway.grants.granting import COLUMNS, SOURCE, Wish, end_grant, grant, read_grant
from gateway.identity.schemas import Body
from gateway.problems import GrantOutOfReach
from gateway.writing import actor_of, at_most_once
from services.kit.access import Caller, Requires, about, current_caller
from services.kit.answers import answer, created, etag_for, require_match
from services.kit.clock import GUAYAQUIL
from services.kit.database import Connection, Reader, Session, raw
from services.kit.pages import Key, Listing, Page
from services.kit.problems import NotFound
from services.kit.routing import router
from services.kit.scope import reachable_ids, visible_ids
from services.kit.shapes import Listed
from services.kit.spelling import Day, Flag, InDigits, KeptDay

grants = router(tags=["grants"])

Role = Literal[
    "administrator", "methodologist", "authority", "plan_owner", "reporter", "integrator", "auditor", "viewer"
]
Number = Annotated[int, Path(ge=1, le=2**62), InDigits]


class Dated(Body):
    valid_from: KeptDay | None = Field(default=None, description="hoy, si falta")
    valid_to: KeptDay | None = Field(default=None, description="inclusive; nulo: sin término")
    reason: Annotated[str | None, Field(max_length=500)] = None


class NewGrant(Dated):
    subject: Annotated[str, Field(min_length=1, max_length=64)]
    role: Role
    feed: Literal["measurements", "budget", "people"] | None = Field(default=None, description="solo para integrator")
    dependencia: Annotated[str, Field(min_length=1, max_length=64)]
    subtree: Flag = False

    @model_validator(mode="after")
    def integrators_name_their_feed(self) -> Self:
        if (self.role == "integrator") != (self.feed is not None):
            raise ValueError("feed es obligatorio para integrator y no se admite en otros roles.")
        if self.valid_from is not None and self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to no puede ser anterior a valid_from.")
        return self


class NewDelegation(NewGrant):
    valid_to: KeptDay = Field(description="inclusive; una delegación siempre termina")


class Grant(BaseModel):
    id: str
    subject: str
    role: str
    feed: str | None
    dependencia: str
    subtree: bool
    valid_from: date
    valid_to: date | None
    source: str
    reason: str | None
    granted_by: str
    granted_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    ended_reason: str | None


class Grants(Listed[Grant]):
    pass


@grants.get("/grants", response_model=Grants, summary="Concesiones")
async def list_grants(
    request: Request,
    reader: Reader,
    page: Page,
    context: Context,
    caller: Annotated[Caller, Requires("grant:read")],
    subject: Annotated[list[str] | None, Query()] = None,
    role: Annotated[list[Role] | None, Query()] = None,
    dependencia: Annotated[list[str] | None, Query()] = None,
    reaches: Annotated[str | None, Query(max_length=64, description="las que alcanzan esta dependencia")] = None,
    in_force: Annotated[
        bool | None, Query(description="lo que da algo hoy, si su cuenta está activa; o las demás")
    ] = None,
    unused_since: Annotated[
        Day | None, Query(description="anteriores a ese día y de cuentas que no han entrado desde entonces")
    ] = None,
) -> Response:
    listing = Listing(
        columns=COLUMNS,
        source=SOURCE,
        keys={
            "id": Key("g.id", "bigint"),
            "subject": Key("a.subject"),
            "granted_at": Key("g.granted_at", "timestamptz"),
        },
        order="id",
        unique="id",
    )
    scopes = caller.scopes("grant:read")
    if not scopes.everything:
        sql, values = visible_ids(scopes, "gateway")
        listing.where(f"g.dependencia IN (SELECT u.code FROM gateway.org_units u WHERE u.id IN ({sql}))", *values)
    listing.filter("a.subject = ANY({}::text[])", subject).filter("g.role = ANY({}::text[])", role)
    listing.filter("g.dependencia = ANY({}::text[])", dependencia)
    if reaches is not None:
        listing.where(
            """g.dependencia = {} OR (g.subtree AND g.dependencia IN (
                 SELECT a.code FROM gateway.org_closure c JOIN gateway.org_units d ON d.id = c.descendant_id
                 JOIN gateway.org_units a ON a.id = c.ancestor_id WHERE d.code = {}))""",
            reaches,
            reaches,
        )
    # Who has not come since, by the days of the institution; nobody could use what was given or began only later.
    listing.filter(
        f"""greatest(a.last_sign_in_at, g.granted_at, g.valid_from::timestamp AT TIME ZONE '{GUAYAQUIL.key}')
            < {{}}::date::timestamp AT TIME ZONE '{GUAYAQUIL.key}'""",
        unused_since,
    )
    if in_force is not None:
        clause = held.in_force("g", f"{listing.bind(context.clock.today())}::date")
        listing.where(clause if in_force else f"NOT {clause}")
    return await listing.answer(reader, request, page)


def _wish(body: NewGrant, today: date, source: str) -> Wish:
    return Wish(
        subject=body.subject,
        role=body.role,
        feed=body.feed or "",
        dependencia=body.dependencia,
        subtree=body.subtree,
        valid_from=body.valid_from or today,
        valid_to=body.valid_to,
        reason=body.reason,
        source=source,
    )


async def _create(
    body: NewGrant, request: Request, session: Session, context: Context, caller: Caller, source: str, needed: str
) -> Response:
    connection, actor = await raw(session), actor_of(request, caller)
    access: Access = request.state.access

    async def act() -> Response:
        document = await grant(connection, actor, access, _wish(body, context.clock.today(), source), needed)
        return created(document, f"/api/v1/grants/{msgspec.json.decode(document)['id']}", etag=etag_for(document))

    return await at_most_once(connection, request, caller, body, act)


@grants.post("/grants", status_code=201, response_model=Grant, summary="Conceder un rol")
async def create_grant(
    body: NewGrant,
    request: Request,
    session: Session,
    context: Context,
    caller: Annotated[Caller, Requires("grant:write")],
) -> Response:
    return await _create(body, request, session, context, caller, "manual", "grant:write")


@grants.post(
    "/me/delegations", dependencies=SIGNED_IN, status_code=201, response_model=Grant, summary="Delegar un rol propio"
)
async def delegate(body: NewDelegation, request: Request, session: Session, context: Context) -> Response:
    """No exige más permiso que el rol mismo que se delega, en ese lugar y dentro de sus fechas."""
    caller = await current_caller(request)
    if body.role == "administrator" or caller.kind != "user":
        raise GrantOutOfReach
    return await _create(body, request, session, context, caller, "delegation", "")


async def _visible(connection: Connection, caller: Caller, permission: str, number: int) -> str:
    """The grant's JSON when the permission reaches its dependencia. Raises NotFound."""
    document = await read_grant(connection, number)
    ids = await reachable_ids(connection, caller, permission, "gateway")
    inside = ids is None or await connection.fetchval(
        """SELECT EXISTS (SELECT 1 FROM gateway.grants g JOIN gateway.org_units u ON u.code = g.dependencia
           WHERE g.id = $1 AND u.id = ANY($2::bigint[]))""",
        number,
        ids,
    )
    if not inside:
        raise NotFound
    about(msgspec.json.decode(document)["dependencia"])
    return document


@grants.get("/grants/{grant_id}", response_model=Grant, summary="Una concesión")
async def read_one_grant(
    grant_id: Number, request: Request, session: Session, caller: Annotated[Caller, Requires("grant:read")]
) -> Response:
    return answer(request, await _visible(await raw(session), caller, "grant:read", grant_id))


@grants.delete("/grants/{grant_id}", status_code=204, summary="Terminar una concesión")
async def delete_grant(
    grant_id: Number,
    request: Request,
    session: Session,
    caller: Annotated[Caller, Requires("grant:write")],
    reason: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    connection = await raw(session)
    document = await _visible(connection, caller, "grant:write", grant_id)
    require_match(request, etag_for(document))
    await end_grant(connection, actor_of(request, caller), grant_id, reason)
    return Response(status_code=204)
