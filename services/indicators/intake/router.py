"""The intake calls: push a batch, read its receipt again."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.indicators.domain.numbers import NumberLocale
from services.indicators.filters import SCHEMA
from services.indicators.intake.decoding import READER, Batch
from services.indicators.intake.description import ROW_SCHEMA
from services.indicators.intake.fingerprint import Fingerprint
from services.indicators.intake.receiving import Order, receive
from services.indicators.intake.rowfields import ReadNumber, csv_number, json_number
from services.indicators.intake.shapes import MeasurementBatchOut
from services.indicators.permissions import MEASUREMENT_READ, MEASUREMENT_SUBMIT
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
from services.kit.pages import NDJSON
from services.kit.routing import router as feature_router

router = feature_router(tags=["measurements"])
Submits = Annotated[Caller, Requires(MEASUREMENT_SUBMIT)]
Reads = Annotated[Caller, Requires(MEASUREMENT_READ, MEASUREMENT_SUBMIT)]

_EXAMPLE = {
    "source": "sys-azuay",
    "rows": [{"assignment": "POA-2019.DP-AZUAY.014", "period": "2019-01", "value": "94.50"}],
}


@router.post(
    "/measurement-batches",
    status_code=201,
    response_model=MeasurementBatchOut,
    responses={200: {"model": MeasurementBatchOut, "description": "Con dry_run=true"}},
    openapi_extra=batch_body(_EXAMPLE, ROW_SCHEMA),
)
async def push_measurements(
    request: Request,
    session: Session,
    caller: Submits,
    mode: ModeAsked = "partial",
    dry_run: DryRun = False,
    source: SourceNamed = None,
    locale: Annotated[
        NumberLocale | None, Query(description="Cómo escribe los números un CSV: es 1.234,56 · en 1,234.56")
    ] = None,
) -> Response:
    """Recibe mediciones en lote, con resultado por fila y acuse de recibo."""
    idempotency_key(request, required=True)
    sender = source or caller.subject
    # The batch in any of its media types, and how its numbers are written.
    readers: dict[str, Callable[[bytes], tuple[ReadNumber, Batch]]] = {
        JSON_TYPE: lambda body: (json_number, READER.json(body)),
        NDJSON: lambda body: (json_number, READER.ndjson(body, sender)),
        CSV: lambda body: (csv_number(locale), READER.csv(body, sender)),
    }
    read_number, batch = await decoded(request, readers)
    connection = await raw(session)
    clock = request.app.state.clock
    order = Order(caller, mode, dry_run, clock.now(), clock.today(), request.state.request_id)
    fingerprint = Fingerprint(batch)

    async def act() -> Response:
        result = await receive(connection, batch, order, fingerprint, read_number)
        refusal = BatchRefused(extensions=result.document) if result.refused else None
        location = f"/api/v1/measurement-batches/{result.batch_id}"
        return receipt(request, result.document, refusal=refusal, location=location)

    if dry_run:
        return await act()
    return await once(connection, SCHEMA, request, caller.subject, fingerprint.digest, order.now, act, required=True)


@router.get("/measurement-batches/{batch_id}", response_model=MeasurementBatchOut)
async def read_measurement_batch(batch_id: UUID, request: Request, reader: Reader, caller: Reads) -> Response:
    """El acuse de recibo de un lote, otra vez."""
    return await receipt_again(
        request,
        reader,
        "SELECT body FROM indicators.measurement_batches WHERE id = $1 AND (subject = $2 OR $3)",
        batch_id,
        caller,
        MEASUREMENT_READ,
    )
