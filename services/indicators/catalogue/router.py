"""Technical sheets and assignments."""

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from services.indicators.catalogue.listings import assignment_listing, indicator_listing
from services.indicators.catalogue.shapes import AssignmentOut, AssignmentPage, IndicatorOut, IndicatorPage
from services.indicators.domain.achievement import Direction
from services.indicators.domain.periods import Frequency
from services.indicators.filters import Codes, Subtree, of_dependencia
from services.indicators.permissions import ASSIGNMENT_READ, INDICATOR_READ, INTERNAL_READ
from services.kit.access import Caller, Requires
from services.kit.database import Reader
from services.kit.folding import like_pattern
from services.kit.pages import Page
from services.kit.routing import router as feature_router
from services.kit.spelling import Digits

router = feature_router(tags=["indicators"])
Reads = Annotated[Caller, Requires(INDICATOR_READ)]
ReadsAssignments = Annotated[Caller, Requires(ASSIGNMENT_READ, INTERNAL_READ)]
Search = Annotated[str | None, Query(max_length=200, description="Texto, sin distinguir acentos ni mayúsculas")]


@router.get("/indicators", response_model=IndicatorPage)
async def list_indicators(
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    code: Codes = None,
    unit: Codes = None,
    frequency: Annotated[list[Frequency] | None, Query()] = None,
    direction: Annotated[list[Direction] | None, Query()] = None,
    hierarchy: Annotated[list[Literal["impact", "result"]] | None, Query()] = None,
    q: Search = None,
) -> Response:
    """Fichas técnicas de los indicadores."""
    listing = indicator_listing().filter("i.code = ANY({}::text[])", code).filter("i.unit = ANY({}::text[])", unit)
    listing.filter("i.frequency = ANY({}::text[])", frequency).filter("i.direction = ANY({}::text[])", direction)
    listing.filter("i.hierarchy = ANY({}::text[])", hierarchy)
    listing.filter("i.folded LIKE {}", like_pattern(q) if q else None)
    return await listing.answer(reader, request, page)


@router.get("/indicators/{code}", response_model=IndicatorOut)
async def read_indicator(code: str, request: Request, reader: Reader, caller: Reads) -> Response:
    """Una ficha técnica."""
    return await indicator_listing().where("i.code = {}", code).one(reader, request)


@router.get("/assignments", response_model=AssignmentPage)
async def list_assignments(
    request: Request,
    reader: Reader,
    caller: ReadsAssignments,
    page: Page,
    plan: Codes = None,
    dependencia: Codes = None,
    subtree: Subtree = False,
    level: Annotated[list[Literal["N1", "N2", "N3", "N4"]] | None, Query()] = None,
    number: Annotated[list[Digits] | None, Query()] = None,
    frequency: Annotated[list[Frequency] | None, Query()] = None,
    indicator: Codes = None,
    q: Search = None,
) -> Response:
    """Asignaciones: qué indicador responde cada dependencia en cada plan, con sus metas por período."""
    listing = assignment_listing(caller).filter("a.plan = ANY({}::text[])", plan)
    of_dependencia(listing, "a.dependencia_id", dependencia, subtree)
    listing.filter("a.level = ANY({}::text[])", level).filter("a.number = ANY({}::int[])", number)
    listing.filter("a.frequency = ANY({}::text[])", frequency).filter("i.code = ANY({}::text[])", indicator)
    listing.filter("i.folded LIKE {}", like_pattern(q) if q else None)
    return await listing.answer(reader, request, page)


@router.get("/assignments/{code}", response_model=AssignmentOut)
async def read_assignment(code: str, request: Request, reader: Reader, caller: ReadsAssignments) -> Response:
    """Una asignación."""
    return await assignment_listing(caller).where("a.code = {}", code).one(reader, request)
