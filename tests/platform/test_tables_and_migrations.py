"""Where a service describes its tables in Python, the description is what its migrations made."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Integer, MetaData, SmallInteger
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.sql.sqltypes import AutoString

from tests.conftest import MakeDatabase

DESCRIBED = ("orgchart", "plans")


def metadata_of(service: str) -> MetaData:
    """The service's one MetaData, with every table that any of its modules declares."""
    package = importlib.import_module(f"services.{service}")
    found: dict[int, MetaData] = {}
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if module.name.rpartition(".")[2] in ("tables", "metadata"):
            loaded = importlib.import_module(module.name)
            found |= {id(value): value for value in vars(loaded).values() if isinstance(value, MetaData)}
            found |= {
                id(value.metadata): value.metadata
                for value in vars(loaded).values()
                if isinstance(getattr(value, "metadata", None), MetaData) and hasattr(value, "__table__")
            }
    (metadata,) = found.values()
    return metadata


def differences(connection: Connection, metadata: MetaData) -> list[str]:
    """Tables and columns that differ, by name, type or nullability. Constraints are the migrations' own business."""
    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_schemas": True})
    found: list[Any] = []
    for difference in compare_metadata(context, metadata):
        found += difference if isinstance(difference, list) else [difference]
    described = {table.name for table in metadata.tables.values()}
    kinds = ("add_table", "add_column", "remove_column", "modify_type", "modify_nullable")
    of_columns = [item for item in found if item[0] in kinds]
    ours = [item for item in of_columns if item[0] == "add_table" or item[2] in described]
    return [_said(item) for item in ours if not _is_the_same_to_postgresql(item)]


def _is_the_same_to_postgresql(difference: Any) -> bool:
    """SQLModel's strings are text, and an integer parameter fits a smallint. (It does not fit a bigint's index.)"""
    kind, *_, before, after = difference
    if kind != "modify_type":
        return False
    return isinstance(after, AutoString) or (isinstance(before, SmallInteger) and isinstance(after, Integer))


def _said(difference: Any) -> str:
    kind, *names = difference
    return f"{kind}: " + " ".join(str(name) for name in names if not isinstance(name, dict))


@pytest.mark.parametrize("service", DESCRIBED)
async def test_described_tables_are_the_migrated_ones(service: str, make_database: MakeDatabase) -> None:
    urls = await make_database(service)
    engine = create_async_engine(urls.owner)

    try:
        async with engine.connect() as connection:
            found = await connection.run_sync(differences, metadata_of(service))
    finally:
        await engine.dispose()

    assert found == []
