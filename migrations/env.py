"""How Alembic reaches a database: `alembic -n <database> upgrade head`.

The schema has the database's name and holds Alembic's own table too. Only one runner migrates at a time; a statement
that cannot get its lock gives up rather than queue in front of everybody else.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from alembic import context
from alembic.operations import MigrationScript
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

DATABASES = ("gateway", "orgchart", "plans", "indicators")
# Any fixed number: the key of the advisory lock that runners of one database wait on.
_RUNNER_LOCK = 535_2017
_LOCK_TIMEOUT = "10s"


def chosen_database() -> str:
    name = context.config.config_ini_section
    if name not in DATABASES:
        raise SystemExit(f"alembic -n {{{'|'.join(DATABASES)}}} …: falta decir qué base de datos")
    return name


def address_of(name: str) -> str:
    """The owner's URL: given by the caller in code, otherwise by the environment."""
    given: str | None = context.config.attributes.get("url")
    prefix = name.upper()
    url = given or os.environ.get(f"{prefix}_MIGRATION_DATABASE_URL") or os.environ.get(f"{prefix}_DATABASE_URL")
    if not url:
        raise SystemExit(f"Falta {prefix}_MIGRATION_DATABASE_URL o {prefix}_DATABASE_URL")
    return url


def date_the_revision(
    _context: MigrationContext, _revision: str | Iterable[str | None] | Iterable[str], directives: list[MigrationScript]
) -> None:
    """Revisions are named by their minute, like their files, so that the history reads in order."""
    for directive in directives:
        directive.rev_id = datetime.now(UTC).strftime("%Y%m%d_%H%M")


def migrate(connection: Connection, name: str) -> None:
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _RUNNER_LOCK})
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {name}"))
    connection.execute(text(f"SET lock_timeout = '{_LOCK_TIMEOUT}'"))
    connection.commit()
    context.configure(
        connection=connection,
        version_table_schema=name,
        include_schemas=True,
        transaction_per_migration=True,
        process_revision_directives=date_the_revision,
    )
    with context.begin_transaction():
        context.run_migrations()


async def migrate_online(name: str) -> None:
    engine = create_async_engine(address_of(name), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate, name)
            await connection.commit()
    finally:
        await engine.dispose()


def print_sql(name: str) -> None:
    options: dict[str, Any] = {"url": "postgresql+asyncpg://", "version_table_schema": name, "literal_binds": True}
    context.configure(**options)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    print_sql(chosen_database())
else:
    asyncio.run(migrate_online(chosen_database()))
