"""Reorganisations through the API."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, created, json_bytes
from services.kit.clock import Clock
from services.kit.database import Connection, Pool, Reader, Session, raw
from services.kit.idempotency import once
from services.kit.pages import Key, Listing, Page, instant
from services.kit.routing import router as feature_router
from services.orgchart.dependencias.queries import was_ever
from services.orgchart.dependencias.router import UnknownDependencia
from services.orgchart.permissions import ORGANISATION_READ, REORGANIZATION_APPLY
from services.orgchart.reorganizations.applying import FOLLOWERS, UnknownReorganization, apply, propose, undo
from services.orgchart.reorganizations.schemas import (
    ReorganizationIn,
    ReorganizationOut,
    ReorganizationPage,
    SuccessionPage,
)

router = feature_router(tags=["reorganizations"])
READ = [Requires(ORGANISATION_READ)]
MAY_APPLY = Requires(REORGANIZATION_APPLY, everywhere=True)
COLUMNS = {
    "id": "r.id",
    "resolution": "r.resolution",
    "resolution_date": "r.resolution_date",
    "provision": "r.provision",
    "effective_on": "r.effective_on",
    "reason": "r.reason",
    "operations": "r.operations",
    "impact": "r.impact",
    "status": "r.status",
    "services": f"""(SELECT json_agg(json_build_object('service', f.service, 'acknowledged', a.at IS NOT NULL,
            'acknowledged_at', {instant("a.at")}) ORDER BY f.service)
        FROM unnest(ARRAY[{", ".join(f"'{name}'" for name in FOLLOWERS)}]) AS f (service)
        LEFT JOIN LATERAL (SELECT min(k.acknowledged_at) AS at FROM orgchart.reorganization_acknowledgements k
            WHERE k.reorganization_id = r.id AND k.service = f.service AND k.feed_position >= r.feed_position) a
        ON true)""",
    "applied_at": instant("r.applied_at"),
    "applied_by": "r.applied_by",
    "undone_at": instant("r.undone_at"),
}


def _listing() -> Listing:
    return Listing(
        columns=COLUMNS,
        source="orgchart.reorganizations r",
        keys={
            "applied_at": Key("r.applied_at", "timestamptz"),
            "effective_on": Key("r.effective_on", "date"),
            "id": Key("r.id", "uuid"),
        },
        order="-applied_at",
        unique="id",
    )


async def _document(connection: Connection | Pool, number: UUID) -> str:
    built = ", ".join(f"'{name}', {sql}" for name, sql in COLUMNS.items())
    found: str | None = await connection.fetchval(
        f"SELECT json_build_object({built})::text FROM orgchart.reorganizations r WHERE r.id = $1", number
    )
    if found is None:
        raise UnknownReorganization
    return found


@router.post("/reorganizations", status_code=201, response_model=ReorganizationOut)
async def create_reorganization(
    request: Request,
    session: Session,
    body: ReorganizationIn,
    caller: Annotated[Caller, MAY_APPLY],
    dry_run: Annotated[bool, Query(description="Solo ver qué pasaría; responde 200 y no cambia nada")] = False,
) -> Response:
    """Previews (`dry_run=true`) or applies operations under one resolution on one date."""
    clock: Clock = request.app.state.clock
    if dry_run:
        proposal = await propose(request.app, body)
        return Response(json_bytes(_preview(body, proposal.impact)), 200, media_type=JSON_TYPE)
    connection = await raw(session)

    async def act() -> Response:
        proposal = await propose(request.app, body)
        number = await apply(connection, body, proposal, actor=caller.subject, now=clock.now())
        return created(await _document(connection, number), f"/api/v1/reorganizations/{number}")

    return await once(
        connection, "orgchart", request, caller.subject, body.model_dump_json().encode(), clock.now(), act
    )


def _preview(body: ReorganizationIn, impact: dict[str, object]) -> dict[str, object]:
    return {
        "id": None,
        **body.model_dump(mode="json"),
        "impact": impact,
        "status": "previewed",
        "services": [{"service": name, "acknowledged": False, "acknowledged_at": None} for name in FOLLOWERS],
        "applied_at": None,
        "applied_by": None,
        "undone_at": None,
    }


@router.get("/reorganizations", dependencies=READ, response_model=ReorganizationPage)
async def list_reorganizations(
    request: Request,
    reader: Reader,
    page: Page,
    status: Annotated[list[str] | None, Query()] = None,
    resolution: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """Reorganisations, newest first."""
    listing = _listing().filter("r.status = ANY({})", status).filter("r.resolution = {}", resolution)
    return await listing.answer(reader, request, page)


@router.get("/reorganizations/{number}", dependencies=READ, response_model=ReorganizationOut)
async def read_reorganization(request: Request, reader: Reader, number: UUID) -> Response:
    """One reorganisation: what it did, and which services have taken it over."""
    return await _listing().where("r.id = {}", number).one(reader, request)


@router.post("/reorganizations/{number}/undo", response_model=ReorganizationOut)
async def undo_reorganization(
    request: Request, session: Session, number: UUID, caller: Annotated[Caller, MAY_APPLY]
) -> Response:
    """Puts everything back as it was, while nothing later depends on it."""
    clock: Clock = request.app.state.clock
    connection = await raw(session)

    async def act() -> Response:
        await undo(request.app, connection, number, actor=caller.subject, now=clock.now())
        return Response(await _document(connection, number), 200, media_type=JSON_TYPE)

    return await once(connection, "orgchart", request, caller.subject, b"undo", clock.now(), act)


@router.get("/dependencias/{code}/succession", dependencies=READ, response_model=SuccessionPage)
async def list_succession(request: Request, reader: Reader, page: Page, code: str) -> Response:
    """Who followed this dependencia and whom it followed, with shares and dates."""
    if not await was_ever(reader, code):
        raise UnknownDependencia
    listing = Listing(
        columns={
            "predecessor": "p.code",
            "successor": "n.code",
            "share": "trim_scale(s.share)::text",
            "effective_on": "s.effective_on",
            "reorganization_id": "s.reorganization_id",
        },
        source="""orgchart.successions s JOIN orgchart.dependencias p ON p.id = s.predecessor_id
            JOIN orgchart.dependencias n ON n.id = s.successor_id""",
        keys={
            "effective_on": Key("s.effective_on", "date"),
            "predecessor": Key("p.code"),
            "successor": Key("n.code"),
        },
        order="effective_on",
        unique="predecessor,successor",
    )
    return await listing.where("{0} IN (p.code, n.code)".replace("{0}", "{}"), code).answer(reader, request, page)
