"""What is owed: as a list, and as a calendar to follow."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from services.indicators.deadlines.ical import calendar_text
from services.indicators.deadlines.listings import owed_listing, pending_deadlines
from services.indicators.filters import Codes, Subtree, of_dependencia, period_parameter
from services.indicators.measurements.knowledge import Knowledge, knowledge
from services.indicators.measurements.shapes import MissingMeasurementPage
from services.indicators.permissions import MEASUREMENT_READ
from services.kit.access import Caller, Requires
from services.kit.database import Reader
from services.kit.pages import Page
from services.kit.routing import router as feature_router

router = feature_router(tags=["calendar"])
ReadsCells = Annotated[Caller, Requires(MEASUREMENT_READ)]
Known = Annotated[Knowledge, Depends(knowledge)]
PeriodText = Annotated[str | None, Query(max_length=20)]


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
    now = listing.bind(known.instant) if known.is_past else ""
    listing.where(f"NOT {known.outside_life(now)}")
    deadlines = await pending_deadlines(reader, listing, plan)
    text = calendar_text(f"Plazos {plan}", deadlines, known.instant)
    return Response(text, media_type="text/calendar; charset=utf-8")
