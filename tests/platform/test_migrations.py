"""One head per database; every schema goes up and is what the code expects."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from iesspr.migrating import is_at_head
from iesspr.postgres import DATABASES
from services.kit.database import asyncpg_arguments
from services.kit.heads import expected_head
from tests.conftest import MakeDatabase

ROOT = Path(__file__).resolve().parents[2]
DATED = r"\d{4}-\d{2}-\d{2}-\d{4}_[a-z0-9_]+\.py"


@pytest.mark.parametrize("database", DATABASES)
def test_a_database_has_exactly_one_head(database: str) -> None:
    scripts = ScriptDirectory.from_config(Config(ROOT / "alembic.ini", ini_section=database))

    heads = scripts.get_heads()

    assert len(heads) == 1
    assert heads[0] == expected_head(database), "readiness reads the head without Alembic and must agree with it"


@pytest.mark.parametrize("database", DATABASES)
def test_migration_files_are_dated(database: str) -> None:
    import re

    names = [path.name for path in (ROOT / "migrations" / database / "versions").glob("*.py")]

    assert [name for name in names if not re.fullmatch(DATED, name) and name != "__init__.py"] == []


@pytest.mark.parametrize("database", DATABASES)
async def test_a_fresh_database_is_at_head(database: str, make_database: MakeDatabase) -> None:
    urls = await make_database(database)

    assert await is_at_head(database, urls.owner)


@pytest.mark.parametrize("database", DATABASES)
async def test_the_application_role_cannot_rewrite_the_audit_trail(database: str, make_database: MakeDatabase) -> None:
    urls = await make_database(database)
    connection = await asyncpg.connect(**asyncpg_arguments(urls.app))

    try:
        for statement in (
            "UPDATE {}.audit_events SET actor = ''",
            "DELETE FROM {}.audit_events",
            "TRUNCATE {}.audit_events",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement.format(database))
    finally:
        await connection.close()


@pytest.mark.parametrize("database", DATABASES)
async def test_constraints_have_names_of_ours_and_tables_no_triggers(
    database: str, make_database: MakeDatabase
) -> None:
    urls = await make_database(database)
    connection = await asyncpg.connect(**asyncpg_arguments(urls.owner))

    try:
        constraints = await connection.fetch(
            """
            SELECT conrelid::regclass::text AS place, conname FROM pg_constraint
            WHERE connamespace = $1::regnamespace AND contype IN ('p', 'u', 'f', 'c', 'x')
              AND conname !~ '^(pk|uq|fk|ck|ex)_' AND conname <> 'alembic_version_pkc'
            """,
            database,
        )
        triggers = await connection.fetch("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
    finally:
        await connection.close()

    assert [tuple(row) for row in constraints] == []
    assert triggers == []
