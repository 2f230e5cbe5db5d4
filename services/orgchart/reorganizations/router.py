"""Reorganisations through the API."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, created, json_bytes
from services.kit.clock import Clock
from services.kit.database import Reader, Session, raw
from services.kit.idempotency import once
from services.kit.pages import Page
from services.kit.routing import router as feature_router
from services.orgchart.dependencias.problems import UnknownDependencia
from services.orgchart.dependencias.queries import was_ever
from services.orgchart.permissions import ORGANISATION_READ, REORGANIZATION_APPLY
from services.orgchart.reorganizations.acknowledging import FOLLOWERS
from services.orgchart.reorganizations.applying import apply
from services.orgchart.reorganizations.listing import document_of, reorganization_listing, succession_listing
from services.orgchart.reorganizations.proposing import propose
from services.orgchart.reorganizations.schemas import (
    ReorganizationIn,
    ReorganizationOut,
    ReorganizationPage,
    SuccessionPage,
)
from services.orgchart.reorganizations.undoing import undo

router = feature_router(tags=["reorganizations"])
READ = [Requires(ORGANISATION_READ)]
MAY_APPLY = Requires(REORGANIZATION_APPLY, everywhere=True)


@router.post(
    "/reorganizations",
    status_code=201,
    response_model=ReorganizationOut,
    responses={200: {"model": ReorganizationOut, "description": "Con dry_run=true"}},
)
async def create_reorganization(
    request: Request,
    session: Session,
    body: ReorganizationIn,
    caller: Annotated[Caller, MAY_APPLY],
    dry_run: Annotated[bool, Query(description="Solo ver qué pasaría; responde 200 y no cambia nada")] = False,
) -> Response:
    """Aplica operaciones bajo una resolución y en una fecha; con `dry_run=true` solo dice qué pasaría."""
    clock: Clock = request.app.state.clock
    if dry_run:
        proposal = await propose(request.app, body)
        return Response(json_bytes(_preview(body, proposal.impact)), 200, media_type=JSON_TYPE)
    connection = await raw(session)

    async def act() -> Response:
        proposal = await propose(request.app, body)
        number = await apply(connection, body, proposal, actor=caller.subject, now=clock.now())
        return created(await document_of(connection, number), f"/api/v1/reorganizations/{number}")

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
    """Reorganizaciones, de la última a la primera."""
    listing = reorganization_listing().filter("r.status = ANY({})", status).filter("r.resolution = {}", resolution)
    return await listing.answer(reader, request, page)


@router.get("/reorganizations/{number}", dependencies=READ, response_model=ReorganizationOut)
async def read_reorganization(request: Request, reader: Reader, number: UUID) -> Response:
    """Una reorganización: qué hizo y qué servicios ya la recogieron."""
    return await reorganization_listing().where("r.id = {}", number).one(reader, request)


@router.post("/reorganizations/{number}/undo", response_model=ReorganizationOut)
async def undo_reorganization(
    request: Request, session: Session, number: UUID, caller: Annotated[Caller, MAY_APPLY]
) -> Response:
    """Deja todo como estaba, mientras nada posterior dependa de ella."""
    clock: Clock = request.app.state.clock
    connection = await raw(session)

    async def act() -> Response:
        await undo(request.app, connection, number, actor=caller.subject, now=clock.now())
        return Response(await document_of(connection, number), 200, media_type=JSON_TYPE)

    return await once(connection, "orgchart", request, caller.subject, b"undo", clock.now(), act)


@router.get("/dependencias/{code}/succession", dependencies=READ, response_model=SuccessionPage)
async def list_succession(request: Request, reader: Reader, page: Page, code: str) -> Response:
    """Quién sucedió a esta dependencia y a quién sucede, con partes y fechas."""
    if not await was_ever(reader, code):
        raise UnknownDependencia
    listing = succession_listing().where("{} IN (p.code, n.code)", code)
    return await listing.answer(reader, request, page)
