"""What every call that takes rows by the batch has in common: media types, modes, refusals, receipts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal, TypeVar
from uuid import UUID

from fastapi import Query, Request, Response

from services.kit.access import Caller
from services.kit.answers import JSON_TYPE, answer, json_bytes
from services.kit.database import Pool
from services.kit.pages import NDJSON
from services.kit.problems import MEDIA_TYPE, ContentTooLarge, Invalid, NotFound, Problem, UnsupportedMediaType

CSV: Final = "text/csv"
MAX_ROWS: Final = 100_000
SOURCE_LENGTH: Final = 100

Mode = Literal["partial", "atomic"]
ModeAsked = Annotated[Mode, Query(description="partial: entran las filas buenas; atomic: todas o ninguna")]
# Nothing happens that a repetition could double: a dry run leaves the Idempotency-Key free for the real push.
DryRun = Annotated[bool, Query(description="Responde lo que pasaría, sin cambiar nada")]
SourceNamed = Annotated[
    str | None,
    Query(min_length=1, max_length=SOURCE_LENGTH, description="Origen, en NDJSON y CSV; por defecto quien envía"),
]
Decoded = TypeVar("Decoded")


class TooManyRows(ContentTooLarge):
    code, title = "too-many-rows", "Demasiadas filas"
    default_detail = "Un envío admite hasta 100 000 filas. Divídalo en varios."


class BatchRefused(Invalid):
    code, title = "batch-rejected", "Envío rechazado"
    default_detail = "No entró ninguna fila: en rows está, fila por fila, qué corregir. Corríjalas y envíe de nuevo."


def batch_body(example: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of a push. example: a JSON body; row: the schema of a row."""
    document = {
        "type": "object",
        "required": ["source", "rows"],
        "additionalProperties": False,
        "properties": {
            "source": {"type": "string", "minLength": 1, "maxLength": SOURCE_LENGTH},
            "rows": {"type": "array", "minItems": 1, "maxItems": MAX_ROWS, "items": row},
        },
    }
    content = {
        JSON_TYPE: {"schema": document, "example": example},
        NDJSON: {"schema": {"type": "string", "description": "Una fila por línea"}},
        CSV: {"schema": {"type": "string", "description": "Con cabecera; separador coma o punto y coma"}},
    }
    return {"requestBody": {"required": True, "content": content}}


async def decoded(request: Request, readers: Mapping[str, Callable[[bytes], Decoded]]) -> Decoded:
    """The body as the reader of its media type gives it. Raises UnsupportedMediaType, and what the reader raises."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    reader = readers.get(kind)
    if reader is None:
        *others, last = readers
        raise UnsupportedMediaType(f"Envíe {', '.join(others)} o {last}.")
    return reader(await request.body())


def receipt(
    request: Request, document: Mapping[str, object], *, refusal: Problem | None = None, location: str | None = None
) -> Response:
    """200 for a dry run; else 201, or the refusal when nothing landed.

    document: the receipt's members, `dry_run` among them; location: where the receipt is read again, if it is kept.
    """
    if document["dry_run"]:
        return Response(json_bytes(document), 200, media_type=JSON_TYPE)
    headers = {"Location": location} if location is not None else {}
    if refusal is not None:
        request.state.problem = refusal
        body = refusal.body(request.url.path, request.state.request_id)
        return Response(body, refusal.status, headers, media_type=MEDIA_TYPE)
    return Response(json_bytes(document), 201, headers, media_type=JSON_TYPE)


async def receipt_again(
    request: Request, reader: Pool, statement: str, batch_id: UUID, caller: Caller, permission: str
) -> Response:
    """A kept receipt, to who sent the batch and to who holds the permission everywhere. Raises NotFound.

    statement: selects the receipt's bytes by $1 the batch, $2 the caller, $3 whether everything is seen.
    """
    everything = caller.scopes(permission).everything
    body: bytes | str | None = await reader.fetchval(statement, batch_id, caller.subject, everything)
    if body is None:
        raise NotFound
    return answer(request, body)
