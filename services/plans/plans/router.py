"""Plans: what was committed to, for which period, approved by whom."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.database import Reader
from services.kit.pages import Page
from services.kit.routing import router as feature_router
from services.plans.permissions import INTERNAL_READ, PLAN_READ
from services.plans.plans.listing import plan_listing, section_listing
from services.plans.plans.shapes import PlanOut, PlanPage, SectionPage
from services.plans.reading import AsOf, Codes, Search, containing, of_dependencia, only

router = feature_router(tags=["plans"])
Reads = Annotated[Caller, Requires(PLAN_READ, INTERNAL_READ)]
Kind = Literal["pei", "poa", "pac"]
Status = Literal["draft", "submitted", "observed", "validated", "approved", "in_execution", "closed", "rejected"]


@router.get("/plans", response_model=PlanPage)
async def list_plans(
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    kind: Annotated[list[Kind] | None, Query()] = None,
    status: Annotated[list[Status] | None, Query()] = None,
    dependencia: Codes = None,
    subtree: bool = False,
    as_of: AsOf = None,
    q: Search = None,
) -> Response:
    """Planes visibles, con su vigencia, estado, versión y acto de aprobación."""
    listing = plan_listing(caller)
    listing.filter("p.kind = ANY({}::text[])", kind).filter("p.status = ANY({}::text[])", status)
    listing.filter("{} BETWEEN p.period_from AND p.period_to", as_of)
    of_dependencia(listing, "p.dependencia_id", dependencia, subtree)
    containing(listing, "p.title_folded", q)
    return await listing.answer(reader, request, page)


@router.get("/plans/{code}", response_model=PlanOut)
async def read_plan(code: str, request: Request, reader: Reader, caller: Reads) -> Response:
    """Un plan."""
    return await only(plan_listing(caller).where("p.code = {}", code), reader, request)


@router.get("/plans/{code}/sections", response_model=SectionPage)
async def list_plan_sections(code: str, request: Request, reader: Reader, caller: Reads, page: Page) -> Response:
    """Las secciones del documento del plan, en su orden, con lo que contiene cada una."""
    await only(plan_listing(caller).where("p.code = {}", code), reader, request)
    return await section_listing(caller, code).answer(reader, request, page)
