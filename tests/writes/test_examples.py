"""The examples of the description are calls that were made: `UPDATE_DOCS=1` makes them again and writes them down."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any, Final
from uuid import uuid4

import jsonschema
import msgspec
import pytest

from gateway.documents.finishing import EXAMPLES
from tests.gateway.matrix.filling import Operation, operations
from tests.gateway.matrix.running import merged_description
from tests.writes.catalogue import CATALOGUE
from tests.writes.example import Body
from tests.writes.laws import HIDDEN
from tests.writes.world import Writers

pytestmark = pytest.mark.xdist_group("writes")

JSON: Final = "application/json"
# A page is read by people: two of a kind show the form of all.
SHOWN: Final = 2
# What a row may not hold, a page may not show either.
INVENTED: Final = {
    "password": "Guayacán florido 1853",
    "current": "Guayacán florido 1853",
    "new": "Chirimoya en agosto 1897",
    "otp": "123456",
    "cedula": "0100000017",
    "email": "maria.perez@example.gob.ec",
    "given_names": "María José",
    "family_names": "Pérez Andrade",
}


async def test_every_body_and_its_answer_have_an_example_that_fits(writers: Writers) -> None:
    document = await merged_description(writers.world)
    described = {operation.name: operation for operation in operations(document)}
    if "UPDATE_DOCS" in os.environ:
        EXAMPLES.write_text(json.dumps(await made_again(writers, described), indent=1, ensure_ascii=False) + "\n")

    examples = json.loads(EXAMPLES.read_text())
    wanted = {op.description["operationId"] for op in described.values() if _schema_of_body(op) is not None}
    wrong = [fault for op in described.values() for fault in _misfits(op, examples, document)]

    assert wanted - set(examples) == QUESTIONS
    assert wrong == []


# They write nothing, so that the catalogue of writes does not know them.
QUESTIONS: Final = {"look_up_person", "preview_policy"}


async def made_again(writers: Writers, described: dict[str, Operation]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for example in CATALOGUE:
        operation = described[example.operation]
        if operation.description["operationId"] in found:
            continue
        call = await example.make(writers)
        key = str(uuid4()) if example.takes_a_key else None
        status, _, content = await writers.send(call, example.method, key=key)
        assert status < 300, (example.name, status, content)
        answer = msgspec.json.decode(content) if content else None
        shown = {"body": _shown(_plain(call.body)), "status": str(status), "answer": _shown(answer)}
        found[operation.description["operationId"]] = shown
    return dict(sorted(found.items()))


def _plain(body: Body) -> Any:
    return None if isinstance(body, bytes) else msgspec.json.decode(msgspec.json.encode(body))


def _shown(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {member: _shown(inner, member) for member, inner in value.items()}
    if isinstance(value, list):
        return [_shown(inner) for inner in value[:SHOWN]]
    is_amount = isinstance(value, str) and value.replace(".", "").isdigit() and name == "current"
    return INVENTED.get(name, "…") if name in HIDDEN and isinstance(value, str) and not is_amount else value


def _schema_of_body(operation: Operation) -> Any:
    return operation.description.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema")


def _misfits(operation: Operation, examples: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    example = examples.get(operation.description["operationId"])
    if example is None:
        return
    answers = operation.description["responses"]
    parts = {
        "body": _schema_of_body(operation),
        "answer": answers[example["status"]].get("content", {}).get(JSON, {}).get("schema"),
    }
    for part, schema in parts.items():
        if schema is None or example[part] is None:
            continue
        validator = jsonschema.Draft202012Validator({**schema, "components": document["components"]})
        for error in validator.iter_errors(example[part]):
            yield f"{operation.name} {part} {error.json_path}: {error.message[:200]}"
