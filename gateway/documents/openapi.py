"""One OpenAPI 3.1 document from the gateway's own and the services'."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.documents.finishing import finish

BASE: Final = "/api/v1/"
OPEN_TO_ALL: Final = (
    "/api/v1/public/",
    "/api/v1/auth/login",
    "/api/v1/auth/token",
    "/api/v1/auth/activation",
    "/api/v1/auth/oidc/",
)
Document = dict[str, Any]


def merge(parts: Mapping[str, Document], missing: list[str]) -> Document:
    """parts: OpenAPI documents by service, the gateway's own under `gateway`. Only `/api/v1/` paths are kept.

    A schema name or operationId that two services use gets the service's name in front, in both.
    """
    public = {name: _public_part(part) for name, part in parts.items()}
    clashing_ids = _clashing(_operation_ids(part) for part in public.values())
    clashing_schemas = _clashing_schemas(public)
    merged: Document = {
        "openapi": "3.1.0",
        "info": {"title": "IESSPR API", "version": "1"},
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "paths": {},
        "components": {
            "schemas": {},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }
    for name, part in public.items():
        renamed = _rename_schemas(part, {s: _class_name(s, name, clashing_schemas) for s in part["schemas"]})
        for path, operations in renamed["paths"].items():
            merged["paths"][path] = {
                method: _finished(operation, name, path, clashing_ids) for method, operation in operations.items()
            }
        merged["components"]["schemas"] |= renamed["schemas"]
    finish(merged)
    if missing:
        merged["x-missing-services"] = sorted(missing)
    return merged


def _public_part(part: Document) -> Document:
    paths = {path: operations for path, operations in part.get("paths", {}).items() if path.startswith(BASE)}
    return {"paths": paths, "schemas": part.get("components", {}).get("schemas", {})}


def _operations(part: Document) -> Iterator[Document]:
    for operations in part["paths"].values():
        yield from (operation for operation in operations.values() if isinstance(operation, dict))


def _operation_ids(part: Document) -> list[str]:
    return [operation["operationId"] for operation in _operations(part) if "operationId" in operation]


def _clashing(groups: Iterator[list[str]]) -> set[str]:
    counts = Counter(name for group in groups for name in group)
    return {name for name, count in counts.items() if count > 1}


def _clashing_schemas(parts: Mapping[str, Document]) -> set[str]:
    """Names that stand for different schemas in different services; equal ones are shared."""
    seen: dict[str, Any] = {}
    clashing = set()
    for part in parts.values():
        for name, schema in part["schemas"].items():
            if seen.setdefault(name, schema) != schema:
                clashing.add(name)
    return clashing


def _class_name(schema: str, service: str, clashing: set[str]) -> str:
    """FastAPI's `Act-Input` is no name of a class in any language."""
    whole = f"{service.capitalize()}{schema}" if schema in clashing else schema
    return whole.replace("-", "")


def _rename_schemas(part: Document, names: Mapping[str, str]) -> Document:
    text = json.dumps(part)
    for old, new in names.items():
        if old == new:
            continue
        text = text.replace(f'"#/components/schemas/{old}"', f'"#/components/schemas/{new}"')
    renamed: Document = json.loads(text)
    renamed["schemas"] = {names.get(name, name): schema for name, schema in renamed["schemas"].items()}
    return renamed


def _finished(operation: Any, service: str, path: str, clashing: set[str]) -> Any:
    if not isinstance(operation, dict):
        return operation
    finished = dict(operation)
    if finished.get("operationId") in clashing:
        finished["operationId"] = f"{service}_{finished['operationId']}"
    if path.startswith(OPEN_TO_ALL):
        finished["security"] = []
    return finished
