"""A transaction of its own, where the request's would be wrong: a failed sign-in is counted and then refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.kit.database import Connection, Database, raw


@asynccontextmanager
async def transaction(database: Database) -> AsyncIterator[Connection]:
    """Commits at the end of the block, rolls back when it raises."""
    async with database.sessions() as session, session.begin():
        yield await raw(session)
