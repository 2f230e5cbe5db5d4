"""Absences: record, correct, list. Personal data: only where person:read reaches."""

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
from services.kit.spelling import Day
from services.orgchart.appointments.absences import absences_of, change_absence, record_absence
from services.orgchart.appointments.schemas import AbsenceChanges, AbsenceOut, AbsencePage, NewAbsence
from services.orgchart.permissions import APPOINTMENT_PUSH, PERSON_READ
from services.orgchart.work import Work, work_of, write_once

router = feature_router(tags=["people"])
Reads = Annotated[Caller, Requires(PERSON_READ)]
Writes = Annotated[Caller, Requires(APPOINTMENT_PUSH)]


@router.get("/persons/{person_id}/absences", response_model=AbsencePage)
async def list_absences(
    request: Request,
    reader: Reader,
    page: Page,
    caller: Reads,
    person_id: UUID,
    as_of: Annotated[Day | None, Query(description="Solo las que rigen ese día")] = None,
) -> Response:
    """Ausencias de una persona, la última primero. Contiene datos personales."""
    clock: Clock = request.app.state.clock
    listing = await absences_of(reader, caller, person_id, clock.today())
    listing.filter("daterange(b.valid_from, b.valid_to, '[]') @> {}::date", as_of)
    return await listing.answer(reader, request, page)


@router.post("/persons/{person_id}/absences", status_code=201, response_model=AbsenceOut)
async def create_absence(
    request: Request, session: Session, caller: Writes, person_id: UUID, new: NewAbsence
) -> Response:
    """Registra los días en que una persona no puede responder por sus puestos; sin causa."""

    async def act(connection: Connection, work: Work) -> Response:
        number, body = await record_absence(connection, work, person_id, new)
        return created(body, f"/api/v1/persons/{person_id}/absences/{number}", etag=etag_for(body))

    return await write_once(session, request, caller, new, act, about_persons=True)


@router.get("/persons/{person_id}/absences/{absence_id}", response_model=AbsenceOut)
async def read_absence(request: Request, reader: Reader, caller: Reads, person_id: UUID, absence_id: UUID) -> Response:
    """Una ausencia. Contiene datos personales."""
    clock: Clock = request.app.state.clock
    listing = await absences_of(reader, caller, person_id, clock.today())
    return await listing.where("b.id = {}", absence_id).one(reader, request)


@router.patch("/persons/{person_id}/absences/{absence_id}", response_model=AbsenceOut)
async def update_absence(
    request: Request, session: Session, caller: Writes, person_id: UUID, absence_id: UUID, changes: AbsenceChanges
) -> Response:
    """Cambia el último día de una ausencia. Exige If-Match."""
    connection = await raw(session)
    body = await change_absence(
        connection, work_of(request, caller), person_id, absence_id, changes, partial(require_match, request)
    )
    return answer(request, body)
