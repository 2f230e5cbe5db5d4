"""One transaction per write, committed before the answer leaves; a pool of plain connections for hot reads.

FastAPI's default `yield` dependency ends after the response was sent: a client would hold a 201 for a row that may
still be rolled back. `Session` therefore has function scope.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Any, Final

import asyncpg
from fastapi import Depends, Request
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from services.kit.telemetry import Telemetry

if TYPE_CHECKING:  # generic for the type checker only: asyncpg's classes cannot be subscripted at run time
    Connection = asyncpg.Connection[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool


def asyncpg_arguments(url: str) -> dict[str, Any]:
    """Keyword arguments of asyncpg.connect for a SQLAlchemy URL (`?host=/dir` names a Unix socket)."""
    parsed = make_url(url)
    query = dict(parsed.query)
    return {
        "host": query.get("host", parsed.host),
        "port": int(str(query.get("port", parsed.port or 5432))),
        "user": parsed.username,
        "password": parsed.password,
        "database": parsed.database,
    }


# Readers kept aside for what every request asks; who comes beside them asks the pool.
_ASIDE: Final = 4


async def _nothing_to_reset(_: Any) -> None:
    return None


class Database:
    """A service's two ways to its database: `sessions` (transactions) and `pool` (read-only connections)."""

    def __init__(
        self,
        url: str,
        *,
        service: str,
        read_connections: int = 8,
        write_connections: int = 8,
        telemetry: Telemetry | None = None,
    ) -> None:
        """telemetry: makes a span of every statement, where traces are switched on."""
        self.url = url
        self._telemetry = telemetry
        self.service = service
        self._read_connections = read_connections
        self._settings = {"application_name": service, "timezone": "UTC", "jit": "off"}
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=write_connections,
            max_overflow=0,
            pool_timeout=10,
            connect_args={"server_settings": self._settings},
        )
        if telemetry is not None:
            event.listen(
                self.engine.sync_engine, "connect", lambda held, _: telemetry.watch_driver(held.driver_connection)
            )
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._pool: Pool | None = None
        self._aside: list[Connection] = []
        self._asking = 0

    @property
    def pool(self) -> Pool:
        if self._pool is None:
            raise RuntimeError("the database is not open")
        return self._pool

    @property
    def open_pool(self) -> Pool | None:
        """`pool`, or None while the database is not open."""
        return self._pool

    async def open(self) -> None:
        self._pool = await asyncpg.create_pool(
            **self._reading(),
            min_size=1,
            max_size=self._read_connections,
            # A killed server leaves dead connections; a bounded life heals the pool without a health query per read.
            max_inactive_connection_lifetime=60,
            # Readers are read-only and set no session state: asyncpg's reset would cost one round trip per read.
            reset=_nothing_to_reset,
            init=self._telemetry.watch if self._telemetry is not None else None,
        )

    async def close(self) -> None:
        self._drop_aside()
        if self._pool is not None:
            await self._pool.close()
            self._pool = None
        await self.engine.dispose()

    async def ask(self, sql: str) -> Any:
        """One value of a query without arguments, by a reader kept aside: a third cheaper than one of the pool.

        For what every request asks. A reader that fails is asked no more, and the pool answers in its place: asking
        twice changes nothing. Raises what the pool's fetchval raises.
        """
        if self._asking < _ASIDE:
            self._asking += 1
            try:
                return await self._ask_aside(sql)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                self._drop_aside()  # the others will have met it too
            finally:
                self._asking -= 1
        return await self.pool.fetchval(sql)

    async def _ask_aside(self, sql: str) -> Any:
        connection = await self._reader_aside()
        try:
            found = await connection.fetchval(sql)
        except BaseException:
            connection.terminate()
            raise
        self._aside.append(connection)
        if self._pool is None:  # closed meanwhile
            self._drop_aside()
        return found

    async def _reader_aside(self) -> Connection:
        while self._aside:
            if not (connection := self._aside.pop()).is_closed():
                return connection
        connection = await asyncpg.connect(**self._reading())
        if self._telemetry is not None:
            await self._telemetry.watch(connection)
        return connection

    def _drop_aside(self) -> None:
        for connection in self._aside:
            connection.terminate()
        self._aside.clear()

    def _reading(self) -> dict[str, Any]:
        return {
            **asyncpg_arguments(self.url),
            "command_timeout": 30,
            "server_settings": {**self._settings, "default_transaction_read_only": "on"},
        }


def database_of(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def transaction(request: Request) -> AsyncIterator[AsyncSession]:
    """A session whose transaction commits when the route returns and rolls back when it raises."""
    async with database_of(request).sessions() as session, session.begin():
        yield session


async def read_pool(request: Request) -> Pool:
    return database_of(request).pool


Session = Annotated[AsyncSession, Depends(transaction, scope="function")]
Reader = Annotated[Pool, Depends(read_pool)]


async def raw(session: AsyncSession) -> Connection:
    """The asyncpg connection of the session's transaction, for COPY and set-based SQL.

    SQLAlchemy opens the transaction lazily and asyncpg's COPY does not go through it: as the first statement it would
    run, and commit, outside. The SELECT 1 makes the transaction real first.
    """
    connection = await session.connection()
    await connection.execute(text("SELECT 1"))
    driver: Any = (await connection.get_raw_connection()).driver_connection
    if not isinstance(driver, asyncpg.Connection):
        raise RuntimeError("raw() needs the asyncpg driver")
    return driver
