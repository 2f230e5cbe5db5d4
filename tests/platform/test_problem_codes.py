"""Problem codes are a promise: each belongs to one thing that can go wrong, and docs/problems.md lists them all.

`UPDATE_DOCS=1 make test ARGS=tests/platform/test_problem_codes.py` writes the list anew.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import gateway
import services
from services.kit.problems import Problem

PAGE = Path(__file__).resolve().parents[2] / "docs" / "problems.md"
HEAD = """# Códigos de problema

Toda respuesta 4xx o 5xx es `application/problem+json` (RFC 9457) con `type`, `title`, `status`, `detail`, `instance`,
`code`, `request_id` y `errors: [{pointer, code, detail}]`. El `code` es estable y nunca se reutiliza: prográmese contra
él, no contra los textos.

| Código | Estado | Título | Qué hacer |
|---|---|---|---|
"""


def load_everything() -> None:
    for package in (services, gateway):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


def kinds(parent: type[Problem] = Problem) -> Iterator[type[Problem]]:
    for kind in parent.__subclasses__():
        yield kind
        yield from kinds(kind)


def product_kinds() -> list[type[Problem]]:
    load_everything()
    return [kind for kind in kinds() if kind.__module__.startswith(("services.", "gateway."))]


def test_a_code_says_the_same_wherever_it_is_used() -> None:
    titles: dict[str, set[str]] = defaultdict(set)
    for kind in product_kinds():
        if "code" in vars(kind):
            titles[kind.code].add(kind.title)

    assert {code: sorted(found) for code, found in titles.items() if len(found) > 1} == {}


def test_the_documentation_lists_every_code() -> None:
    rows = sorted({(kind.code, kind.status, kind.title, kind.default_detail) for kind in product_kinds()})
    page = HEAD + "".join(f"| `{code}` | {status} | {title} | {detail} |\n" for code, status, title, detail in rows)
    if os.environ.get("UPDATE_DOCS") == "1":
        PAGE.write_text(page)

    assert PAGE.read_text() == page
