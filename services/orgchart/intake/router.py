"""The intake calls: push a batch of appointments, read its receipt again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

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
from services.orgchart.intake.decoding import READER, batch_of
from services.orgchart.intake.description import ROW_SCHEMA
from services.orgchart.intake.receiving import receive
from services.orgchart.intake.schemas import BatchResult
from services.orgchart.permissions import APPOINTMENT_PUSH, PERSON_READ
from services.orgchart.work import work_of

router = feature_router(tags=["people"])
Pushes = Annotated[Caller, Requires(APPOINTMENT_PUSH)]
Reads = Annotated[Caller, Requires(APPOINTMENT_PUSH, PERSON_READ)]

_EXAMPLE = {
    "source": "sys-talento-humano",
    "rows": [
        {
            "cedula": "0100000017",
            "given_names": "María José",
            "family_names": "Pérez Andrade",
            "dependencia": "DP-AZUAY",
            "kind": "acting",
            "valid_from": "2026-01-05",
            "valid_to": "2026-03-31",
            "document": "Acción de personal 0123-2026",
            "subject": "azuay.titular",
        }
    ],
}


@router.post(
    "/appointment-batches",
    status_code=201,
    response_model=BatchResult,
    responses={200: {"model": BatchResult, "description": "Con dry_run=true"}},
    openapi_extra=batch_body(_EXAMPLE, ROW_SCHEMA),
)
async def push_appointments(
    request: Request,
    session: Session,
    caller: Pushes,
    mode: ModeAsked = "partial",
    dry_run: DryRun = False,
    source: SourceNamed = None,
) -> Response:
    """Recibe personas y designaciones en lote, con resultado por fila y acuse de recibo.

    Una fila es la designación como debe quedar: la misma persona, puesto, clase y primer día la cambian; un `valid_to`
    anterior la termina antes. `document` y `subject` ausentes conservan lo que había.
    """
    idempotency_key(request, required=True)
    sender = source or caller.subject
    readers = {
        JSON_TYPE: READER.json,
        NDJSON: lambda body: READER.ndjson(body, sender),
        CSV: lambda body: READER.csv(body, sender),
    }
    batch = batch_of(await decoded(request, readers))
    connection = await raw(session)
    work = work_of(request, caller)

    async def act() -> Response:
        result = await receive(connection, work, batch, mode, dry_run=dry_run)
        refusal = BatchRefused(extensions=result.document) if result.refused else None
        location = f"/api/v1/appointment-batches/{result.batch_id}"
        return receipt(request, result.document, refusal=refusal, location=location)

    if dry_run:
        return await act()
    return await once(
        connection,
        "orgchart",
        request,
        caller.subject,
        batch.canonical,
        work.now,
        act,
        required=True,
        about_persons=True,
    )


@router.get("/appointment-batches/{batch_id}", response_model=BatchResult)
async def read_appointment_batch(batch_id: UUID, request: Request, reader: Reader, caller: Reads) -> Response:
    """El acuse de recibo de un lote, otra vez: a quien lo envió, o a quien lee personas de toda la institución."""
    return await receipt_again(
        request,
        reader,
        "SELECT body FROM orgchart.appointment_batches WHERE id = $1 AND (subject = $2 OR $3)",
        batch_id,
        caller,
        PERSON_READ,
    )
