"""Calendar, exceptions, and what is owed."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel

from services.indicators.deadlines.changing import (
    Actor,
    end_exception,
    end_exemption,
    exempt,
    grant_exception,
    replace_calendar,
)
from services.indicators.deadlines.ical import Deadline, calendar_text
from services.indicators.deadlines.listings import (
    calendar_listing,
    exception_listing,
    exemption_listing,
    owed_listing,
)
from services.indicators.deadlines.schemas import CalendarDocument, ExceptionDocument, ExemptionDocument
from services.indicators.deadlines.shapes import (
    CalendarOut,
    CalendarPeriodPage,
    ExemptionPage,
    GrantedException,
    GrantedExemption,
    LockExceptionPage,
)
from services.indicators.domain.periods import Frequency
from services.indicators.filters import SCHEMA, Codes, Subtree, of_dependencia, period_in_path, period_parameter
from services.indicators.measurements.knowledge import Knowledge, knowledge
from services.indicators.measurements.shapes import MissingMeasurementPage
from services.indicators.permissions import CALENDAR_READ, CALENDAR_WRITE, LOCK_EXCEPTION_WRITE, MEASUREMENT_READ
from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, json_bytes
from services.kit.database import Connection, Reader, Session, raw
from services.kit.idempotency import once
from services.kit.pages import Page
from services.kit.routing import router as feature_router
from services.kit.spelling import Digits

router = feature_router(tags=["calendar"])
ReadsCalendar = Annotated[Caller, Requires(CALENDAR_READ)]
ReadsCells = Annotated[Caller, Requires(MEASUREMENT_READ)]
WritesCalendar = Annotated[Caller, Requires(CALENDAR_WRITE, everywhere=True)]
Exempts = Annotated[Caller, Requires(CALENDAR_WRITE)]
WritesExceptions = Annotated[Caller, Requires(LOCK_EXCEPTION_WRITE)]
Known = Annotated[Knowledge, Depends(knowledge)]
PeriodText = Annotated[str | None, Query(max_length=20)]
MAX_DEADLINES = 2000


@router.get("/calendar", response_model=CalendarPeriodPage)
async def list_calendar(
    request: Request,
    reader: Reader,
    caller: ReadsCalendar,
    page: Page,
    plan: Codes = None,
    year: Annotated[list[Digits] | None, Query(description="Año del período")] = None,
    frequency: Annotated[list[Frequency] | None, Query()] = None,
) -> Response:
    """Aperturas, vencimientos y cierres de cada período."""
    listing = calendar_listing(request.app.state.clock.today())
    listing.filter("c.plan = ANY({}::text[])", plan).filter("c.frequency = ANY({}::text[])", frequency)
    listing.filter("extract(year FROM c.first_day)::int = ANY({}::int[])", year)
    return await listing.answer(reader, request, page)


@router.post("/calendar", status_code=201, response_model=CalendarOut)
async def replace_plan_calendar(
    request: Request, session: Session, caller: WritesCalendar, body: CalendarDocument
) -> Response:
    """Una nueva versión del calendario de un plan."""

    async def act(connection: Connection, actor: Actor) -> Response:
        version = await replace_calendar(connection, actor, body)
        document = {**body.model_dump(mode="json"), "version": version}
        return Response(json_bytes(document), 201, {"Location": f"/api/v1/calendar?plan={body.plan}"}, JSON_TYPE)

    return await _once(request, session, caller, body, act)


@router.post("/calendar/exemptions", status_code=201, response_model=GrantedExemption)
async def exempt_cell(request: Request, session: Session, caller: Exempts, body: ExemptionDocument) -> Response:
    """Exime una asignación de reportar un período."""

    async def act(connection: Connection, actor: Actor) -> Response:
        await exempt(connection, actor, body)
        location = f"/api/v1/measurements/{body.assignment}/{body.period}"
        return Response(json_bytes(body.model_dump(mode="json")), 201, {"Location": location}, JSON_TYPE)

    return await _once(request, session, caller, body, act)


@router.get("/calendar/exemptions", response_model=ExemptionPage)
async def list_exemptions(
    request: Request,
    reader: Reader,
    caller: ReadsCells,
    page: Page,
    dependencia: Codes = None,
    subtree: Subtree = False,
    plan: Codes = None,
    active: bool | None = None,
) -> Response:
    """Celdas exentas, con su motivo."""
    listing = exemption_listing(caller, request.app.state.clock.now())
    of_dependencia(listing, "e.dependencia_id", dependencia, subtree)
    listing.filter("a.plan = ANY({}::text[])", plan).filter(f"({listing.columns['active']}) = {{}}", active)
    return await listing.answer(reader, request, page)


@router.delete("/calendar/exemptions/{assignment}/{period}", status_code=204)
async def end_cell_exemption(
    assignment: str, period: str, request: Request, session: Session, caller: Exempts
) -> Response:
    """Termina una exención: la celda vuelve a deberse desde ahora."""
    await end_exemption(await raw(session), _actor(request, caller), assignment, period_in_path(period).code)
    return Response(status_code=204)


@router.get("/lock-exceptions", response_model=LockExceptionPage)
async def list_lock_exceptions(
    request: Request,
    reader: Reader,
    caller: ReadsCells,
    page: Page,
    dependencia: Codes = None,
    subtree: Subtree = False,
    plan: Codes = None,
    active: bool | None = None,
) -> Response:
    """Excepciones al cierre, las más recientes primero."""
    listing = exception_listing(caller, request.app.state.clock.now())
    of_dependencia(listing, "x.dependencia_id", dependencia, subtree)
    listing.filter("x.plan = ANY({}::text[])", plan).filter(f"({listing.columns['active']}) = {{}}", active)
    return await listing.answer(reader, request, page)


@router.post("/lock-exceptions", status_code=201, response_model=GrantedException)
async def grant_lock_exception(
    request: Request, session: Session, caller: WritesExceptions, body: ExceptionDocument
) -> Response:
    """Permite reportar un período cerrado hasta una fecha, con su motivo."""

    async def act(connection: Connection, actor: Actor) -> Response:
        number = await grant_exception(connection, actor, body)
        document = {"id": number, **body.model_dump(mode="json"), "granted_by": caller.subject}
        return Response(json_bytes(document), 201, {"Location": f"/api/v1/lock-exceptions/{number}"}, JSON_TYPE)

    return await _once(request, session, caller, body, act)


@router.delete("/lock-exceptions/{number}", status_code=204)
async def end_lock_exception(number: Digits, request: Request, session: Session, caller: WritesExceptions) -> Response:
    """Da por vencida una excepción."""
    await end_exception(await raw(session), _actor(request, caller), number)
    return Response(status_code=204)


@router.get("/missing-measurements", response_model=MissingMeasurementPage)
async def list_missing_measurements(
    request: Request,
    reader: Reader,
    caller: ReadsCells,
    page: Page,
    known: Known,
    dependencia: Codes = None,
    subtree: Subtree = False,
    plan: Codes = None,
    period_from: PeriodText = None,
    period_to: PeriodText = None,
) -> Response:
    """Lo que venció sin reportarse, y quién lo debe."""
    listing = owed_listing(caller, known)
    of_dependencia(listing, "a.dependencia_id", dependencia, subtree, known)
    listing.filter("a.plan = ANY({}::text[])", plan)
    if period_from is not None:
        listing.where("c.first_day >= {}", period_parameter("period_from", period_from).first_day)
    if period_to is not None:
        listing.where("c.last_day <= {}", period_parameter("period_to", period_to).last_day)
    listing.where(f"{listing.columns['state']} = 'missing'")
    return await listing.answer(reader, request, page)


@router.get(
    "/calendar/deadlines.ics",
    response_class=Response,
    responses={
        200: {
            "content": {"text/calendar": {"schema": {"type": "string"}}},
            "description": "Calendario iCalendar (RFC 5545)",
        }
    },
)
async def follow_deadlines(
    request: Request,
    reader: Reader,
    caller: ReadsCells,
    known: Known,
    plan: Annotated[str, Query(max_length=100)],
    dependencia: Codes = None,
    subtree: Subtree = False,
) -> Response:
    """Vencimientos pendientes como calendario iCalendar, uno por dependencia y período."""
    listing = owed_listing(caller, known).where("a.plan = {}", plan)
    of_dependencia(listing, "a.dependencia_id", dependencia, subtree, known)
    listing.where(f"{listing.columns['state']} <> 'exempt'")
    clauses = " AND ".join(f"({clause})" for clause in listing.clauses)
    rows = await reader.fetch(
        f"""SELECT u.code, u.name, c.period, c.due_on, count(*) AS cells FROM {listing.source} WHERE {clauses}
            GROUP BY u.code, u.name, c.period, c.due_on ORDER BY c.due_on, u.code LIMIT {MAX_DEADLINES}""",
        *listing.arguments,
    )
    deadlines = [
        Deadline(
            uid=f"{plan}.{row['code']}.{row['period']}@iesspr",
            day=row["due_on"],
            summary=f"{row['name']}: {row['cells']} mediciones de {row['period']}",
            description=f"{row['cells']} celdas de {plan} sin reportar.",
        )
        for row in rows
    ]
    text = calendar_text(f"Plazos {plan}", deadlines, known.instant)
    return Response(text, media_type="text/calendar; charset=utf-8")


def _actor(request: Request, caller: Caller) -> Actor:
    return Actor(caller, request.app.state.clock.now(), request.state.request_id)


async def _once(
    request: Request,
    session: Session,
    caller: Caller,
    body: BaseModel,
    act: Callable[[Connection, Actor], Awaitable[Response]],
) -> Response:
    """One act under the caller's idempotency key, when there is one."""
    connection, actor = await raw(session), _actor(request, caller)
    parsed = json_bytes(body.model_dump(mode="json"))

    async def carry_out() -> Response:
        return await act(connection, actor)

    return await once(connection, SCHEMA, request, caller.subject, parsed, actor.now, carry_out)
