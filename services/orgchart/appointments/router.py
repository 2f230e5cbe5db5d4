"""Appointments: who is in which post; make, change, revoke; history."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path, Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import answer, created, etag_for, require_match
from services.kit.clock import Clock
from services.kit.database import Connection, Reader, Session, raw
from services.kit.pages import Page
from services.kit.routing import router as feature_router
from services.kit.spelling import Day
from services.orgchart.appointments.queries import IN_FORCE, STATE, appointment_document, appointments, revisions
from services.orgchart.appointments.schemas import (
    AppointmentChanges,
    AppointmentOut,
    AppointmentPage,
    Kind,
    NewAppointment,
    RevisionPage,
    Revocation,
)
from services.orgchart.appointments.service import (
    UnknownAppointment,
    appoint,
    change_appointment,
    revoke_appointment,
)
from services.orgchart.dates import AsOf
from services.orgchart.dependencias.problems import UnknownDependencia
from services.orgchart.dependencias.queries import DEEPEST, DOWN, exists_on
from services.orgchart.permissions import APPOINTMENT_PUSH, APPOINTMENT_READ, INTERNAL_READ
from services.orgchart.work import Work, work_of, write_once

router = feature_router(tags=["people"])
Reads = Annotated[Caller, Requires(APPOINTMENT_READ)]
# Other services count who holds posts; what names an account stays hidden from them too.
Lists = Annotated[Caller, Requires(APPOINTMENT_READ, INTERNAL_READ)]
Writes = Annotated[Caller, Requires(APPOINTMENT_PUSH)]
State = Literal["planned", "in_force", "over", "revoked"]


@router.get("/appointments", response_model=AppointmentPage)
async def list_appointments(
    request: Request,
    reader: Reader,
    page: Page,
    caller: Lists,
    as_of: Annotated[Day | None, Query(description="Solo las que rigen ese día")] = None,
    dependencia: Annotated[list[str] | None, Query()] = None,
    subtree: Annotated[bool, Query(description="También lo que cuelga de dependencia hoy")] = False,
    post: Annotated[list[str] | None, Query()] = None,
    person: Annotated[UUID | None, Query()] = None,
    kind: Annotated[list[Kind] | None, Query()] = None,
    state: Annotated[list[State] | None, Query(description="Por defecto, todas menos las revocadas")] = None,
    in_force_from: Annotated[Day | None, Query(description="Rigen algún día desde este")] = None,
    in_force_to: Annotated[Day | None, Query(description="Rigen algún día hasta este")] = None,
) -> Response:
    """Designaciones de titulares, encargados y subrogantes."""
    clock: Clock = request.app.state.clock
    today = clock.today()
    listing = appointments(caller, today)
    day = f"{listing.bind(today)}::date"
    if as_of is not None:
        listing.where(IN_FORCE.format("{0}"), as_of)
    if dependencia and subtree:
        below = DOWN.format(code=f"ANY ({listing.bind(dependencia)}::text[])", day=day, limit=DEEPEST)
        listing.clauses.append(f"d.id IN ({below} SELECT id FROM below)")
    else:
        listing.filter("d.code = ANY({})", dependencia)
    listing.filter("p.code = ANY({})", post).filter("a.person_id = {}", person).filter("a.kind = ANY({})", kind)
    listing.where(f"{STATE.format(day)} = ANY({{}})", list(state or ("planned", "in_force", "over")))
    listing.filter("a.valid_to IS NULL OR a.valid_to >= {}", in_force_from).filter("a.valid_from <= {}", in_force_to)
    return await listing.answer(reader, request, page)


@router.get("/dependencias/{code}/appointments", response_model=AppointmentPage)
async def list_dependencia_appointments(
    request: Request,
    reader: Reader,
    page: Page,
    caller: Reads,
    code: Annotated[str, Path(max_length=60, description="Código de la dependencia, por ejemplo DP-AZUAY")],
    as_of: AsOf,
) -> Response:
    """Quién ocupa los puestos de una dependencia en `as_of`; todas sus designaciones están en /appointments."""
    if not await exists_on(reader, code, as_of):
        raise UnknownDependencia
    clock: Clock = request.app.state.clock
    listing = appointments(caller, clock.today()).where("d.code = {}", code).where(IN_FORCE.format("{0}"), as_of)
    return await listing.answer(reader, request, page)


@router.get("/appointments/{appointment_id}", response_model=AppointmentOut)
async def read_appointment(request: Request, reader: Reader, caller: Reads, appointment_id: UUID) -> Response:
    """Una designación."""
    clock: Clock = request.app.state.clock
    found = await appointment_document(reader, caller, appointment_id, clock.today())
    if found is None:
        raise UnknownAppointment
    return answer(request, found)


@router.get("/appointments/{appointment_id}/history", response_model=RevisionPage)
async def list_appointment_revisions(
    request: Request, reader: Reader, page: Page, caller: Reads, appointment_id: UUID
) -> Response:
    """Lo que la designación ha dicho, de lo primero a lo último, y quién lo registró."""
    clock: Clock = request.app.state.clock
    if await appointment_document(reader, caller, appointment_id, clock.today()) is None:
        raise UnknownAppointment
    return await revisions(caller, appointment_id, clock.today()).answer(reader, request, page)


@router.post("/appointments", status_code=201, response_model=AppointmentOut)
async def create_appointment(request: Request, session: Session, caller: Writes, new: NewAppointment) -> Response:
    """Registra una designación. Titular y encargado no coinciden en un puesto; el subrogante, dentro de otra."""

    async def act(connection: Connection, work: Work) -> Response:
        appointment, body = await appoint(connection, work, new)
        return created(body, f"/api/v1/appointments/{appointment}", etag=etag_for(body))

    return await write_once(session, request, caller, new, act, about_persons=True)


@router.patch("/appointments/{appointment_id}", response_model=AppointmentOut)
async def update_appointment(
    request: Request, session: Session, caller: Writes, appointment_id: UUID, changes: AppointmentChanges
) -> Response:
    """Cambia último día (también para terminarla antes), documento o cuenta. Exige If-Match."""
    connection = await raw(session)
    body = await change_appointment(
        connection, work_of(request, caller), appointment_id, changes, partial(require_match, request)
    )
    return answer(request, body)


@router.post("/appointments/{appointment_id}/revocation", status_code=200, response_model=AppointmentOut)
async def revoke_an_appointment(
    request: Request, session: Session, caller: Writes, appointment_id: UUID, revocation: Revocation
) -> Response:
    """Deja sin efecto una designación desde su primer día; su historia queda."""

    async def act(connection: Connection, work: Work) -> Response:
        return answer(request, await revoke_appointment(connection, work, appointment_id, revocation.reason))

    return await write_once(session, request, caller, revocation, act, about_persons=True)
