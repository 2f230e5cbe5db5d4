"""Snapshots of the contract: docs/openapi/<process>.json and the merged one that the gateway serves.

A change of the contract then shows in the diff that makes it; a test compares code and snapshots.
"""

from __future__ import annotations

import importlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from iesspr.home import SERVICES, Home, Secrets
from iesspr.postgres import DATABASES, OWNER, DatabaseUrls
from iesspr.serve import APPS
from iesspr.topology import ROOT, process_environment

FOLDER = ROOT / "docs" / "openapi"
Document = dict[str, Any]


def documents() -> dict[str, Document]:
    """OpenAPI by process, plus `iesspr-api`, the merged one. Nothing is connected to."""
    parts = {name: _document(name) for name in APPS}
    merge: Callable[[Mapping[str, Document], list[str]], Document] = _load("gateway.documents.openapi:merge")
    return {**parts, "iesspr-api": merge(parts, [])}


def write_documents(made: Mapping[str, Document]) -> list[Path]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, document in made.items():
        (FOLDER / f"{name}.json").write_text(_text(document))
    return [FOLDER / f"{name}.json" for name in made]


def stale_documents(made: Mapping[str, Document]) -> list[str]:
    """Names of the snapshots that differ from the code."""
    paths = {name: FOLDER / f"{name}.json" for name in made}
    return [name for name, path in paths.items() if not path.exists() or path.read_text() != _text(made[name])]


def _text(document: Document) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def application(name: str) -> Any:
    """A process's application as FastAPI has it, with settings that lead nowhere, in a home that is gone afterwards."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(_settings_leading_nowhere(name, Path(folder)))
        try:
            made = _load(APPS[name])()
        finally:
            os.environ.clear()
            os.environ.update(before)
    return getattr(made, "api", made)


def _document(name: str) -> Document:
    document: Document = application(name).openapi()
    return document


def _settings_leading_nowhere(name: str, folder: Path) -> dict[str, str]:
    nowhere = "postgresql+asyncpg://nobody:nothing@127.0.0.1:9/none"
    return process_environment(
        name,
        urls=dict.fromkeys(APPS, "http://127.0.0.1:9"),
        databases=dict.fromkeys(DATABASES, DatabaseUrls(owner=nowhere, app=nowhere)),
        secrets=Secrets({OWNER: "-"}, {f"svc-{service}": "-" for service in SERVICES}),
        home=Home(folder),
    )


def _load(place: str) -> Callable[..., Any]:
    module, _, attribute = place.partition(":")
    loaded: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return loaded
