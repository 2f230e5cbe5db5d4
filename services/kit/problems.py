"""Everything that can be refused, as RFC 9457 problems: Spanish for the reader, a stable code for the program.

One class per thing that can go wrong, named as the fact. `detail` says what to do next.
404 not visible · 403 visible, not allowed · 409 state · 412/428 stale or missing version · 422 shape or content.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:iesspr:problem:"


def escaped(name: object) -> str:
    """A member's name as one step of a JSON pointer (RFC 6901)."""
    return str(name).replace("~", "~0").replace("/", "~1")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong inside a request. pointer: JSON pointer into the body, or `query/<name>`, `header/<name>`."""

    pointer: str
    code: str
    detail: str


class Mismatch(ValueError):
    """What a validator of a whole body finds wrong with one part of it. pointer: of that part, from the body's place;
    detail: a sentence in Spanish."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer


class Problem(Exception):
    """A refusal with everything its answer needs. Subclasses fix status, code and title."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Error interno"
    default_detail: ClassVar[str] = (
        "Ocurrió un error inesperado. Repita la llamada; si continúa, envíe el request_id a soporte."
    )

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> None:
        self.detail = detail or self.default_detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extensions = dict(extensions or {})
        super().__init__(self.detail)

    def body(self, instance: str, request_id: str | None) -> bytes:
        """The problem+json bytes; extension members never shadow the standard ones."""
        document = {
            **self.extensions,
            "type": TYPE_PREFIX + self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "code": self.code,
            "request_id": request_id,
            "errors": [{"pointer": e.pointer, "code": e.code, "detail": e.detail} for e in self.errors],
        }
        return msgspec.json.encode(document)


class BadRequest(Problem):
    status, code, title = 400, "bad-request", "Solicitud incorrecta"
    default_detail = "La solicitud no se pudo interpretar. Revise la sintaxis y vuelva a enviarla."


class InvalidJson(BadRequest):
    code, title = "invalid-json", "JSON mal formado"
    default_detail = "El cuerpo no es JSON válido. Corríjalo y vuelva a enviarlo."


class InvalidEncoding(BadRequest):
    code, title = "invalid-encoding", "Codificación incorrecta"
    default_detail = "El cuerpo debe estar en UTF-8."


class TooDeep(BadRequest):
    code, title = "json-too-deep", "JSON demasiado anidado"
    default_detail = "El cuerpo anida demasiados niveles; el máximo es 32."


class MalformedRequest(BadRequest):
    code, title = "malformed-request", "Solicitud HTTP mal formada"
    default_detail = "Lo recibido no es una solicitud HTTP/1.1 válida. Revise método, encabezados y Content-Length."


class HeadersTooLarge(Problem):
    status, code, title = 431, "headers-too-large", "Encabezados demasiado grandes"
    default_detail = "Los encabezados de la solicitud superan 64 KiB. Redúzcalos y vuelva a enviarla."


class Unauthorized(Problem):
    status, code, title = 401, "unauthorized", "Identificación requerida"
    default_detail = "Envíe un token válido en el encabezado Authorization: Bearer."

    def __init__(self, detail: str | None = None, **rest: Any) -> None:
        super().__init__(detail, **rest)
        self.headers.setdefault("WWW-Authenticate", 'Bearer realm="iesspr"')


class Forbidden(Problem):
    status, code, title = 403, "forbidden", "Acción no permitida"
    default_detail = "Sus permisos no alcanzan para esta acción. Pida el permiso a quien administra su dependencia."


class NotFound(Problem):
    status, code, title = 404, "not-found", "No encontrado"
    default_detail = "No existe, o no está a su alcance."


class MethodNotAllowed(Problem):
    status, code, title = 405, "method-not-allowed", "Método no permitido"
    default_detail = "Esta dirección no acepta ese método; vea el encabezado Allow."


class Conflict(Problem):
    status, code, title = 409, "conflict", "Conflicto con el estado actual"
    default_detail = "El estado actual no permite esta acción. Lea de nuevo el recurso y repita."


class PreconditionFailed(Problem):
    status, code, title = 412, "stale-version", "Versión desactualizada"
    default_detail = "El recurso cambió desde que lo leyó. Léalo de nuevo y repita el cambio con su ETag actual."


class ContentTooLarge(Problem):
    status, code, title = 413, "content-too-large", "Contenido demasiado grande"
    default_detail = "El cuerpo excede el máximo permitido. Divídalo en varias llamadas."


class UnsupportedMediaType(Problem):
    status, code, title = 415, "unsupported-media-type", "Tipo de contenido no admitido"
    default_detail = "Envíe el cuerpo con un Content-Type admitido, por ejemplo application/json."


class Invalid(Problem):
    status, code, title = 422, "invalid", "Contenido no válido"
    default_detail = "Hay datos que no cumplen la forma esperada; vea errors."


class UnknownParameter(Invalid):
    code, title = "unknown-parameter", "Parámetro desconocido"
    default_detail = "Hay parámetros que esta dirección no conoce; vea errors. Ningún parámetro se ignora en silencio."


class PreconditionRequired(Problem):
    status, code, title = 428, "precondition-required", "Falta la versión"
    default_detail = "Envíe If-Match con el ETag que leyó, para no pisar cambios ajenos."


class TooManyRequests(Problem):
    status, code, title = 429, "too-many-requests", "Demasiadas solicitudes"
    default_detail = "Espere los segundos que indica Retry-After y repita."


class Unavailable(Problem):
    status, code, title = 503, "unavailable", "Servicio no disponible"
    default_detail = "El servicio no responde por ahora. Espere los segundos que indica Retry-After y repita."

    def __init__(self, detail: str | None = None, **rest: Any) -> None:
        super().__init__(detail, **rest)
        self.headers.setdefault("Retry-After", "5")


class GatewayTimeout(Problem):
    status, code, title = 504, "gateway-timeout", "Tiempo agotado"
    default_detail = (
        "El servicio no respondió a tiempo. Repita la llamada; con la misma Idempotency-Key no se duplica nada."
    )


class InternalError(Problem):
    """What a bug looks like from outside: no trace, no SQL, no secret."""
