"""Budget execution by company and month, as finance reports it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE
from services.kit.batches import (
    CSV,
    BatchRefused,
    DryRun,
    ModeAsked,
    SourceNamed,
    batch_body,
    decoded,
    receipt,
    receipt_again,
)
from services.kit.database import Reader, Session, raw
from services.kit.idempotency import idempotency_key, once
from services.kit.pages import NDJSON, Page
from services.kit.routing import router as feature_router
from services.kit.spelling import Digits
from services.kit.writing import Audit, seal
from services.plans.budget.decoding import batch_of_csv, batch_of_json, batch_of_ndjson
from services.plans.budget.description import ROW_SCHEMA
from services.plans.budget.listing import budget_listing
from services.plans.budget.receiving import keep_receipt, receive
from services.plans.budget.shapes import BudgetBatchOut, BudgetRowPage
from services.plans.permissions import BUDGET_PUSH, BUDGET_READ, INTERNAL_READ
from services.plans.reading import Codes
from services.plans.work import SCHEMA, Work

router = feature_router(tags=["budget"])
Reads = Annotated[Caller, Requires(BUDGET_READ, INTERNAL_READ)]
Pushes = Annotated[Caller, Requires(BUDGET_PUSH, everywhere=True)]
SeesReceipts = Annotated[Caller, Requires(BUDGET_READ, BUDGET_PUSH)]
_EXAMPLE = {
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
}


@router.get("/budget-execution", response_model=BudgetRowPage)
async def list_budget_execution(
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    year: Annotated[list[Digits] | None, Query()] = None,
    month: Annotated[list[Digits] | None, Query()] = None,
    company: Codes = None,
    group: Codes = None,
) -> Response:
    """Codificado, devengado y su porcentaje, calculado. `company` es la canónica; `printed_code`, la impresa."""
    listing = budget_listing()
    listing.filter("b.year = ANY({}::int[])", year).filter("b.month = ANY({}::int[])", month)
    listing.filter("b.company = ANY({}::text[])", company).filter("b.budget_group = ANY({}::text[])", group)
    return await listing.answer(reader, request, page)


@router.post(
    "/budget-execution-batches",
    status_code=201,
    response_model=BudgetBatchOut,
    responses={200: {"model": BudgetBatchOut, "description": "Con dry_run=true"}},
    openapi_extra=batch_body(_EXAMPLE, ROW_SCHEMA),
)
async def push_budget_execution(
    request: Request,
    session: Session,
    caller: Pushes,
    mode: ModeAsked = "partial",
    dry_run: DryRun = False,
    source: SourceNamed = None,
) -> Response:
    """Recibe la ejecución presupuestaria por lotes, con resultado por fila y acuse de recibo."""
    idempotency_key(request, required=True)
    sender = source or caller.subject
    readers = {
        JSON_TYPE: batch_of_json,
        NDJSON: lambda body: batch_of_ndjson(body, sender),
        CSV: lambda body: batch_of_csv(body, sender),
    }
    batch = await decoded(request, readers)
    connection = await raw(session)
    clock = request.app.state.clock
    work = Work(connection, request, caller, clock.now(), clock.today())
    atomic = mode == "atomic"
    if dry_run:
        _, document, _ = await receive(work, batch, atomic=atomic, dry_run=True)
        return receipt(request, document)

    async def act() -> Response:
        batch_id, document, refused = await receive(work, batch, atomic=atomic, dry_run=False)
        counts = {name: document[name] for name in ("received", "created", "updated", "unchanged", "rejected")}
        if refused:
            audit = _refused(work, batch_id, {"source": batch.source, "mode": mode, **counts})
            await seal(connection, SCHEMA, now=work.now, audit=[audit])
            return receipt(request, document, refusal=BatchRefused(extensions=document))
        await keep_receipt(work, batch_id, batch.source, document)
        work.record("budget-execution.received", str(batch_id), {"source": batch.source, **counts})
        await seal(connection, SCHEMA, now=work.now, events=work.events, audit=work.audit)
        return receipt(request, document, location=f"/api/v1/budget-execution-batches/{batch_id}")

    return await once(connection, SCHEMA, request, caller.subject, batch.canonical, work.now, act, required=True)


def _refused(work: Work, batch_id: UUID, detail: dict[str, Any]) -> Audit:
    return Audit(
        work.caller.subject,
        "budget-execution.received",
        str(batch_id),
        reason=BatchRefused.code,
        outcome="refused",
        detail=detail,
    )


@router.get("/budget-execution-batches/{batch_id}", response_model=BudgetBatchOut)
async def read_budget_batch(batch_id: UUID, request: Request, reader: Reader, caller: SeesReceipts) -> Response:
    """El acuse de recibo de un lote, otra vez."""
    return await receipt_again(
        request,
        reader,
        "SELECT answer::text FROM plans.budget_batches WHERE id = $1 AND (received_by = $2 OR $3)",
        batch_id,
        caller,
        BUDGET_READ,
    )
