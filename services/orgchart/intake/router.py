"""The intake calls: push a batch of appointments, read its receipt again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, answer, json_bytes
from services.kit.database import Reader, Session, raw
from services.kit.idempotency import idempotency_key, once
from services.kit.pages import NDJSON
from services.kit.problems import MEDIA_TYPE, NotFound, UnsupportedMediaType
from services.kit.routing import router as feature_router
from services.orgchart.intake.decoding import MAX_ROWS, Batch, batch_of_csv, batch_of_json, batch_of_ndjson
from services.orgchart.intake.description import ROW_SCHEMA
from services.orgchart.intake.problems import BatchRefused
from services.orgchart.intake.receiving import Mode, Result, receive
from services.orgchart.intake.schemas import BatchResult
from services.orgchart.permissions import APPOINTMENT_PUSH, PERSON_READ
from services.orgchart.work import work_of

CSV = "text/csv"
router = feature_router(tags=["people"])
Pushes = Annotated[Caller, Requires(APPOINTMENT_PUSH)]
Reads = Annotated[Caller, Requires(APPOINTMENT_PUSH, PERSON_READ)]

_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            JSON_TYPE: {
                "schema": {
                    "type": "object",
                    "required": ["source", "rows"],
                    "additionalProperties": False,
                    "properties": {
                        "source": {"type": "string", "minLength": 1, "maxLength": 100},
                        "rows": {"type": "array", "minItems": 1, "maxItems": MAX_ROWS, "items": ROW_SCHEMA},
                    },
                },
                "example": {
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
                },
            },
            NDJSON: {"schema": {"type": "string", "description": "Una fila por línea"}},
            CSV: {"schema": {"type": "string", "description": "Con cabecera; separador coma o punto y coma"}},
        },
    }
}


@router.post("/appointment-batches", status_code=201, response_model=BatchResult, openapi_extra=_BODY)
async def push_appointments(
    request: Request,
    session: Session,
    caller: Pushes,
    mode: Annotated[Mode, Query(description="partial: entran las filas buenas; atomic: todas o ninguna")] = "partial",
    dry_run: Annotated[bool, Query(description="Responde lo que pasaría, sin cambiar nada")] = False,
    source: Annotated[
        str | None, Query(min_length=1, max_length=100, description="Origen, en NDJSON y CSV; por defecto quien envía")
    ] = None,
) -> Response:
    """Recibe personas y designaciones en lote, con resultado por fila y acuse de recibo.

    Una fila es la designación como debe quedar: la misma persona, puesto, clase y primer día la cambian; un `valid_to`
    anterior la termina antes. `document` y `subject` ausentes conservan lo que había.
    """
    idempotency_key(request, required=True)
    batch = await _decoded(request, source or caller.subject)
    connection = await raw(session)
    work = work_of(request, caller)

    async def act() -> Response:
        return _answer(request, await receive(connection, work, batch, mode, dry_run=dry_run))

    if dry_run:
        # Nothing happens that a repetition could double, and the key stays free for the real push.
        return await act()
    return await once(connection, "orgchart", request, caller.subject, batch.canonical, work.now, act, required=True)


@router.get("/appointment-batches/{batch_id}", response_model=BatchResult)
async def read_appointment_batch(batch_id: UUID, request: Request, reader: Reader, caller: Reads) -> Response:
    """El acuse de recibo de un lote, otra vez: a quien lo envió, o a quien lee personas de toda la institución."""
    body: bytes | None = await reader.fetchval(
        "SELECT body FROM orgchart.appointment_batches WHERE id = $1 AND (subject = $2 OR $3)",
        batch_id,
        caller.subject,
        caller.scopes(PERSON_READ).everything,
    )
    if body is None:
        raise NotFound
    return answer(request, body)


async def _decoded(request: Request, source: str) -> Batch:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == JSON_TYPE:
        return batch_of_json(await request.body())
    if kind == NDJSON:
        return batch_of_ndjson(await request.body(), source)
    if kind == CSV:
        return batch_of_csv(await request.body(), source)
    raise UnsupportedMediaType(f"Envíe {JSON_TYPE}, {NDJSON} o {CSV}.")


def _answer(request: Request, result: Result) -> Response:
    if result.document["dry_run"]:
        return Response(json_bytes(result.document), 200, media_type=JSON_TYPE)
    location = {"Location": f"/api/v1/appointment-batches/{result.batch_id}"}
    if result.refused:
        problem = BatchRefused(extensions=result.document)
        body = problem.body(request.url.path, request.state.request_id)
        return Response(body, problem.status, location, media_type=MEDIA_TYPE)
    return Response(json_bytes(result.document), 201, location, media_type=JSON_TYPE)
