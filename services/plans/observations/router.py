"""Observations: threads attached to a place of a plan under review."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path, Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.database import Reader, Session
from services.kit.pages import Page
from services.kit.routing import router as feature_router
from services.kit.spelling import InDigits
from services.plans.observations import service
from services.plans.observations.listing import observation_listing
from services.plans.observations.schemas import Message, NewObservation
from services.plans.observations.shapes import ObservationOut, ObservationPage
from services.plans.permissions import PLAN_OBSERVE, PLAN_READ, PLAN_SUBMIT, PLAN_WRITE
from services.plans.reading import Codes, only
from services.plans.work import perform

router = feature_router(tags=["observations"])
Reads = Annotated[Caller, Requires(PLAN_READ)]
Observes = Annotated[Caller, Requires(PLAN_OBSERVE)]
Answers = Annotated[Caller, Requires(PLAN_WRITE, PLAN_SUBMIT)]
Number = Annotated[int, Path(ge=1, le=2**62), InDigits]
Status = Literal["open", "answered", "resolved"]


@router.get("/observations", response_model=ObservationPage)
async def list_observations(
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    plan: Codes = None,
    status: Annotated[list[Status] | None, Query()] = None,
    pointer: Annotated[str | None, Query(max_length=300)] = None,
) -> Response:
    """Hilos de observación, con sus mensajes."""
    listing = observation_listing(caller)
    listing.filter("b.plan = ANY({}::text[])", plan).filter("b.status = ANY({}::text[])", status)
    return await listing.filter("b.pointer = {}", pointer).answer(reader, request, page)


@router.get("/observations/{number}", response_model=ObservationOut)
async def read_observation(number: Number, request: Request, reader: Reader, caller: Reads) -> Response:
    """Un hilo."""
    return await only(observation_listing(caller).where("b.id = {}", number), reader, request)


@router.post("/observations", status_code=201, response_model=ObservationOut)
async def open_observation(body: NewObservation, request: Request, session: Session, caller: Observes) -> Response:
    """Abre un hilo sobre un lugar del plan (`pointer`; vacío: el plan entero)."""
    return await perform(session, request, caller, body, lambda work: service.open_thread(work, body))


@router.post("/observations/{number}/answers", status_code=201, response_model=ObservationOut)
async def answer_observation(
    number: Number, body: Message, request: Request, session: Session, caller: Answers
) -> Response:
    """Responde un hilo, como dueño del plan."""
    return await perform(session, request, caller, body, lambda work: service.answer_thread(work, number, body.text))


@router.post("/observations/{number}/resolution", status_code=201, response_model=ObservationOut)
async def resolve_observation(
    number: Number, body: Message, request: Request, session: Session, caller: Observes
) -> Response:
    """Da por resuelto un hilo."""
    return await perform(session, request, caller, body, lambda work: service.resolve_thread(work, number, body.text))
