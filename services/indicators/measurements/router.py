"""Reading measurements: lists, one cell, its history."""

from typing import Annotated, Literal

import msgspec
from fastapi import Depends, Query, Request, Response

from services.indicators.filters import SCHEMA, Codes, Subtree, of_dependencia, period_in_path, period_parameter
from services.indicators.measurements.history import HISTORY, HISTORY_FIELDS, newest_first
from services.indicators.measurements.knowledge import Knowledge, knowledge
from services.indicators.measurements.listings import Cells, cell_listing
from services.indicators.measurements.shapes import MeasurementHistoryPage, MeasurementOut, MeasurementPage
from services.indicators.permissions import INTERNAL_READ, MEASUREMENT_READ
from services.indicators.policies.repository import policy_of_reading
from services.indicators.scoring.expressions import light_sql
from services.kit.access import Caller, Requires
from services.kit.computed import computed_page
from services.kit.database import Reader
from services.kit.pages import Page
from services.kit.problems import NotFound
from services.kit.routing import router as feature_router
from services.kit.scope import scope_clause

router = feature_router(tags=["measurements"])
Reads = Annotated[Caller, Requires(MEASUREMENT_READ, INTERNAL_READ)]
Known = Annotated[Knowledge, Depends(knowledge)]
Status = Literal["reported", "missing", "not_due", "exempt", "red", "amber", "green", "over"]
ReviewState = Literal["draft", "submitted", "returned", "approved"]

_SHEETS = "SELECT id FROM indicators.indicators WHERE code = ANY({}::text[])"


@router.get("/measurements", response_model=MeasurementPage)
async def list_measurements(
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    known: Known,
    assignment: Codes = None,
    indicator: Codes = None,
    dependencia: Codes = None,
    subtree: Subtree = False,
    plan: Codes = None,
    period_from: Annotated[str | None, Query(max_length=20)] = None,
    period_to: Annotated[str | None, Query(max_length=20)] = None,
    status: Annotated[list[Status] | None, Query(description="Estado de la celda o color del semáforo")] = None,
    review: Annotated[list[ReviewState] | None, Query()] = None,
    source: Codes = None,
) -> Response:
    """Mediciones. Sin status se listan las reportadas; con missing, not_due o exempt, también celdas sin valor."""
    policy = await policy_of_reading(reader, known)
    cells = Cells(
        with_empty=bool(set(status or ()) & {"missing", "not_due", "exempt"}),
        by_light=bool(status),
        by_period=period_from is not None or period_to is not None,
    )
    listing = cell_listing(caller, policy, known, cells)
    listing.filter("a.code = ANY({}::text[])", assignment).filter("a.plan = ANY({}::text[])", plan)
    listing.filter(f"a.indicator_id = ANY (ARRAY({_SHEETS}))", indicator)
    of_dependencia(listing, "a.dependencia_id", dependencia, subtree, known)
    if plan:
        listing.where_period("c.plan = ANY({}::text[])", plan)
    if period_from is not None:
        listing.where_period("c.first_day >= {}", period_parameter("period_from", period_from).first_day)
    if period_to is not None:
        listing.where_period("c.last_day <= {}", period_parameter("period_to", period_to).last_day)
    if review:
        listing.where_cell("m.review = ANY({}::text[])", review)
    if source:
        listing.where_cell("m.source = ANY({}::text[])", source)
    if status:
        light = light_sql("s.percent", policy)
        either = f"{listing.columns['state']} = ANY({{}}::text[]) OR {light} = ANY({{}}::text[])"
        listing.where_cell(either, status, status)
    return await listing.answer(reader, request, page)


@router.get("/measurements/{assignment}/{period}", response_model=MeasurementOut)
async def read_measurement(
    assignment: str, period: str, request: Request, reader: Reader, caller: Reads, known: Known
) -> Response:
    """Una celda: la asignación en un período, tenga valor o no."""
    policy = await policy_of_reading(reader, known)
    listing = cell_listing(caller, policy, known, Cells(with_empty=True)).where("a.code = {}", assignment)
    listing.where("c.period = {}", period_in_path(period).code)
    return await listing.one(reader, request)


@router.get("/measurements/{assignment}/{period}/history", response_model=MeasurementHistoryPage)
async def read_measurement_history(
    assignment: str, period: str, request: Request, reader: Reader, caller: Reads, page: Page
) -> Response:
    """Todas las versiones de una celda, de la más reciente a la primera."""
    code = period_in_path(period).code
    clause, values = scope_clause(caller, MEASUREMENT_READ, "a.dependencia_id", SCHEMA)
    numbered = clause.format(*(f"${number}" for number in range(2, 2 + len(values))))
    key = await reader.fetchrow(
        f"SELECT a.dependencia_id, a.id FROM indicators.assignments a WHERE a.code = $1 AND {numbered}",
        assignment,
        *values,
    )
    if key is None:
        raise NotFound
    items = msgspec.json.decode(await reader.fetchval(HISTORY, key["dependencia_id"], key["id"], code))
    head = {"assignment": assignment, "period": code}
    return computed_page(request, page, items, newest_first, names=HISTORY_FIELDS, extra=head)
