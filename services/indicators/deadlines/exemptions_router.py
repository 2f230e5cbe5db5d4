"""Cells that nobody has to report, with the reason."""

from functools import partial
from typing import Annotated

from fastapi import Request, Response

from services.indicators.deadlines.changing import end_exemption, exempt
from services.indicators.deadlines.listings import exemption_listing, last_exemption
from services.indicators.deadlines.schemas import ExemptionDocument
from services.indicators.deadlines.shapes import ExemptionOut, ExemptionPage, GrantedExemption
from services.indicators.filters import Codes, Subtree, of_dependencia, period_in_body, period_in_path
from services.indicators.permissions import CALENDAR_WRITE, MEASUREMENT_READ
from services.indicators.work import Author, author_of, write_once
from services.kit.access import Caller, Requires
from services.kit.answers import created, etag_for, json_bytes, require_match
from services.kit.database import Connection, Reader, Session, raw
from services.kit.pages import Page
from services.kit.routing import router as feature_router

router = feature_router(tags=["calendar"])
ReadsCells = Annotated[Caller, Requires(MEASUREMENT_READ)]
Exempts = Annotated[Caller, Requires(CALENDAR_WRITE)]


@router.post("/calendar/exemptions", status_code=201, response_model=GrantedExemption)
async def exempt_cell(request: Request, session: Session, caller: Exempts, body: ExemptionDocument) -> Response:
    """Exime una asignación de reportar un período."""

    async def act(connection: Connection, author: Author) -> Response:
        await exempt(connection, author, body)
        period = period_in_body(body.period).code
        tag = etag_for(await last_exemption(caller, author.now, body.assignment, period).text(connection))
        location = f"/api/v1/calendar/exemptions/{body.assignment}/{period}"
        return created(json_bytes(body.model_dump(mode="json")), location, etag=tag)

    return await write_once(session, request, caller, body, act)


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


@router.get("/calendar/exemptions/{assignment}/{period}", response_model=ExemptionOut)
async def read_exemption(
    assignment: str, period: str, request: Request, reader: Reader, caller: ReadsCells
) -> Response:
    """La exención de una celda: la vigente, o la última que hubo."""
    code = period_in_path(period).code
    return await last_exemption(caller, request.app.state.clock.now(), assignment, code).one(reader, request)


@router.delete("/calendar/exemptions/{assignment}/{period}", status_code=204)
async def end_cell_exemption(
    assignment: str, period: str, request: Request, session: Session, caller: Exempts
) -> Response:
    """Termina una exención; exige If-Match. La celda vuelve a deberse desde ahora."""
    code, if_match = period_in_path(period).code, partial(require_match, request)
    await end_exemption(await raw(session), author_of(request, caller), assignment, code, if_match)
    return Response(status_code=204)
