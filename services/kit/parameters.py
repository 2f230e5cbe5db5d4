"""Query parameters are never ignored: an unknown, repeated or malformed one is a 422 that names it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant

from services.kit.problems import FieldError, Invalid, UnknownParameter, UnsupportedMediaType


def _query_fields(dependant: Dependant) -> Iterator[Any]:
    yield from dependant.query_params
    for inner in dependant.dependencies:
        yield from _query_fields(inner)


def allowed_parameters(dependant: Dependant) -> dict[str, bool]:
    """Name → may it be repeated."""
    return {
        f.alias: get_origin(f.field_info.annotation) in (list, tuple, set) or _is_list(f)
        for f in _query_fields(dependant)
    }


def _is_list(field: Any) -> bool:
    """Optional lists: `list[str] | None`."""
    arguments = getattr(field.field_info.annotation, "__args__", ())
    return any(get_origin(argument) is list for argument in arguments)


_known: dict[int, dict[str, bool]] = {}


async def refuse_unknown_parameters(request: Request) -> None:
    """Application-wide dependency."""
    sent = request.query_params.multi_items()
    if not sent:
        return
    route = request.scope["route"]
    allowed = _known.get(id(route))
    if allowed is None:
        allowed = _known[id(route)] = allowed_parameters(route.dependant)
    counts = Counter(name for name, _ in sent)
    errors = [
        FieldError(
            f"query/{name}",
            "unknown-parameter",
            f"No se conoce el parámetro «{name}». Se admiten: {', '.join(sorted(allowed)) or 'ninguno'}.",
        )
        for name in counts
        if name not in allowed
    ] + [
        FieldError(
            f"query/{name}",
            "repeated-parameter",
            f"El parámetro «{name}» se envió {count} veces y admite un solo valor.",
        )
        for name, count in counts.items()
        if name in allowed and count > 1 and not allowed[name]
    ]
    if errors:
        raise UnknownParameter(errors=errors)
    for name, value in sent:
        if "\x00" in value:
            raise Invalid(errors=[FieldError(f"query/{name}", "invalid-character", "El carácter NUL no se admite.")])
        # What the framework puts for octets that are no UTF-8: searching for it would ignore what was meant.
        if "\ufffd" in value:
            raise Invalid(errors=[FieldError(f"query/{name}", "invalid-encoding", "El valor no está en UTF-8.")])


def _has_body(dependant: Dependant) -> bool:
    return bool(dependant.body_params) or any(_has_body(inner) for inner in dependant.dependencies)


_JSON_BODY = frozenset({"application/json"})


async def refuse_wrong_media_type(request: Request) -> None:
    """Application-wide dependency: a route with a declared JSON body takes application/json only."""
    if request.method not in ("POST", "PUT", "PATCH", "DELETE"):
        return
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("No se admiten cuerpos comprimidos; envíelos sin Content-Encoding.")
    if not _has_body(request.scope["route"].dependant) or request.headers.get("content-length") == "0":
        return
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _JSON_BODY and not kind.endswith("+json"):
        raise UnsupportedMediaType
