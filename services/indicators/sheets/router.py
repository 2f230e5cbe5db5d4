"""Writing technical sheets, their versions, graph and evaluation."""

from typing import Annotated

import msgspec
from fastapi import Depends, Query, Request, Response

from services.indicators.domain.numbers import written
from services.indicators.filters import SCHEMA, period_parameter
from services.indicators.measurements.history import newest_first
from services.indicators.measurements.knowledge import Knowledge, knowledge
from services.indicators.permissions import INDICATOR_READ, INDICATOR_WRITE, MEASUREMENT_READ
from services.indicators.scorecards.reading import root_of
from services.indicators.sheets.reading import evaluated, formula_graph
from services.indicators.sheets.schemas import NewSheetBody, SheetBody
from services.indicators.sheets.shapes import AddedSheet, Evaluation, FormulaGraph, ReplacedSheet, SheetVersionPage
from services.indicators.sheets.statements import VERSIONS
from services.indicators.sheets.writing import add_sheet, replace_sheet, sheet_id
from services.indicators.work import Author, author_of, write_once
from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, answer, json_bytes
from services.kit.computed import computed_page
from services.kit.database import Connection, Reader, Session, raw
from services.kit.pages import Page
from services.kit.routing import router as feature_router

router = feature_router(tags=["indicators"])
Reads = Annotated[Caller, Requires(INDICATOR_READ)]
ReadsCells = Annotated[Caller, Requires(MEASUREMENT_READ)]
Writes = Annotated[Caller, Requires(INDICATOR_WRITE, everywhere=True)]
Known = Annotated[Knowledge, Depends(knowledge)]


@router.post("/indicators", status_code=201, response_model=AddedSheet)
async def add_indicator(request: Request, session: Session, caller: Writes, body: NewSheetBody) -> Response:
    """Una ficha técnica nueva."""

    async def act(connection: Connection, author: Author) -> Response:
        await add_sheet(connection, author, body)
        document = body.model_dump(mode="json")
        location = {"Location": f"/api/v1/indicators/{body.code}"}
        told = {**document, "tolerance": written(body.tolerance), "version": 1}
        return Response(json_bytes(told), 201, location, JSON_TYPE)

    return await write_once(session, request, caller, body, act)


@router.post(
    "/indicators/{code}/versions",
    status_code=201,
    response_model=ReplacedSheet,
    responses={200: {"model": ReplacedSheet, "description": "Con dry_run=true: a quién cambiaría"}},
)
async def replace_indicator(
    code: str,
    request: Request,
    session: Session,
    caller: Writes,
    body: SheetBody,
    dry_run: Annotated[bool, Query(description="Muestra a quién cambiaría, sin cambiar nada")] = False,
) -> Response:
    """Una nueva versión de la ficha, que se aplica a las asignaciones que no digan otra cosa."""

    async def act(connection: Connection, author: Author) -> Response:
        document = await replace_sheet(connection, author, code, body, dry_run=dry_run)
        return Response(json_bytes(document), 200 if dry_run else 201, media_type=JSON_TYPE)

    if dry_run:
        return await act(await raw(session), author_of(request, caller))
    return await write_once(session, request, caller, body, act)


@router.get("/indicators/{code}/versions", response_model=SheetVersionPage)
async def list_indicator_versions(code: str, request: Request, reader: Reader, caller: Reads, page: Page) -> Response:
    """Todas las versiones de una ficha, de la vigente a la primera."""
    items = msgspec.json.decode(await reader.fetchval(VERSIONS, await sheet_id(reader, code)))
    return computed_page(request, page, items, newest_first, names=sorted(items[0]))


@router.get("/indicators/{code}/graph", response_model=FormulaGraph)
async def read_indicator_graph(code: str, request: Request, reader: Reader, caller: Reads) -> Response:
    """De qué indicadores se calcula, y a cuáles sucede."""
    return answer(request, json_bytes(await formula_graph(reader, code)))


@router.get("/indicators/{code}/evaluation", response_model=Evaluation)
async def evaluate_indicator(
    code: str,
    request: Request,
    reader: Reader,
    caller: ReadsCells,
    known: Known,
    dependencia: Annotated[str, Query(max_length=200)],
    plan: Annotated[str, Query(max_length=100)],
    period: Annotated[str, Query(max_length=20)],
) -> Response:
    """El valor de la fórmula de un indicador en una dependencia y un período, con sus insumos."""
    within = period_parameter("period", period)
    root = await root_of(reader, caller, dependencia, plan, "own", SCHEMA, known=known)
    document = await evaluated(reader, known, code, root, plan, within.code)
    return answer(request, json_bytes({**document, "dependencia": dependencia}))
