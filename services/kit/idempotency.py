"""Idempotency-Key: the same request twice has one effect and one answer.

The stored answer, the data, the feed and the audit row are one transaction: either all of it happened, or none.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import msgspec
from fastapi import Request, Response

from services.kit.database import Connection
from services.kit.problems import BadRequest, Conflict, FieldError, Invalid
from services.kit.sealing import keyed_digest, opened_answer, sealed_answer, stored_name

HEADER = "Idempotency-Key"
KEPT_HEADERS = ("location", "etag", "content-type")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class IdempotencyKeyMissing(BadRequest):
    code, title = "idempotency-key-missing", "Falta Idempotency-Key"
    default_detail = (
        "Envíe el encabezado Idempotency-Key con un valor propio de este envío; repítalo igual si reintenta."
    )


class IdempotencyKeyInvalid(BadRequest):
    code, title = "idempotency-key-invalid", "Idempotency-Key no válida"
    default_detail = "Idempotency-Key admite de 1 a 255 caracteres ASCII visibles, sin espacios."


class IdempotencyKeyReused(Invalid):
    code, title = "idempotency-key-reused", "Idempotency-Key ya usada"
    default_detail = "Esta clave ya se usó con otro contenido. Para un envío distinto use otra clave."


class IdempotencyInProgress(Conflict):
    code, title = "idempotency-in-progress", "Envío en curso"
    default_detail = "Un envío con esta clave todavía se procesa. Espere y repita: recibirá su respuesta."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


def idempotency_key(request: Request, *, required: bool) -> str | None:
    """The request's key. Raises IdempotencyKeyMissing or IdempotencyKeyInvalid."""
    key = request.headers.get(HEADER)
    pointer = f"header/{HEADER}"
    if key is None:
        if required:
            raise IdempotencyKeyMissing(
                errors=[FieldError(pointer, IdempotencyKeyMissing.code, IdempotencyKeyMissing.default_detail)]
            )
        return None
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyInvalid(
            errors=[FieldError(pointer, IdempotencyKeyInvalid.code, IdempotencyKeyInvalid.default_detail)]
        )
    return key


def request_digest(request: Request, parsed_body: bytes) -> str:
    """Digest of method, target and the canonical bytes of the parsed body (white space and key order do not matter)."""
    target = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(target + parsed_body).hexdigest()


async def once(
    connection: Connection,
    schema: str,
    request: Request,
    subject: str,
    parsed_body: bytes | Callable[[], Awaitable[bytes]],
    now: datetime,
    act: Callable[[], Awaitable[Response]],
    *,
    required: bool = False,
    about_persons: bool = False,
) -> Response:
    """Runs `act` inside the open transaction, or returns its stored answer when it already ran.

    An answer that `act` returns is kept, whatever its status; a Problem that it raises rolls everything back and keeps
    nothing. Raises IdempotencyKeyReused for another body and IdempotencyInProgress while the first is still running.

    parsed_body: canonical bytes, or a function that gives bytes which stand for them (a hash). It is asked when they
    are needed, at the earliest to compare with what is stored, so that a large body can be hashed during `act`.

    about_persons: the answer holds personal data; it is kept so that only a repetition of the request can read it.
    """

    async def digest() -> str:
        return request_digest(request, parsed_body if isinstance(parsed_body, bytes) else await parsed_body())

    key = idempotency_key(request, required=required)
    if key is None:
        return await act()
    kept = _Kept(schema, subject, key, about_persons)
    if not await connection.fetchval(
        "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 2))", f"{schema}\n{subject}\n{key}"
    ):
        raise IdempotencyInProgress
    stored = await kept.read(connection)
    if stored is not None:
        repeated = kept.answer(stored, await digest())
        request.state.is_repetition = True
        return repeated
    response = await act()
    await kept.write(connection, response, await digest(), now)
    return response


@dataclass(frozen=True, slots=True)
class _Kept:
    """The answer kept for a key: in clear, or sealed so that only a repetition of its request can read it."""

    schema: str
    subject: str
    key: str
    is_sealed: bool

    @property
    def _name(self) -> str:
        return stored_name(self.subject, self.key) if self.is_sealed else self.key

    def _mark(self, asked: str) -> str:
        """What tells a repetition from another request. asked: the request's digest."""
        return keyed_digest(self.key, asked) if self.is_sealed else asked

    async def read(self, connection: Connection) -> asyncpg.Record | None:
        return await connection.fetchrow(
            f"""SELECT request_digest, status, headers::text AS headers, body FROM {self.schema}.idempotency_keys
                WHERE subject = $1 AND key = $2""",
            self.subject,
            self._name,
        )

    def answer(self, stored: asyncpg.Record, asked: str) -> Response:
        """The same answer again. Raises IdempotencyKeyReused when it was to another request."""
        if stored["request_digest"] != self._mark(asked):
            raise IdempotencyKeyReused(
                errors=[FieldError(f"header/{HEADER}", IdempotencyKeyReused.code, IdempotencyKeyReused.default_detail)]
            )
        headers = msgspec.json.decode(stored["headers"], type=dict[str, str])
        body = opened_answer(stored["body"], self.key, asked) if self.is_sealed else stored["body"]
        return Response(body, stored["status"], {**headers, "Idempotency-Replayed": "true"})

    async def write(self, connection: Connection, response: Response, asked: str, now: datetime) -> None:
        body = bytes(response.body)
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        await connection.execute(
            f"""INSERT INTO {self.schema}.idempotency_keys
                    (subject, key, request_digest, status, headers, body, created_at)
                VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7)""",
            self.subject,
            self._name,
            self._mark(asked),
            response.status_code,
            msgspec.json.encode(headers).decode(),
            sealed_answer(body, self.key, asked) if self.is_sealed else body,
            now,
        )
