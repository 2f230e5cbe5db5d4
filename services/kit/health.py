"""Readiness: the database answers, its schema is the one this code was written for, start-up has finished."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import asyncpg
from fastapi import FastAPI

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


async def database_ready(app: FastAPI) -> dict[str, bool]:
    """The checks of /readyz by name."""
    name: str = app.state.name
    checks = {"started": bool(app.state.ready), "database": False, "migrations": False}
    try:
        current = await app.state.database.pool.fetchval(f"SELECT version_num FROM {name}.alembic_version")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
        return checks
    checks["database"] = True
    checks["migrations"] = current == expected_head(name)
    if app.state.replica is not None:
        checks["organisation"] = app.state.replica.synced.is_set()
    return checks
