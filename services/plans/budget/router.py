"""Budget execution by company and month, as finance reports it."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, answer, json_bytes
from services.kit.database import Reader, Session, raw
from services.kit.idempotency import idempotency_key, once
from services.kit.pages import NDJSON, Page
from services.kit.problems import MEDIA_TYPE, NotFound, UnsupportedMediaType
from services.kit.routing import router as feature_router
from services.kit.writing import seal
from services.plans.budget.decoding import BudgetBatch, batch_of_csv, batch_of_json, batch_of_ndjson
from services.plans.budget.listing import budget_listing
from services.plans.budget.problems import BudgetBatchRefused
from services.plans.budget.receiving import keep_receipt, receive
from services.plans.budget.shapes import BudgetBatchOut, BudgetRowPage
from services.plans.permissions import BUDGET_PUSH, BUDGET_READ, INTERNAL_READ
from services.plans.reading import Codes
from services.plans.work import SCHEMA, Work

BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["source", "rows"],
                    "additionalProperties": False,
                    "properties": {
                        "source": {"type": "string", "minLength": 1, "maxLength": 100},
                        "rows": {"type": "array", "minItems": 1, "maxItems": 100_000, "items": {"type": "object"}},
                    },
                },
                "example": {
                    "source": "sys-finanzas",
                    "rows": [
                        {
                            "year": 2025,
                            "month": 1,
                            "company": "215",
                            "printed_code": "215",
                            "printed_name": "Fondo Salud",
                            "group": None,
                            "current": "2176439547.00",
                            "accrued": "84730237.92",
                            "printed_percent": "3.89",
                        }
                    ],
                },
            },
            NDJSON: {"schema": {"type": "string", "description": "Una fila por línea"}},
            "text/csv": {"schema": {"type": "string", "description": "Con cabecera; coma o punto y coma"}},
        },
    }
}
router = feature_router(tags=["budget"])
Reads = Annotated[Caller, Requires(BUDGET_READ, INTERNAL_READ)]
Pushes = Annotated[Caller, Requires(BUDGET_PUSH, everywhere=True)]
SeesReceipts = Annotated[Caller, Requires(BUDGET_READ, BUDGET_PUSH)]


@router.get("/budget-execution", response_model=BudgetRowPage)
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


@router.post("/budget-execution-batches", status_code=201, openapi_extra=BODY, response_model=BudgetBatchOut)
async def push_budget_execution(
    request: Request,
    session: Session,
    caller: Pushes,
    mode: Annotated[Literal["partial", "atomic"], Query(description="atomic: todas las filas o ninguna")] = "partial",
    dry_run: Annotated[bool, Query(description="Responde lo que pasaría, sin cambiar nada")] = False,
) -> Response:
    """Recibe la ejecución presupuestaria por lotes, con resultado por fila y acuse de recibo."""
    idempotency_key(request, required=True)
    batch = await decoded(request, caller.subject)
    connection = await raw(session)
    clock = request.app.state.clock
    work = Work(connection, request, caller, clock.now(), clock.today())
    atomic = mode == "atomic"
    if dry_run:
        _, document, _ = await receive(work, batch, atomic=atomic, dry_run=True)
        return Response(json_bytes(document), 200, media_type=JSON_TYPE)

    async def act() -> Response:
        batch_id, document, refused = await receive(work, batch, atomic=atomic, dry_run=False)
        location = {"Location": f"/api/v1/budget-execution-batches/{batch_id}"}
        if refused:
            problem = BudgetBatchRefused(extensions=document)
            body = problem.body(request.url.path, request.state.request_id)
            return Response(body, problem.status, media_type=MEDIA_TYPE)
        await keep_receipt(work, batch_id, batch.source, document)
        counts = {name: document[name] for name in ("received", "created", "updated", "unchanged", "rejected")}
        work.record("budget-execution.received", str(batch_id), {"source": batch.source, **counts})
        await seal(connection, SCHEMA, now=work.now, events=work.events, audit=work.audit)
        return Response(json_bytes(document), 201, location, media_type=JSON_TYPE)

    return await once(connection, SCHEMA, request, caller.subject, batch.canonical, work.now, act, required=True)


async def decoded(request: Request, subject: str) -> BudgetBatch:
    """The batch in any of its media types. Raises UnsupportedMediaType."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == JSON_TYPE:
        return batch_of_json(await request.body())
    if kind == NDJSON:
        return batch_of_ndjson(await request.body(), subject)
    if kind == "text/csv":
        return batch_of_csv(await request.body(), subject)
    raise UnsupportedMediaType(f"Envíe {JSON_TYPE}, {NDJSON} o text/csv.")


@router.get("/budget-execution-batches/{batch_id}", response_model=BudgetBatchOut)
async def read_budget_batch(batch_id: UUID, request: Request, reader: Reader, caller: SeesReceipts) -> Response:
    """El acuse de recibo de un lote, otra vez."""
    body: str | None = await reader.fetchval(
        "SELECT answer::text FROM plans.budget_batches WHERE id = $1 AND (received_by = $2 OR $3)",
        batch_id,
        caller.subject,
        caller.scopes(BUDGET_READ).everything,
    )
    if body is None:
        raise NotFound
    return answer(request, body)
