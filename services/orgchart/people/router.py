"""Persons: register, find, read, correct."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import answer, created, etag_for, require_match
from services.kit.clock import Clock
from services.kit.database import Connection, Reader, Session, raw
from services.kit.pages import Page
from services.kit.routing import router as feature_router
from services.orgchart.people.queries import named_like, person_by_cedula, person_in_reach, persons_in_reach
from services.orgchart.people.schemas import NewPerson, PersonChanges, PersonLookup, PersonOut, PersonPage
from services.orgchart.people.service import UnknownPerson, change_person, register_person
from services.orgchart.permissions import PERSON_READ, PERSON_WRITE
from services.orgchart.work import Work, work_of, write_once

router = feature_router(tags=["people"])
Reads = Annotated[Caller, Requires(PERSON_READ)]
Writes = Annotated[Caller, Requires(PERSON_WRITE)]


@router.get("/persons", response_model=PersonPage)
async def list_persons(
    request: Request,
    reader: Reader,
    page: Page,
    caller: Reads,
    q: Annotated[str | None, Query(min_length=2, max_length=100, description="Texto en apellidos o nombres")] = None,
    dependencia: Annotated[list[str] | None, Query(description="Dependencia que lleva el expediente")] = None,
) -> Response:
    """Personas cuyo expediente o designación está al alcance de quien pregunta. Contiene datos personales."""
    clock: Clock = request.app.state.clock
    listing = persons_in_reach(caller, clock.today()).filter("d.code = ANY({})", dependencia)
    return await named_like(listing, q).answer(reader, request, page)


@router.get("/persons/{person_id}", response_model=PersonOut)
async def read_person(request: Request, reader: Reader, caller: Reads, person_id: UUID) -> Response:
    """Una persona. Contiene datos personales."""
    clock: Clock = request.app.state.clock
    found = await person_in_reach(reader, caller, person_id, clock.today())
    if found is None:
        raise UnknownPerson
    return answer(request, found)


@router.post("/persons/lookup", response_model=PersonOut)
async def look_up_person(request: Request, reader: Reader, caller: Reads, lookup: PersonLookup) -> Response:
    """La persona con esa cédula, si está al alcance. No cambia nada; la cédula va en el cuerpo, no en la dirección."""
    clock: Clock = request.app.state.clock
    found = await person_by_cedula(reader, caller, lookup.cedula, clock.today())
    if found is None:
        raise UnknownPerson
    return answer(request, found)


@router.post("/persons", status_code=201, response_model=PersonOut)
async def create_person(request: Request, session: Session, caller: Writes, new: NewPerson) -> Response:
    """Registra una persona: solo lo que una designación necesita saber de ella."""

    async def act(connection: Connection, work: Work) -> Response:
        person, body = await register_person(connection, work, new)
        return created(body, f"/api/v1/persons/{person}", etag=etag_for(body))

    return await write_once(session, request, caller, new, act, about_persons=True)


@router.patch("/persons/{person_id}", response_model=PersonOut)
async def update_person(
    request: Request, session: Session, caller: Writes, person_id: UUID, changes: PersonChanges
) -> Response:
    """Corrige los datos que se envíen. Exige If-Match."""
    connection = await raw(session)
    body = await change_person(
        connection, work_of(request, caller), person_id, changes, partial(require_match, request)
    )
    return answer(request, body)
