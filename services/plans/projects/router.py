"""Projects and action plans: one concept, two kinds."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.database import Pool, Reader
from services.kit.pages import Key, Listing, Page
from services.kit.problems import FieldError, Invalid
from services.kit.routing import router as feature_router
from services.kit.spelling import Day
from services.plans.permissions import INTERNAL_READ, PROJECT_READ
from services.plans.projects.listing import OVERDUE, owned_by, project_listing
from services.plans.projects.shapes import PhasePage, ProjectOut, ProjectPage
from services.plans.reading import Codes, Search, containing, of_dependencia, only

router = feature_router(tags=["projects"])
Reads = Annotated[Caller, Requires(PROJECT_READ, INTERNAL_READ)]
Kind = Literal["project", "action_plan"]


async def refuse_unknown_phases(reader: Pool, phases: list[str] | None) -> None:
    """The catalogue of phases is open, so that it is asked and not declared. Raises Invalid."""
    if not phases:
        return
    known = [row[0] for row in await reader.fetch("SELECT code FROM plans.project_phases ORDER BY ordinal")]
    if not set(phases) <= set(known):
        raise Invalid(errors=[FieldError("query/phase", "unknown-value", f"Valores admitidos: {', '.join(known)}.")])


@router.get("/projects", response_model=ProjectPage)
async def list_projects(
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    plan: Codes = None,
    kind: Annotated[list[Kind] | None, Query()] = None,
    phase: Codes = None,
    owner: Codes = None,
    dependencia: Codes = None,
    subtree: bool = False,
    section: Codes = None,
    code: Codes = None,
    overdue: bool | None = None,
    carried_over: bool | None = None,
    end_date_from: Day | None = None,
    end_date_to: Day | None = None,
    q: Search = None,
) -> Response:
    """Proyectos y planes de acción. `dependencia` es la sección del plan que los registra; `owner`, quien los lleva."""
    await refuse_unknown_phases(reader, phase)
    listing = project_listing(caller, request.app.state.clock.today())
    listing.filter("r.plan = ANY({}::text[])", plan).filter("r.kind = ANY({}::text[])", kind)
    listing.filter("r.phase = ANY({}::text[])", phase).filter("r.section = ANY({}::text[])", section)
    listing.filter("r.code = ANY({}::text[])", code).filter("r.carried_over = {}", carried_over)
    listing.filter("r.end_date >= {}", end_date_from).filter("r.end_date <= {}", end_date_to)
    owned_by(listing, owner, subtree)
    if overdue is not None:
        listing.where(f"({OVERDUE}) = {{}}", overdue)
    of_dependencia(listing, "r.dependencia_id", dependencia, subtree)
    containing(listing, "r.name_folded", q)
    return await listing.answer(reader, request, page)


@router.get("/projects/phases", response_model=PhasePage)
async def list_project_phases(request: Request, reader: Reader, caller: Reads, page: Page) -> Response:
    """El catálogo de fases en su orden, con los pasos permitidos desde cada una."""
    listing = Listing(
        columns={
            "code": "f.code",
            "label": "f.label",
            "order": "f.ordinal",
            "is_final": "f.is_final",
            "stops_clock": "f.stops_clock",
            "next": """coalesce((SELECT json_agg(json_build_object('to', s.to_phase, 'needs_reason', s.needs_reason)
                ORDER BY n.ordinal) FROM plans.project_phase_steps s JOIN plans.project_phases n ON n.code = s.to_phase
                WHERE s.from_phase = f.code), '[]'::json)""",
        },
        source="plans.project_phases f",
        keys={"order": Key("f.ordinal", "integer")},
        order="order",
        unique="order",
    )
    return await listing.answer(reader, request, page)


@router.get("/projects/{project}", response_model=ProjectOut)
async def read_project(project: str, request: Request, reader: Reader, caller: Reads) -> Response:
    """Un proyecto o plan de acción, por su id."""
    listing = project_listing(caller, request.app.state.clock.today())
    return await only(listing.where("r.id = {}", project), reader, request)
