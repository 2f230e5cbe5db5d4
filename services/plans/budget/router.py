"""Budget execution by company and month, as finance reports it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.database import Reader
from services.kit.pages import Page
from services.kit.routing import router as feature_router
from services.plans.budget.listing import budget_listing
from services.plans.permissions import BUDGET_READ, INTERNAL_READ
from services.plans.reading import Codes

router = feature_router(tags=["budget"])
Reads = Annotated[Caller, Requires(BUDGET_READ, INTERNAL_READ)]


@router.get("/budget-execution")
async def list_budget_execution(
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    year: Annotated[list[int] | None, Query()] = None,
    month: Annotated[list[int] | None, Query()] = None,
    company: Codes = None,
    group: Codes = None,
) -> Response:
    """Codificado, devengado y su porcentaje, calculado. `company` es la canónica; `printed_code`, la impresa."""
    listing = budget_listing()
    listing.filter("b.year = ANY({}::int[])", year).filter("b.month = ANY({}::int[])", month)
    listing.filter("b.company = ANY({}::text[])", company).filter("b.budget_group = ANY({}::text[])", group)
    return await listing.answer(reader, request, page)
