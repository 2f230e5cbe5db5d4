"""Routers whose JSON bodies keep every digit: numbers with a fraction are read as Decimal, never as binary floats."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from services.kit.problems import FieldError, Invalid, InvalidEncoding, InvalidJson, TooDeep, escaped

MAX_DEPTH = 32


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def depth_of(document: Any) -> int:
    """Levels of objects and lists, and one for the deepest value itself. Iterative: what it measures may be hostile."""
    deepest, pending = 0, [(document, 1)]
    while pending:
        value, depth = pending.pop()
        deepest = max(deepest, depth)
        if isinstance(value, dict):
            pending.extend((inner, depth + 1) for inner in value.values())
        elif isinstance(value, list):
            pending.extend((inner, depth + 1) for inner in value)
    return deepest


# NUL and halves of a character: JSON can write them, the database cannot keep them.
_ESCAPED = re.compile(r"\\u(0000|[dD][89a-fA-F])")
_UNKEPT = re.compile("[\x00\ud800-\udfff]")


def _refuse_unkept(document: Any) -> None:
    """Raises Invalid naming every text that cannot be kept."""
    errors, pending = [], [(document, "")]
    while pending:
        value, pointer = pending.pop()
        if isinstance(value, dict):
            pending += [(inner, f"{pointer}/{escaped(name)}") for name, inner in value.items()]
        elif isinstance(value, list):
            pending += [(inner, f"{pointer}/{index}") for index, inner in enumerate(value)]
        elif isinstance(value, str) and _UNKEPT.search(value):
            errors.append(FieldError(pointer, "invalid-character", "Tiene un carácter que no se admite, como NUL."))
    if errors:
        raise Invalid(errors=errors[::-1])


def parse_json(body: bytes) -> Any:
    """Parsed JSON with exact numbers; a byte order mark before it is ignored, as RFC 8259 allows.

    Raises InvalidEncoding, InvalidJson, TooDeep or Invalid.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidEncoding from error
    try:
        document = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise TooDeep from error
    except ValueError as error:
        raise InvalidJson from error
    if depth_of(document) > MAX_DEPTH:
        raise TooDeep
    if _ESCAPED.search(text):
        _refuse_unkept(document)
    return document


class ExactRequest(Request):
    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = self.scope["state"]["document"] = parse_json(await self.body())
        return self._json


class ExactRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def exact(request: Request) -> Response:
            return await handle(ExactRequest(request.scope, request.receive))

        return exact


def router(*, tags: list[str], prefix: str = "/api/v1") -> APIRouter:
    """A feature's router, mounted under the public path."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=ExactRoute)
