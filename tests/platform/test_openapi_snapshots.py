"""docs/openapi shows the contract as the code has it: a change of one without the other does not pass."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.declared import undeclared

ROOT = Path(__file__).resolve().parents[2]


def test_the_snapshots_are_what_the_code_says() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "iesspr", "openapi", "--check"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )

    assert run.returncode == 0, run.stderr


def merged() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / "docs" / "openapi" / "iesspr-api.json").read_text())
    return document


def test_every_operation_declares_what_it_answers() -> None:
    assert undeclared(merged()) == []


def test_what_may_be_tried_without_effect_declares_that_answer() -> None:
    tried = {
        f"{method.upper()} {path}": operation["responses"]
        for path, item in merged()["paths"].items()
        for method, operation in item.items()
        if any(parameter["name"] == "dry_run" for parameter in operation.get("parameters", ()))
    }

    assert len(tried) >= 8
    assert [name for name, responses in tried.items() if "200" not in responses] == []


def test_every_shape_has_a_name_of_its_own() -> None:
    """Generated clients would have `services__orgchart__…` for a class, or lose one of two that share a title."""
    schemas = merged()["components"]["schemas"]

    assert [name for name in schemas if not name.isidentifier() or "__" in name] == []
    assert [name for name, schema in schemas.items() if "title" in schema] == []
