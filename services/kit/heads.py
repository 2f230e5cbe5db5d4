"""Which revision the code expects, read without importing Alembic or the web framework."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
_ASSIGNMENT = re.compile(r"^(revision|down_revision)\b[^=]*=\s*(?:\"([^\"]+)\"|'([^']+)'|None)", re.MULTILINE)


@cache
def expected_head(service: str) -> str | None:
    """The newest revision in the code, read without importing Alembic. None when the service has no migration."""
    revisions: dict[str, str | None] = {}
    for path in (MIGRATIONS / service / "versions").glob("*.py"):
        found = {m[1]: m[2] or m[3] for m in _ASSIGNMENT.finditer(path.read_text())}
        if found.get("revision"):
            revisions[found["revision"]] = found.get("down_revision")
    heads = set(revisions) - {down for down in revisions.values() if down}
    return heads.pop() if len(heads) == 1 else None
