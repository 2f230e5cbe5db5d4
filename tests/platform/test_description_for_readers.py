"""The merged description as a front-end developer meets it: Spanish words everywhere, headers and refusals in sight."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MERGED: dict[str, Any] = json.loads((ROOT / "docs" / "openapi" / "iesspr-api.json").read_text())


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in MERGED["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def parameters() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, operation in operations():
        for parameter in operation["parameters"]:
            yield f"{name} {parameter['name']}", parameter


def test_no_title_is_made_of_a_functions_name() -> None:
    made = [name for name, operation in operations() if operation["summary"].istitle() and " " in operation["summary"]]

    assert made == []


def test_titles_fit_a_line_and_end_without_a_stop() -> None:
    long = [name for name, operation in operations() if len(operation["summary"]) > 120]
    stopped = [name for name, operation in operations() if operation["summary"].endswith(".")]

    assert (long, stopped) == ([], [])


def test_every_parameter_is_told_in_words() -> None:
    assert [name for name, parameter in parameters() if not parameter.get("description")] == []


def test_no_parameter_of_an_address_may_be_null() -> None:
    """A generated client would offer `null`, which no address can carry."""
    assert [name for name, parameter in parameters() if '"null"' in json.dumps(parameter["schema"])] == []


def test_every_operation_stands_under_one_tag_that_says_what_it_holds() -> None:
    told = {tag["name"]: tag["description"] for tag in MERGED["tags"]}

    assert {name: operation["tags"] for name, operation in operations() if len(operation["tags"]) != 1} == {}
    assert {operation["tags"][0] for _, operation in operations()} == set(told)
    assert all(told.values())


def test_refusals_share_one_shape() -> None:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    kinds = Counter(
        json.dumps(answer["content"]["application/problem+json"])
        for _, operation in operations()
        for status, answer in operation["responses"].items()
        if status in ("4XX", "5XX")
    )

    assert set(kinds) == {json.dumps(problem)}


def test_a_push_must_name_its_key_and_says_what_a_row_holds() -> None:
    pushes = {name: operation for name, operation in operations() if re.fullmatch(r"POST .*-batches", name)}

    assert len(pushes) == 3
    for operation in pushes.values():
        [key] = [parameter for parameter in operation["parameters"] if parameter["name"] == "Idempotency-Key"]
        row = operation["requestBody"]["content"]["application/json"]["schema"]["properties"]["rows"]["items"]
        assert key["required"]
        assert row["properties"]


def test_what_is_read_with_a_version_is_changed_with_it() -> None:
    with_etag = {name for name, operation in operations() if "304" in operation["responses"]}
    asking = {name for name, parameter in parameters() if parameter["name"] == "If-Match"}

    assert {re.sub(r"^(PATCH|PUT|DELETE)", "GET", name).removesuffix(" If-Match") for name in asking} <= with_etag
    assert len(asking) >= 20


def test_every_list_says_that_it_may_tell_its_total() -> None:
    lists = {name: operation for name, operation in operations() if "cursor" in _names(operation)}

    assert len(lists) > 60
    assert [name for name, operation in lists.items() if "total" not in _answered(operation)["properties"]] == []


def test_instants_and_days_are_declared_as_such_everywhere() -> None:
    plain = [
        f"{shape}.{member}"
        for shape, schema in MERGED["components"]["schemas"].items()
        for member, kind in schema.get("properties", {}).items()
        if re.search(r"_(at|on)$|^valid_(from|to)$", member)
        and {"type": "string"} in (_bare(kind), *map(_bare, kind.get("anyOf", ())))
    ]

    assert plain == []


def _bare(kind: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kind.items() if name != "description"}


def _names(operation: dict[str, Any]) -> set[str]:
    return {parameter["name"] for parameter in operation["parameters"]}


def _answered(operation: dict[str, Any]) -> dict[str, Any]:
    reference = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    shape: dict[str, Any] = MERGED["components"]["schemas"][reference.rpartition("/")[2]]
    return shape
