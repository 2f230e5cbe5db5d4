"""A deadline that passes without an answer: nobody calls then, so the service itself tells it on the feed, once."""

from __future__ import annotations

import asyncio
import logging
from datetime import date, datetime

import asyncpg
from fastapi import FastAPI

from services.kit.clock import Clock
from services.kit.database import Connection, asyncpg_arguments
from services.kit.writing import Event, seal
from services.plans.pac.timeliness import month_of
from services.plans.work import SCHEMA

log = logging.getLogger("iesspr.pac")
EVERY_S = 600.0
_NEWLY = """
    UPDATE plans.pac_reforms f SET overdue_told_on = $1 FROM plans.org_units u
    WHERE u.id = f.dependencia_id AND f.answer IS NULL AND f.deadline_on < $1 AND f.overdue_told_on IS NULL
    RETURNING f.id, f.dependencia_id, f.requested_on, u.code AS dependencia"""


async def tell_overdue(connection: Connection, now: datetime, today: date) -> int:
    """Publishes every reform that is newly late with its month as it now counts. Returns how many; one transaction."""
    async with connection.transaction():
        rows = sorted(await connection.fetch(_NEWLY, today), key=lambda row: row["id"])
        events = []
        for row in rows:
            month = await month_of(connection, row["dependencia_id"], row["requested_on"], today)
            data = {"code": str(row["id"]), "answer": None, "in_time": False, **month}
            events.append(Event("pac-reform.overdue", str(row["id"]), data, row["dependencia"]))
        await seal(connection, SCHEMA, now=now, events=events)
    return len(rows)


async def watch_deadlines(app: FastAPI) -> None:
    """Start hook: looks for passed deadlines in the background until the service stops."""
    app.state.watching_deadlines = asyncio.create_task(_watch(app), name="pac-deadlines")


async def stop_watching_deadlines(app: FastAPI) -> None:
    """Stop hook; the start may have failed before the task began."""
    task: asyncio.Task[None] | None = getattr(app.state, "watching_deadlines", None)
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _watch(app: FastAPI) -> None:
    clock: Clock = app.state.clock
    while True:
        try:
            connection = await asyncpg.connect(**asyncpg_arguments(app.state.database.url))
            try:
                await tell_overdue(connection, clock.now(), clock.today())
            finally:
                connection.terminate()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            log.warning("passed deadlines cannot be told: %s", type(error).__name__)
        await asyncio.sleep(EVERY_S)
