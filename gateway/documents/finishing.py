"""What the merged description says beyond what each route says of itself: words, headers, one shape of refusals.

Conventions hold for every route and are kept in the kit, out of FastAPI's sight; here they become visible to readers
and to generated clients.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.documents import wording
from services.kit.problem_schema import PROBLEM_SCHEMA
from services.kit.problems import MEDIA_TYPE

Document = dict[str, Any]
# Body and answer of real calls by operationId, made and held against the shapes by tests/writes/test_examples.py.
EXAMPLES: Final = Path(__file__).with_name("examples.json")
_JSON: Final = "application/json"
_PROBLEM_REF: Final = {"$ref": "#/components/schemas/Problem"}
# A sentence ends before a capital: the full stop of «Art. 10» is none.
_END_OF_SENTENCE: Final = re.compile(r"\.\s+(?=[A-ZÁÉÍÓÚ¿`])")
# Signing in, whose answer holds tokens, and questions that change nothing.
_WITHOUT_KEY: Final = ("/auth/login", "/auth/token", "/auth/oidc/", "/persons/lookup", "/what-if/")
# What grows with every request has no version to ask for, and keys are not worth one.
_WITHOUT_ETAG: Final = ("/audit-events", "/events", ".ics", "/signing-keys", "/sealing-keys")


def finish(merged: Document) -> None:
    """Completes the document in place."""
    merged["info"]["description"] = wording.GUIDE
    merged["components"]["schemas"]["Problem"] = PROBLEM_SCHEMA
    for schema in merged["components"]["schemas"].values():
        # Generators name classes by the title first, and two services' schemas may share one; their keys differ.
        schema.pop("title", None)
        _drop_titles(schema)
    for path, methods in merged["paths"].items():
        for method, operation in methods.items():
            _summarise(operation)
            # A route's own tag comes after its router's and says better where readers look for it.
            operation["tags"] = operation["tags"][-1:]
            operation["parameters"] = [
                *(_worded(parameter, path) for parameter in operation.get("parameters", ())),
                *_headers(method, path, is_read="get" in methods),
            ]
            _declare_answers(operation, method, path)
            _show_example(operation)
    used = {tag for methods in merged["paths"].values() for operation in methods.values() for tag in operation["tags"]}
    merged["tags"] = [{"name": tag, "description": words} for tag, words in wording.TAGS.items() if tag in used]


def _summarise(operation: Document) -> None:
    """The first sentence of the docstring is the title, where FastAPI made one of the function's name."""
    told = operation.get("description")
    if told is None or not _is_made_of_a_name(operation["summary"], operation["operationId"]):
        return
    first, *rest = _END_OF_SENTENCE.split(told, maxsplit=1)
    operation["summary"] = first.removesuffix(".").replace("\n", " ")
    if rest:
        operation["description"] = rest[0]
    else:
        del operation["description"]


def _is_made_of_a_name(summary: str, operation_id: str) -> bool:
    # An operationId that two services use has the service's name in front.
    return operation_id.endswith(summary.lower().replace(" ", "_"))


def _worded(parameter: Document, path: str) -> Document:
    schema = _without_null(parameter["schema"])
    said = parameter.get("description") or _words(parameter["name"], path, parameter["in"])
    if schema.get("type") == "array" and "repetir" not in said:
        said += "; se puede repetir"
    worded = {**parameter, "description": said, "schema": schema}
    example = _example(parameter["name"], path) if parameter.get("required") else None
    return worded if example is None else {**worded, "example": example}


def _without_null(schema: Document) -> Document:
    """A parameter that is not given is left out: there is no null to send in an address."""
    kept = {name: value for name, value in schema.items() if name not in ("title", "description")}
    options = [option for option in kept.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1:
        del kept["anyOf"]
        return {**options[0], **kept}
    return kept


def _words(name: str, path: str, place: str) -> str:
    collection = _collection(name, path)
    if place == "path" and name == "code" and collection in wording.CODES:
        return wording.CODES[collection][0]
    if place == "path" and name == "number":
        return wording.NUMBERS[collection]
    return wording.PARAMETERS[name]


def _example(name: str, path: str) -> str | None:
    if name == "code":
        return wording.CODES.get(_collection(name, path), ("", None))[1]
    return wording.EXAMPLES.get(name)


def _collection(name: str, path: str) -> str:
    return path.partition("/{" + name)[0].rpartition("/")[2]


def _headers(method: str, path: str, *, is_read: bool) -> Iterator[Document]:
    """is_read: whether what is changed can be read at the same address; only then there is an ETag to send."""
    if method == "get" and _has_etag(path):
        yield _header("If-None-Match", wording.IF_NONE_MATCH)
    elif method == "post" and not any(part in path for part in _WITHOUT_KEY):
        yield _header("Idempotency-Key", wording.IDEMPOTENCY_KEY, required=path.endswith("-batches"), longest=255)
    elif method in ("patch", "delete", "put") and is_read:
        # A PUT may make what was not there: nobody has read that.
        yield _header("If-Match", wording.IF_MATCH, required=method != "put")


def _header(name: str, words: str, *, required: bool = False, longest: int | None = None) -> Document:
    schema: Document = (
        {"type": "string"} if longest is None else {"type": "string", "minLength": 1, "maxLength": longest}
    )
    return {"name": name, "in": "header", "required": required, "description": words, "schema": schema}


def _has_etag(path: str) -> bool:
    return not any(path.endswith(end) or f"{end}/" in path for end in _WITHOUT_ETAG)


def _declare_answers(operation: Document, method: str, path: str) -> None:
    answers: dict[str, Document] = operation["responses"]
    for status, answer in answers.items():
        if answer["description"] == "Successful Response":
            answer["description"] = wording.ANSWERS[status]
        if answer.get("content", {}).get(MEDIA_TYPE, {}).get("schema") == PROBLEM_SCHEMA:
            answer["content"][MEDIA_TYPE] = {"schema": _PROBLEM_REF}
            answer["headers"] = {"Retry-After": _text("Segundos, en 429 y 503")}
    if method == "get" and _has_etag(path):
        answers["200"]["headers"] = {"ETag": _text("Esta versión, para If-None-Match e If-Match")}
        answers["304"] = {"description": wording.ANSWERS["304"]}
    if "201" in answers:
        answers["201"]["headers"] = {"Location": _text("Dónde se lee lo creado, si se puede leer")}


@cache
def _examples() -> Mapping[str, Any]:
    examples: dict[str, Any] = json.loads(EXAMPLES.read_text())
    return examples


def _show_example(operation: Document) -> None:
    example = _examples().get(operation["operationId"])
    if example is None:
        return
    asked = operation.get("requestBody", {}).get("content", {}).get(_JSON)
    if asked is not None and example["body"] is not None:
        asked.setdefault("example", example["body"])
    answered = operation["responses"][example["status"]].get("content", {}).get(_JSON)
    if answered is not None and example["answer"] is not None:
        answered["example"] = example["answer"]


def _text(words: str) -> Document:
    return {"description": words, "schema": {"type": "string"}}


def _drop_titles(schema: Mapping[str, Any]) -> None:
    """FastAPI titles every member with its own name in English words: noise in a Spanish document."""
    for member in schema.get("properties", {}).values():
        member.pop("title", None)
        _drop_titles(member)
