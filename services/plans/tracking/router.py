"""Projects in depth: creation, phases, standing, curve and portfolio."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import answer, json_bytes
from services.kit.database import Reader, Session
from services.kit.pages import Page
from services.kit.problems import NotFound
from services.kit.routing import router as feature_router
from services.plans.permissions import INTERNAL_READ, PLAN_WRITE, PROJECT_APPROVE, PROJECT_READ
from services.plans.projects.shapes import CurveOut, PhaseTransitionPage, PortfolioOut, ProjectOut, StandingOut
from services.plans.tracking import phases, projects
from services.plans.tracking.curve import curve_of
from services.plans.tracking.health import bands_on, facts_of, standing
from services.plans.tracking.portfolio import portfolio, projects_below
from services.plans.tracking.reading import list_part, part_listing, seen_project
from services.plans.tracking.schemas import NewProject, PhaseStep, ProjectChange
from services.plans.work import perform

router = feature_router(tags=["projects"])
Reads = Annotated[Caller, Requires(PROJECT_READ, INTERNAL_READ)]
Writes = Annotated[Caller, Requires(PLAN_WRITE)]
Approves = Annotated[Caller, Requires(PROJECT_APPROVE)]


@router.get("/projects/portfolio", response_model=PortfolioOut)
async def read_portfolio(
    request: Request,
    reader: Reader,
    caller: Reads,
    dependencia: Annotated[str, Query(max_length=120)],
    plan: Annotated[str | None, Query(max_length=120)] = None,
) -> Response:
    """El portafolio de una dependencia y lo que depende de ella: recuentos y los diez peores."""
    today = request.app.state.clock.today()
    rows = await projects_below(reader, caller, dependencia, plan, today)
    if rows is None:
        raise NotFound
    body = await portfolio(reader, rows, today)
    return answer(request, json_bytes({"dependencia": dependencia, "plan": plan, **body}))


@router.post("/projects", status_code=201, response_model=ProjectOut)
async def create_project(body: NewProject, request: Request, session: Session, caller: Writes) -> Response:
    """Un proyecto o plan de acción en un plan en borrador."""
    return await perform(session, request, caller, body, lambda work: projects.create_project(work, body))


@router.patch("/projects/{project}", response_model=ProjectOut)
async def change_project(
    project: str, body: ProjectChange, request: Request, session: Session, caller: Writes
) -> Response:
    """Cambia lo comprometido de un proyecto mientras su plan es borrador; exige If-Match."""
    return await perform(session, request, caller, body, lambda work: projects.change_project(work, project, body))


@router.delete("/projects/{project}", status_code=204)
async def remove_project(project: str, request: Request, session: Session, caller: Writes) -> Response:
    """Elimina un proyecto de un borrador; exige If-Match."""
    return await perform(session, request, caller, None, lambda work: projects.remove_project(work, project))


@router.get("/projects/{project}/standing", response_model=StandingOut)
async def read_standing(project: str, request: Request, reader: Reader, caller: Reads) -> Response:
    """Planeado contra real, días congelados y semáforo, con la política que lo decide."""
    row = await seen_project(project, request, reader, caller)
    today = request.app.state.clock.today()
    bands, policy = await bands_on(reader, today)
    stands = standing(dict(row), await facts_of(reader, [project]), bands, today)
    return answer(request, json_bytes({"project": project, "on": today, "policy": policy, **stands}))


@router.get("/projects/{project}/curve", response_model=CurveOut)
async def read_curve(project: str, request: Request, reader: Reader, caller: Reads) -> Response:
    """La curva de avance planeado y real, mes a mes."""
    row = await seen_project(project, request, reader, caller)
    points = await curve_of(reader, row, request.app.state.clock.today())
    return answer(request, json_bytes({"project": project, "points": points}))


@router.get("/projects/{project}/transitions", response_model=PhaseTransitionPage)
async def list_phase_transitions(project: str, request: Request, reader: Reader, caller: Reads, page: Page) -> Response:
    """Los cambios de fase, con su motivo."""
    return await list_part(part_listing("transitions", project), project, request, reader, caller, page)


@router.post("/projects/{project}/transitions", response_model=ProjectOut)
async def take_phase_transition(
    project: str, body: PhaseStep, request: Request, session: Session, caller: Approves
) -> Response:
    """Lleva el proyecto a otra fase; responde el proyecto."""
    return await perform(session, request, caller, body, lambda work: phases.take_phase_step(work, project, body))
