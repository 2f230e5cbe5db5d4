"""Exceptions to the lock: who may still report what is closed, until when and why."""

from functools import partial
from typing import Annotated

from fastapi import Request, Response

from services.indicators.deadlines.changing import end_exception, grant_exception
from services.indicators.deadlines.listings import exception_listing, one_exception
from services.indicators.deadlines.schemas import ExceptionDocument
from services.indicators.deadlines.shapes import GrantedException, LockExceptionOut, LockExceptionPage
from services.indicators.filters import Codes, Subtree, of_dependencia
from services.indicators.permissions import LOCK_EXCEPTION_WRITE, MEASUREMENT_READ
from services.indicators.work import Author, author_of, write_once
from services.kit.access import Caller, Requires
from services.kit.answers import created, etag_for, json_bytes, require_match
from services.kit.database import Connection, Reader, Session, raw
from services.kit.pages import Page
from services.kit.routing import router as feature_router
from services.kit.spelling import Digits

router = feature_router(tags=["calendar"])
ReadsCells = Annotated[Caller, Requires(MEASUREMENT_READ)]
WritesExceptions = Annotated[Caller, Requires(LOCK_EXCEPTION_WRITE)]


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

    async def act(connection: Connection, author: Author) -> Response:
        number = await grant_exception(connection, author, body)
        document = {"id": number, **body.model_dump(mode="json"), "granted_by": caller.subject}
        tag = etag_for(await one_exception(caller, author.now, number).text(connection))
        return created(json_bytes(document), f"/api/v1/lock-exceptions/{number}", etag=tag)

    return await write_once(session, request, caller, body, act)


@router.get("/lock-exceptions/{number}", response_model=LockExceptionOut)
async def read_lock_exception(number: Digits, request: Request, reader: Reader, caller: ReadsCells) -> Response:
    """Una excepción al cierre."""
    return await one_exception(caller, request.app.state.clock.now(), number).one(reader, request)


@router.delete("/lock-exceptions/{number}", status_code=204)
async def end_lock_exception(number: Digits, request: Request, session: Session, caller: WritesExceptions) -> Response:
    """Da por vencida una excepción; exige If-Match."""
    await end_exception(await raw(session), author_of(request, caller), number, partial(require_match, request))
    return Response(status_code=204)
