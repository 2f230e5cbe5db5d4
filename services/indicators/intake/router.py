"""The intake calls: push a batch, read its receipt again."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.indicators.domain.numbers import NumberLocale
from services.indicators.filters import SCHEMA
from services.indicators.intake.decoding import Batch, batch_of_json
from services.indicators.intake.fingerprint import Fingerprint
from services.indicators.intake.formats import batch_of_csv, batch_of_ndjson, csv_number
from services.indicators.intake.problems import BatchRefused
from services.indicators.intake.receiving import Mode, Order, Result, receive
from services.indicators.intake.rowfields import ReadNumber, json_number
from services.indicators.permissions import MEASUREMENT_READ, MEASUREMENT_SUBMIT
from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, answer, json_bytes
from services.kit.database import Reader, Session, raw
from services.kit.idempotency import idempotency_key, once
from services.kit.pages import NDJSON
from services.kit.problems import MEDIA_TYPE, NotFound, UnsupportedMediaType
from services.kit.routing import router as feature_router

CSV = "text/csv"
router = feature_router(tags=["measurements"])
Submits = Annotated[Caller, Requires(MEASUREMENT_SUBMIT)]
Reads = Annotated[Caller, Requires(MEASUREMENT_READ, MEASUREMENT_SUBMIT)]

_BODY = {
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
                    "source": "sys-azuay",
                    "rows": [{"assignment": "POA-2019.DP-AZUAY.014", "period": "2019-01", "value": "94.50"}],
                },
            },
            NDJSON: {"schema": {"type": "string", "description": "Una fila por línea"}},
            CSV: {"schema": {"type": "string", "description": "Con cabecera; separador coma o punto y coma"}},
        },
    }
}


@router.post("/measurement-batches", status_code=201, openapi_extra=_BODY)
async def push_measurements(
    request: Request,
    session: Session,
    caller: Submits,
    mode: Annotated[Mode, Query(description="partial: entran las filas buenas; atomic: todas o ninguna")] = "partial",
    dry_run: Annotated[bool, Query(description="Responde lo que pasaría, sin cambiar nada")] = False,
    source: Annotated[
        str | None, Query(min_length=1, max_length=100, description="Origen, en NDJSON y CSV; por defecto quien envía")
    ] = None,
    locale: Annotated[
        NumberLocale | None, Query(description="Cómo escribe los números un CSV: es 1.234,56 · en 1,234.56")
    ] = None,
) -> Response:
    """Recibe mediciones en lote, con resultado por fila y acuse de recibo."""
    idempotency_key(request, required=True)
    read_number, batch = await _decoded(request, caller, source, locale)
    connection = await raw(session)
    clock = request.app.state.clock
    order = Order(caller, mode, dry_run, clock.now(), clock.today(), request.state.request_id)
    fingerprint = Fingerprint(batch)

    async def act() -> Response:
        return _answer(request, await receive(connection, batch, order, fingerprint, read_number))

    if dry_run:
        # Nothing happens that a repetition could double, and the key stays free for the real push.
        return await act()
    return await once(connection, SCHEMA, request, caller.subject, fingerprint.digest, order.now, act, required=True)


@router.get("/measurement-batches/{batch_id}")
async def read_measurement_batch(batch_id: UUID, request: Request, reader: Reader, caller: Reads) -> Response:
    """El acuse de recibo de un lote, otra vez."""
    body: bytes | None = await reader.fetchval(
        "SELECT body FROM indicators.measurement_batches WHERE id = $1 AND (subject = $2 OR $3)",
        batch_id,
        caller.subject,
        caller.scopes(MEASUREMENT_READ).everything,
    )
    if body is None:
        raise NotFound
    return answer(request, body)


async def _decoded(
    request: Request, caller: Caller, source: str | None, locale: NumberLocale | None
) -> tuple[ReadNumber, Batch]:
    """The batch in any of its media types, and how its numbers are written."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == JSON_TYPE:
        return json_number, batch_of_json(await request.body())
    if kind == NDJSON:
        return json_number, batch_of_ndjson(await request.body(), source or caller.subject)
    if kind == CSV:
        return csv_number(locale), batch_of_csv(await request.body(), source or caller.subject)
    raise UnsupportedMediaType(f"Envíe {JSON_TYPE}, {NDJSON} o {CSV}.")


def _answer(request: Request, result: Result) -> Response:
    if result.document["dry_run"]:
        return Response(json_bytes(result.document), 200, media_type=JSON_TYPE)
    location = {"Location": f"/api/v1/measurement-batches/{result.batch_id}"}
    if result.refused:
        problem = BatchRefused(extensions=result.document)
        body = problem.body(request.url.path, request.state.request_id)
        return Response(body, problem.status, location, media_type=MEDIA_TYPE)
    return Response(json_bytes(result.document), 201, location, media_type=JSON_TYPE)
