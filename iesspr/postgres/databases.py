"""The four databases and their roles. An application role owns nothing: migrations grant it what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import asyncpg

DATABASES = ("gateway", "orgchart", "plans", "indicators")
OWNER = "iesspr"

# The grant to the application role is the last thing that is done to a new database.
_FINISHED = "SELECT datname FROM pg_database WHERE datacl::text LIKE '%' || datname || '\\_app=c/%'"


@dataclass(frozen=True)
class DatabaseUrls:
    """One database seen by its owner (migrations) and by the application role (everything else)."""

    owner: str
    app: str


def database_url(socket_dir: Path, user: str, password: str, database: str) -> str:
    return f"postgresql+asyncpg://{user}:{quote(password)}@/{database}?" + urlencode(
        {"host": str(socket_dir)}, safe="/"
    )


async def create_databases(socket_dir: Path, passwords: Mapping[str, str]) -> None:
    """Create the roles and databases that are missing, and set the new roles' passwords.

    passwords: by role, of the owner and of `<database>_app`. Runs in every start, so it also heals a first start
    that was interrupted here.
    """
    connection = await asyncpg.connect(host=str(socket_dir), user=OWNER, password=passwords[OWNER], database="postgres")
    try:
        existing = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
        finished = {row["datname"] for row in await connection.fetch(_FINISHED)}
        for database in DATABASES:
            if database in finished:
                continue
            await _create_role(connection, f"{database}_app", passwords[f"{database}_app"])
            if database not in existing:
                await connection.execute(f"CREATE DATABASE {database}")
            await connection.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
            await connection.execute(f"GRANT CONNECT ON DATABASE {database} TO {database}_app")
    finally:
        await connection.close()


async def _create_role(connection: asyncpg.Connection[asyncpg.Record], role: str, password: str) -> None:
    known = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
    verb = "ALTER" if known else "CREATE"
    secret = await connection.fetchval("SELECT quote_literal($1::text)", password)
    await connection.execute(f"{verb} ROLE {role} LOGIN PASSWORD {secret}")
