"""Reforms of approved plans, and the trace from each changed thing to its reform."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path, Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import answer
from services.kit.database import Reader, Session
from services.kit.memory import forget
from services.kit.pages import Page
from services.kit.routing import router as feature_router
from services.kit.spelling import InDigits
from services.plans.objectives.listing import objective_listing
from services.plans.objectives.shapes import ChangePage
from services.plans.permissions import (
    INTERNAL_READ,
    PLAN_APPROVE,
    PLAN_READ,
    PLAN_SUBMIT,
    PLAN_VALIDATE,
    PLAN_WRITE,
)
from services.plans.plans.listing import plan_listing
from services.plans.reading import item_text, only
from services.plans.reforms import service
from services.plans.reforms.listing import one_reform, reform_listing, trace_listing, transition_listing
from services.plans.reforms.schemas import NewReform, ReformChange
from services.plans.reforms.shapes import ReformOut, ReformPage, ReformPreview, ReformTransitionPage
from services.plans.reforms.targets import with_outcomes
from services.plans.work import perform, preview
from services.plans.workflow.schemas import Transition

router = feature_router(tags=["reforms"])
Reads = Annotated[Caller, Requires(PLAN_READ, INTERNAL_READ)]
Writes = Annotated[Caller, Requires(PLAN_WRITE)]
Moves = Annotated[Caller, Requires(PLAN_SUBMIT, PLAN_VALIDATE, PLAN_APPROVE)]
Number = Annotated[int, Path(ge=1, le=1_000_000), InDigits]
Status = Literal["draft", "submitted", "observed", "validated", "approved", "rejected"]


@router.get("/plans/{code}/reforms", response_model=ReformPage)
async def list_reforms(
    code: str,
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    status: Annotated[list[Status] | None, Query()] = None,
) -> Response:
    """Las reformas de un plan, con sus operaciones y su estado."""
    await only(plan_listing(caller).where("p.code = {}", code), reader, request)
    listing = reform_listing(caller, code).filter("f.status = ANY({}::text[])", status)
    return await listing.answer(reader, request, page)


@router.post(
    "/plans/{code}/reforms",
    status_code=201,
    response_model=ReformOut,
    responses={200: {"model": ReformPreview, "description": "Con dry_run=true"}},
)
async def create_reform(
    code: str, body: NewReform, request: Request, session: Session, caller: Writes, dry_run: bool = False
) -> Response:
    """Prepara una reforma; con `dry_run=true` solo responde qué cambiaría."""
    if dry_run:
        return await preview(session, request, caller, lambda work: service.preview_reform(work, code, body))
    return await perform(session, request, caller, body, lambda work: service.create_reform(work, code, body))


@router.get("/plans/{code}/reforms/{number}", response_model=ReformOut)
async def read_reform(code: str, number: Number, request: Request, reader: Reader, caller: Reads) -> Response:
    """Una reforma, con lo que el servicio de indicadores hizo de cada meta: `pending`, `applied` o `refused`."""
    text = await item_text(reader, one_reform(caller, code, number))
    body, asked = await with_outcomes(request.app.state.clients["indicators"], text)
    if asked:
        forget(request.scope)
    return answer(request, body)


@router.patch("/plans/{code}/reforms/{number}", response_model=ReformOut)
async def change_reform(
    code: str, number: Number, body: ReformChange, request: Request, session: Session, caller: Writes
) -> Response:
    """Cambia una reforma en borrador sobre la versión actual del plan."""
    return await perform(session, request, caller, body, lambda work: service.change_reform(work, code, number, body))


@router.post("/plans/{code}/reforms/{number}/transitions", response_model=ReformOut)
async def take_reform_transition(
    code: str, number: Number, body: Transition, request: Request, session: Session, caller: Moves
) -> Response:
    """Lleva la reforma a otro estado; aprobarla la aplica entera y congela la nueva versión."""
    return await perform(
        session, request, caller, body, lambda work: service.take_reform_step(work, code, number, body)
    )


@router.get("/plans/{code}/reforms/{number}/transitions", response_model=ReformTransitionPage)
async def list_reform_transitions(
    code: str, number: Number, request: Request, reader: Reader, caller: Reads, page: Page
) -> Response:
    """El recorrido de una reforma: quién, cuándo, por qué y con qué acto."""
    await only(one_reform(caller, code, number), reader, request)
    listing = transition_listing().where("t.plan = {}", code).where("t.reform = {}", number)
    return await listing.answer(reader, request, page)


@router.get("/objectives/{code}/changes", response_model=ChangePage)
async def list_objective_changes(code: str, request: Request, reader: Reader, caller: Reads, page: Page) -> Response:
    """Qué cambió cada reforma en un objetivo, con su causa y su acto."""
    traced = await reader.fetchval("SELECT EXISTS (SELECT FROM plans.reform_changes WHERE code = $1)", code)
    if not traced:
        # An objective that a reform ended is in the trace only; one that is nowhere is not found.
        await only(objective_listing(caller).where("o.code = {}", code), reader, request)
    return await trace_listing(caller, code).answer(reader, request, page)


@router.get("/plans/{code}/changes", response_model=ChangePage)
async def list_plan_changes(
    code: str,
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    subject: Annotated[str, Query(max_length=120, description="Código del objetivo, estrategia o asignación")],
) -> Response:
    """Qué cambió cada reforma de un plan en una de sus partes."""
    await only(plan_listing(caller).where("p.code = {}", code), reader, request)
    return await trace_listing(caller, subject).where("h.plan = {}", code).answer(reader, request, page)
