"""Readiness: the database answers, its schema is the one this code was written for, start-up has finished."""

from __future__ import annotations

import asyncpg
from fastapi import FastAPI

from services.kit.heads import expected_head


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
