"""Objectives N1–N4 and strategies."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.database import Reader
from services.kit.pages import Page
from services.kit.routing import router as feature_router
from services.plans.objectives.listing import objective_listing, strategy_listing
from services.plans.objectives.shapes import ObjectiveOut, ObjectivePage, StrategyOut, StrategyPage
from services.plans.permissions import INTERNAL_READ, PLAN_READ
from services.plans.reading import AsOf, Codes, Search, containing, of_dependencia, only

router = feature_router(tags=["objectives"])
Reads = Annotated[Caller, Requires(PLAN_READ, INTERNAL_READ)]
REGISTERED = """EXISTS (SELECT 1 FROM plans.org_units d WHERE d.code = ANY({}::text[]) AND (d.id = o.dependencia_id
    OR d.id = (SELECT s.dependencia_id FROM plans.plan_sections s WHERE s.plan = o.plan AND s.number = o.section)))"""
Level = Literal["N1", "N2", "N3", "N4"]


@router.get("/objectives", response_model=ObjectivePage)
async def list_objectives(
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    plan: Codes = None,
    level: Annotated[list[Level] | None, Query()] = None,
    dependencia: Codes = None,
    subtree: bool = False,
    section: Codes = None,
    aligned_to: Codes = None,
    as_of: AsOf = None,
    q: Search = None,
) -> Response:
    """Objetivos y aquello a lo que contribuyen. `dependencia`: quien los lleva o la sección que los registra."""
    listing = objective_listing(caller)
    listing.filter("o.plan = ANY({}::text[])", plan).filter("o.level = ANY({}::text[])", level)
    listing.filter("o.section = ANY({}::text[])", section)
    listing.filter(
        """EXISTS (SELECT 1 FROM plans.alignments a WHERE a.from_objective = o.code
                   AND coalesce(a.to_objective, a.to_strategy) = ANY({}::text[]))""",
        aligned_to,
    )
    listing.filter("{} BETWEEN o.valid_from AND o.valid_to", as_of)
    if dependencia and not subtree:
        # A direction's plan holds the objectives of its coordinations too: the section registers them.
        listing.where(REGISTERED, dependencia)
    else:
        of_dependencia(listing, "o.dependencia_id", dependencia, subtree)
    containing(listing, "o.statement_folded", q)
    return await listing.answer(reader, request, page)


@router.get("/objectives/{code}", response_model=ObjectiveOut)
async def read_objective(code: str, request: Request, reader: Reader, caller: Reads) -> Response:
    """Un objetivo."""
    return await only(objective_listing(caller).where("o.code = {}", code), reader, request)


@router.get("/strategies", response_model=StrategyPage)
async def list_strategies(
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    plan: Codes = None,
    objective: Codes = None,
    in_pei: bool | None = None,
    as_of: AsOf = None,
    q: Search = None,
) -> Response:
    """Estrategias. Con `plan`, las del plan y las del plan superior que desarrolla."""
    listing = strategy_listing(caller)
    listing.filter(
        """s.plan IN (SELECT unnest(array[d.code, d.parent]) FROM plans.plans d WHERE d.code = ANY({}::text[]))""",
        plan,
    )
    listing.filter("s.objective = ANY({}::text[])", objective).filter("s.in_pei = {}", in_pei)
    listing.filter("{} BETWEEN s.valid_from AND s.valid_to", as_of)
    containing(listing, "s.text_folded", q)
    return await listing.answer(reader, request, page)


@router.get("/strategies/{code}", response_model=StrategyOut)
async def read_strategy(code: str, request: Request, reader: Reader, caller: Reads) -> Response:
    """Una estrategia."""
    return await only(strategy_listing(caller).where("s.code = {}", code), reader, request)
