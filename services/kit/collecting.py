"""Refusals on their way into the trail: collected in memory, written together off the request's path.

A refusal per transaction would let anybody keep the trail's lock at will, and fill the database's log. What is beyond
the bound is counted; while the database is away everything waits, within the bound.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Sized
from typing import Final, Generic, TypeVar

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from services.kit.clock import Clock
from services.kit.database import Connection, Database, raw
from services.kit.outages import database_problem
from services.kit.problems import Unavailable
from services.kit.writing import Audit, seal

log = logging.getLogger("iesspr.audit")
REFUSAL: Final = "request.refused"
EVERY_S: Final = 1.0
AT_MOST: Final = 500
UNREACHABLE: Final = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
Pending = TypeVar("Pending", bound=Sized)


class Collector(ABC, Generic[Pending]):
    """Writes what has been collected every EVERY_S, and whenever somebody asks for it. Subclasses add to `_pending`,
    and count in `_dropped` what is beyond AT_MOST."""

    def __init__(self, database: Database, schema: str, clock: Clock, pending: Pending) -> None:
        self._database = database
        self._schema = schema
        self._clock = clock
        self._pending = pending
        self._dropped = 0
        self._task: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()

    @property
    def waiting(self) -> int:
        return len(self._pending)

    def start(self) -> None:
        self._task = asyncio.create_task(self._write_for_ever(), name=type(self).__name__)

    async def stop(self) -> None:
        """Writes the last ones: nobody who was refused is forgotten because the process stops."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.flush()

    async def flush(self) -> None:
        """Writes what has been collected. Whoever reads the trail calls it first."""
        async with self._writing:
            if self._pending or self._dropped:
                await self._write()

    async def _write_for_ever(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            await self.flush()

    async def _write(self) -> None:
        pending, self._pending = self._pending, self._nothing()
        dropped, self._dropped = self._dropped, 0
        try:
            async with self._database.sessions() as session, session.begin():
                connection = await raw(session)
                audit = await self._rows(connection, pending)
                if dropped:
                    audit.append(Audit("system", REFUSAL, "-", outcome="refused", detail={"dropped": dropped}))
                await seal(connection, self._schema, now=self._clock.now(), audit=audit)
        except UNREACHABLE as error:
            if isinstance(database_problem(error), Unavailable):
                self._dropped += dropped
                self._wait_with(pending)
            log.warning("%d refusals could not be written to the trail", len(pending) + dropped)

    @abstractmethod
    def _nothing(self) -> Pending:
        """Where what comes next is collected."""

    @abstractmethod
    async def _rows(self, connection: Connection, pending: Pending) -> list[Audit]:
        """The rows of the trail for what has been collected."""

    @abstractmethod
    def _wait_with(self, pending: Pending) -> None:
        """Takes back what could not be written, before what has come since, as far as the bound goes."""
