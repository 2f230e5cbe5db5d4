"""Real answers held against what the OpenAPI document declares: nothing more, nothing missing."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest


def judge(document: dict[str, Any], method: str, path: str, status: int, answer: Any) -> None:
    """Fails unless the answer is as declared. path: the operation's template below /api/v1, as `/plans/{code}`."""
    operation = document["paths"][f"/api/v1{path}"][method.lower()]
    schema = operation["responses"][str(status)].get("content", {}).get("application/json", {}).get("schema")
    assert schema, f"{method} {path} declares no answer for {status}"
    try:
        jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(answer)
    except jsonschema.ValidationError as error:
        pytest.fail(f"{method} {path}: {error.json_path}: {error.message[:300]}")


def undeclared(document: dict[str, Any]) -> list[str]:
    """Operations without a good answer, or with one that has no shape: of its JSON, where it comes as such."""
    return [
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if not all(map(_has_shape, good := _good_answers(operation))) or not good
    ]


def _good_answers(operation: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(code, answer) for code, answer in operation["responses"].items() if code.startswith("2")]


def _has_shape(answered: tuple[str, dict[str, Any]]) -> bool:
    code, answer = answered
    content = answer.get("content", {})
    kinds = [content["application/json"]] if "application/json" in content else content.values()
    return code == "204" or any(kind.get("schema") for kind in kinds)
