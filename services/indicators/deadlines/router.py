"""The calendar of a plan: read it, replace it."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.indicators.deadlines.changing import replace_calendar
from services.indicators.deadlines.listings import calendar_listing
from services.indicators.deadlines.schemas import CalendarDocument
from services.indicators.deadlines.shapes import CalendarOut, CalendarPeriodPage
from services.indicators.domain.periods import Frequency
from services.indicators.filters import Codes
from services.indicators.permissions import CALENDAR_READ, CALENDAR_WRITE
from services.indicators.work import Author, write_once
from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, json_bytes
from services.kit.database import Connection, Reader, Session
from services.kit.pages import Page
from services.kit.routing import router as feature_router
from services.kit.spelling import Digits

router = feature_router(tags=["calendar"])
ReadsCalendar = Annotated[Caller, Requires(CALENDAR_READ)]
WritesCalendar = Annotated[Caller, Requires(CALENDAR_WRITE, everywhere=True)]


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

    async def act(connection: Connection, author: Author) -> Response:
        version = await replace_calendar(connection, author, body)
        document = {**body.model_dump(mode="json"), "version": version}
        return Response(json_bytes(document), 201, {"Location": f"/api/v1/calendar?plan={body.plan}"}, JSON_TYPE)

    return await write_once(session, request, caller, body, act)
