"""Whatever goes wrong becomes a problem: our own, the framework's, and the database's complaints about values."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from services.kit.edge import _is_body_limit
from services.kit.outages import database_problem
from services.kit.problems import (
    MEDIA_TYPE,
    BadRequest,
    ContentTooLarge,
    FieldError,
    Forbidden,
    InternalError,
    Invalid,
    InvalidEncoding,
    InvalidJson,
    MethodNotAllowed,
    Mismatch,
    NotFound,
    Problem,
    TooDeep,
    Unauthorized,
    UnsupportedMediaType,
    escaped,
)

log = logging.getLogger("iesspr.refusal")

_BY_STATUS: Mapping[int, type[Problem]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    413: ContentTooLarge,
    415: UnsupportedMediaType,
}

# What pydantic reports, as a stable code and a Spanish sentence; the rest is `invalid-value`.
_FIELD_MESSAGES: Mapping[str, tuple[str, str]] = {
    "missing": ("required", "Falta este dato obligatorio."),
    "extra_forbidden": ("unknown-field", "Este dato no se conoce aquí."),
    "int_parsing": ("invalid-integer", "Debe ser un número entero."),
    "int_type": ("invalid-integer", "Debe ser un número entero."),
    "int_from_float": ("invalid-integer", "Debe ser un número entero."),
    "decimal_parsing": ("invalid-number", "Debe ser un número decimal con punto, por ejemplo 94.50."),
    "decimal_type": ("invalid-number", "Debe ser un número decimal con punto, por ejemplo 94.50."),
    "bool_parsing": ("invalid-boolean", "Debe ser true o false."),
    "bool_type": ("invalid-boolean", "Debe ser true o false."),
    "date_from_datetime_parsing": ("invalid-date", "Debe ser una fecha AAAA-MM-DD."),
    "date_parsing": ("invalid-date", "Debe ser una fecha AAAA-MM-DD."),
    "datetime_parsing": (
        "invalid-instant",
        "Debe ser un instante RFC 3339, por ejemplo 2025-01-31T17:00:00Z.",
    ),
    "datetime_from_date_parsing": (
        "invalid-instant",
        "Debe ser un instante RFC 3339, por ejemplo 2025-01-31T17:00:00Z.",
    ),
    "uuid_parsing": ("invalid-uuid", "Debe ser un identificador UUID."),
    "string_type": ("invalid-text", "Debe ser texto."),
    "string_pattern_mismatch": ("invalid-text", "El texto no tiene la forma esperada."),
    "json_invalid": ("invalid-json", "El cuerpo no es JSON válido."),
}
_WITH_CONTEXT: Mapping[str, tuple[str, str]] = {
    "greater_than_equal": ("out-of-range", "Debe ser mayor o igual que {ge}."),
    "less_than_equal": ("out-of-range", "Debe ser menor o igual que {le}."),
    "greater_than": ("out-of-range", "Debe ser mayor que {gt}."),
    "less_than": ("out-of-range", "Debe ser menor que {lt}."),
    "enum": ("unknown-value", "Valores admitidos: {expected}."),
    "literal_error": ("unknown-value", "Valores admitidos: {expected}."),
    "decimal_max_places": ("too-precise", "Admite como máximo {decimal_places} decimales."),
    "decimal_max_digits": ("too-long", "Admite como máximo {max_digits} cifras."),
    "decimal_whole_digits": ("too-long", "Admite como máximo {whole_digits} cifras antes del punto."),
    "string_too_long": ("too-long", "Admite como máximo {max_length} caracteres."),
    "string_too_short": ("too-short", "Requiere al menos {min_length} caracteres."),
    "too_long": ("too-long", "Admite como máximo {max_length} elementos."),
    "too_short": ("too-short", "Requiere al menos {min_length} elementos."),
}


def _within(body: Any, parts: Sequence[Any]) -> list[Any]:
    """The parts that lead through the body: pydantic also names the branch of a union, which is no part of it."""
    found: list[Any] = []
    for index, part in enumerate(parts):
        if isinstance(body, Mapping) and part not in body and index + 1 < len(parts):
            continue
        found.append(part)
        if isinstance(body, Mapping):
            body = body.get(part)
        elif isinstance(body, list) and isinstance(part, int) and part < len(body):
            body = body[part]
        else:
            body = None
    return found


def field_error(error: Mapping[str, Any], body: Any = None) -> FieldError:
    """One validation error of the framework, with a JSON pointer into the body or `query/…`, `path/…`, `header/…`."""
    place, *rest = error["loc"]
    if place == "body":
        rest = _within(body, rest)
    pointer = "".join(f"/{escaped(part)}" for part in rest)
    if place != "body":
        pointer = place + pointer
    kind = error["type"]
    if kind in ("string_too_short", "too_short") and error.get("ctx", {}).get("min_length") == 1:
        return FieldError(pointer, "too-short", "No puede estar vacío.")
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _tag_error(kind, pointer, error.get("ctx", {}))
    if kind in _WITH_CONTEXT:
        code, detail = _WITH_CONTEXT[kind]
        return FieldError(pointer, code, detail.format(**_in_spanish(error.get("ctx", {}))))
    if kind == "value_error" and isinstance(cause := error.get("ctx", {}).get("error"), ValueError):
        pointer += cause.pointer if isinstance(cause, Mismatch) else ""
        return FieldError(pointer, "invalid-value", str(cause))
    code, detail = _FIELD_MESSAGES.get(kind, ("invalid-value", "El valor no tiene la forma esperada."))
    return FieldError(pointer, code, detail)


def _tag_error(kind: str, pointer: str, context: Mapping[str, Any]) -> FieldError:
    """The member that says which of several shapes this is."""
    place = f"{pointer}/{str(context.get('discriminator', '')).strip(chr(39))}"
    if kind == "union_tag_not_found":
        return FieldError(place, *_FIELD_MESSAGES["missing"])
    return FieldError(place, "unknown-value", f"Valores admitidos: {context.get('expected_tags', '')}.")


def _in_spanish(context: Mapping[str, Any]) -> Mapping[str, Any]:
    """pydantic enumerates what it expects in English: `'partial' or 'atomic'`."""
    expected = context.get("expected")
    return {**context, "expected": expected.replace(" or ", " o ")} if isinstance(expected, str) else context


def _validation_problem(errors: Sequence[Mapping[str, Any]], body: Any = None) -> Problem:
    if any(error["type"] == "json_invalid" for error in errors):
        return InvalidJson()
    return Invalid(errors=[field_error(error, body) for error in errors])


def _http_problem(error: HTTPException) -> Problem:
    cause = error.__cause__
    if isinstance(cause, Problem):
        return cause
    if _is_body_limit(error):
        return ContentTooLarge()
    if isinstance(cause, UnicodeDecodeError):
        return InvalidEncoding()
    if isinstance(cause, RecursionError):
        return TooDeep()
    kind = _BY_STATUS.get(error.status_code, InternalError if error.status_code >= 500 else BadRequest)
    return kind(headers=error.headers)


def problem_response(request: Request, problem: Problem) -> Response:
    state = request.scope.setdefault("state", {})
    state["problem"] = problem
    return Response(
        problem.body(request.url.path, state.get("request_id")), problem.status, problem.headers, MEDIA_TYPE
    )


async def _answer_problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    return problem_response(request, error)


async def _answer_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return problem_response(request, _http_problem(error))


async def _answer_validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    return problem_response(request, _validation_problem(error.errors(), error.body))


async def _answer_database(request: Request, error: Exception) -> Response:
    problem = database_problem(error)
    if problem is None:
        raise error
    log.warning("database refused: %s", type(error).__name__)
    return problem_response(request, problem)


def install(app: FastAPI) -> None:
    """Registers the handlers. What none of them knows is left to the edge, which answers 500 without a word of it."""
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    for kind in (
        DBAPIError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        OSError,
        TimeoutError,
        PoolTimeout,
    ):
        app.add_exception_handler(kind, _answer_database)
