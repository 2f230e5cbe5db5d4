"""No operation of any process reads a number, a day, an instant or a yes in a spelling of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from pydantic import TypeAdapter

from iesspr.openapi import application
from iesspr.serve import APPS
from services.kit.spelling import Day, InDigits, Instant, OneSpelling

LOOSE = {"date", "datetime", "time", "timedelta", "int", "float", "decimal"}
Found = Iterator[tuple[str, bool]]


def checks_of(kind: Any) -> Any:
    """The function that comes before pydantic's own reading of a type."""
    return TypeAdapter(kind).core_schema["function"]["function"]


STRICT = {checks_of(Day), checks_of(Instant), InDigits.func, OneSpelling.func}


def readings(schema: Any, loose: set[str], seen: set[int]) -> Found:
    """Every reading of a loose type within a core schema: the type, and whether its spelling is checked."""
    if isinstance(schema, list | tuple):
        for part in schema:
            yield from readings(part, loose, seen)
    if not isinstance(schema, dict) or id(schema) in seen:
        return
    seen.add(id(schema))
    if schema.get("type") == "function-before" and schema["function"]["function"] in STRICT:
        yield schema["schema"]["type"], True
        return
    if schema.get("type") in loose:
        yield schema["type"], schema.get("strict", False)
    for name, part in schema.items():
        if name not in ("metadata", "serialization"):
            yield from readings(part, loose, seen)


def inputs(dependant: Dependant) -> Iterator[tuple[Any, set[str]]]:
    """What an operation reads, and the types that pydantic would take in several spellings there."""
    for field in (*dependant.query_params, *dependant.path_params, *dependant.header_params):
        yield field, LOOSE  # `subtree=1` is no other answer than `subtree=true`, and forms write either
    for field in dependant.body_params:
        yield field, LOOSE | {"bool"}
    for inner in dependant.dependencies:
        yield from inputs(inner)


@pytest.mark.parametrize("process", APPS)
def test_everything_that_is_read_has_one_spelling(process: str) -> None:
    found = [
        (f"{sorted(context.methods or ())} {context.path} {field.alias}", kind, checked)
        for context in iter_route_contexts(application(process).routes)
        for field, loose in inputs(context.dependant)
        for kind, checked in readings(field._type_adapter.core_schema, loose, set())
    ]

    assert found, "a process that reads nothing at all: then this test looks in the wrong place"
    assert [reading for reading in found if not reading[-1]] == []
