"""From an operation of the merged OpenAPI and a unit to a request that names the unit wherever a unit can be named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from tests.gateway.matrix.world import NOWHERE, OWN, UNITS

RELATIONS: Final = ("own", *(relation for relation in UNITS if relation != "own"), "nowhere")
WRITES: Final = frozenset({"post", "put", "patch", "delete"})


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str
    description: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path}"


@dataclass(frozen=True, slots=True)
class Case:
    operation: Operation
    relation: str
    target: str
    body: Any
    names_a_unit: bool


def operations(document: dict[str, Any]) -> list[Operation]:
    return [
        Operation(method, path, description)
        for path, methods in sorted(document["paths"].items())
        for method, description in sorted(methods.items())
    ]


def named(unit: str) -> dict[str, Any]:
    """What the parameters and members of requests are called, and what they hold for a unit."""
    plan, assignment = f"POA-2030-{unit}", f"POA-2019.{unit}.001"
    return {
        "dependencia": unit,
        "owner": unit,
        "root": unit,
        "reaches": unit,
        "assignment": assignment,
        "assignments": [assignment],
        "project": f"POA-2025.{unit}.P1",
        "period": "2019-01",
        "plan_code": plan,
        "objective": f"{plan}.N1.1",
    }


def cases(operation: Operation, document: dict[str, Any]) -> Iterator[Case]:
    """One case per relation when the operation can name a unit, otherwise one."""
    for relation in RELATIONS:
        unit = UNITS.get(relation, NOWHERE)
        path, in_path = _path(operation, unit)
        query, in_query = _query(operation, unit, document)
        body, in_body = _body(operation, unit, document)
        names_a_unit = in_path or in_query or in_body
        yield Case(operation, relation, path + ("?" + urlencode(query) if query else ""), body, names_a_unit)
        if not names_a_unit:
            return  # the first relation stands for all


def _path(operation: Operation, unit: str) -> tuple[str, bool]:
    values = named(unit)
    first = operation.path.split("/")[3]
    by_name: dict[str, tuple[str, bool]] = {
        "code": _code(first, values),
        "dependencia": (unit, True),
        "assignment": (values["assignment"], True),
        "assignment_code": (values["assignment"], True),
        "project": (values["project"], True),
        "project_id": (values["project"], True),
        "plan": (values["plan_code"], True),
        "period": ("2019-01", False),
        "numeral": ("5.6", False),
        "version": ("1", False),
        "year": ("2025", False),
        "username": ("bystander", False),
        "client_id": ("budget", False),
    }
    path, names_a_unit = operation.path, False
    for parameter in operation.description.get("parameters", ()):
        if parameter["in"] != "path":
            continue
        kind = parameter.get("schema", {})
        fallback = "00000000-0000-4000-8000-000000000000" if kind.get("format") == "uuid" else "1"
        value, is_unit = by_name.get(parameter["name"], (fallback, False))
        path = path.replace("{" + parameter["name"] + "}", quote(str(value)))
        names_a_unit = names_a_unit or is_unit
    return path, names_a_unit


def _code(first: str, values: dict[str, Any]) -> tuple[str, bool]:
    return {
        "dependencias": (values["dependencia"], True),
        "assignments": (values["assignment"], True),
        "plans": (values["plan_code"], True),
        "objectives": (values["objective"], True),
        "projects": (values["project"], True),
    }.get(first, ("1", False))


def _query(operation: Operation, unit: str, document: dict[str, Any]) -> tuple[dict[str, str], bool]:
    values = named(unit)
    filled: dict[str, str] = {}
    names_a_unit = False
    for parameter in operation.description.get("parameters", ()):
        name = parameter["name"]
        if parameter["in"] != "query":
            continue
        if name in ("dependencia", "owner", "assignment", "reaches", "root") and "/rof/" not in operation.path:
            filled[name] = values[name]
            names_a_unit = True
        elif name == "limit" and operation.path.endswith("/events"):
            filled[name] = "500"
        elif name == "include_total":
            filled[name] = "true"
        elif parameter.get("required"):
            required = {"plan": "POA-2019", "period": "2019-01", "permission": "measurement:read"}
            filled[name] = required.get(name) or str(_example(parameter.get("schema", {}), name, unit, document))
    return filled, names_a_unit


def _body(operation: Operation, unit: str, document: dict[str, Any]) -> tuple[Any, bool]:
    content = operation.description.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    if schema is None:
        return None, False
    if operation.path.endswith("/measurement-batches"):
        return _batch(unit), True
    body = _example(schema, "", unit, document)
    return body, unit in str(body)


def _batch(unit: str) -> dict[str, Any]:
    """Ten rows of which one is the unit's; the others are one's own in months of their own."""
    own = [{"assignment": f"POA-2019.{OWN}.001", "period": f"2019-{m:02}", "value": "1"} for m in range(4, 13)]
    row = {"assignment": f"POA-2019.{unit}.001", "period": "2019-02", "value": "66.6", "note": "intruso"}
    return {"source": "matrix", "rows": [*own, row]}


def _example(schema: dict[str, Any], name: str, unit: str, document: dict[str, Any], depth: int = 0) -> Any:
    """A plausible value: members that name units name the unit, the rest is the first thing the schema allows."""
    values = named(unit)
    if name in values:
        return values[name] if name != "plan" else "POA-2019"
    if "$ref" in schema:
        return _example(
            document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], name, unit, document, depth
        )
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            options = [o for o in schema[union] if o.get("type") != "null"]
            return _example(options[0], name, unit, document, depth) if options and depth < 6 else None
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        return {n: _example(s, n, unit, document, depth + 1) for n, s in properties.items()} if depth < 6 else {}
    if kind == "array":
        return [_example(schema.get("items", {}), name.rstrip("s"), unit, document, depth + 1)]
    return _scalar(kind, schema, name)


def _scalar(kind: Any, schema: dict[str, Any], name: str) -> Any:
    if kind == "integer":
        return max(1, int(schema.get("minimum", 1)))
    if kind == "number":
        return 1
    if kind == "boolean":
        return True
    formats = {
        "date": "2019-01-31",
        "date-time": "2019-02-01T00:00:00Z",
        "uuid": "00000000-0000-4000-8000-000000000000",
    }
    by_name = {
        "plan": "POA-2019",
        "email": "a@example.org",
        "subject": "bystander",
        "username": "new-user",
        "feed": None,
    }
    if name in by_name:
        return by_name[name]
    return formats.get(schema.get("format", ""), "texto-de-prueba"[: schema.get("maxLength", 20)])
