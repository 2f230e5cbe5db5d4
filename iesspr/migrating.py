"""Bring databases to head. Says quickly when there is nothing to do, without importing Alembic (half a second)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import asyncpg

from services.kit.heads import expected_head

ROOT = Path(__file__).resolve().parents[1]


async def is_at_head(database: str, owner_url: str) -> bool:
    # asyncpg reads the same address once the driver's name is taken out.
    connection = await asyncpg.connect(owner_url.replace("postgresql+asyncpg://", "postgresql://", 1))
    try:
        current = await connection.fetchval(f"SELECT version_num FROM {database}.alembic_version")
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return False
    finally:
        await connection.close()
    return current is not None and current == expected_head(database)


def upgrade(database: str, owner_url: str) -> None:
    """Run the missing migrations. Blocks; starts its own event loop, so call it outside of one."""
    from alembic import command
    from alembic.config import Config

    config = Config(ROOT / "alembic.ini", ini_section=database)
    config.attributes["url"] = owner_url
    command.upgrade(config, "head")


def main() -> None:
    """`python -m iesspr.migrating plans …`: used by the supervisor, whose own event loop is running."""
    for database in sys.argv[1:]:
        prefix = database.upper()
        url = os.environ.get(f"{prefix}_MIGRATION_DATABASE_URL") or os.environ[f"{prefix}_DATABASE_URL"]
        upgrade(database, url)


if __name__ == "__main__":
    main()
