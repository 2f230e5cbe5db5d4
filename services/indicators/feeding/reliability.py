"""Reliability feeds its own indicator: the share of due cells that came in time and were never returned.

Assignments with source `platform` get it as numerator, denominator and percentage, whenever a measurement of what they
measure is recorded or reviewed and when the day turns, because a cell becomes due without any event. They measure
their own dependencia, or with `feed_rule.reliability_of` that one and everything below it: POA 2025 asks the planning
office for the reliability of all that is registered in IESSPR.
"""

from datetime import date
from decimal import Decimal

import asyncpg

from services.indicators.feeding.statements import (
    BELOW,
    CURSOR,
    HEAD,
    MOVE_CURSOR,
    READ_CURSOR,
    fed_cells,
    reliability,
)
from services.indicators.feeding.storing import announce, store
from services.indicators.locking import lock_dependencias
from services.indicators.measurements.knowledge import Knowledge
from services.kit.clock import Clock
from services.kit.database import Connection

SOURCE = "platform"


class ReliabilityFeeder:
    """A chore of the follower: `feed(connection)` brings every fed cell up to date."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._day = date.min

    async def feed(self, connection: Connection) -> int:
        """Recompute what has been touched. Returns how many values changed."""
        now, today = self._clock.now(), self._clock.today()
        knowledge = Knowledge(now, is_past=False)
        async with connection.transaction():
            position: int = await connection.fetchval(READ_CURSOR, CURSOR) or 0
            head: int = await connection.fetchval(HEAD)
            if head == position and today == self._day:
                return 0
            cells = await connection.fetch(fed_cells(by_formula=False), position, today, today != self._day)
            await lock_dependencias(connection, [cell["dependencia_id"] for cell in cells])
            changed = [cell for cell in cells if await self._store(connection, cell, knowledge)]
            await connection.execute(MOVE_CURSOR, CURSOR, head)
            if changed:
                await announce(connection, SOURCE, changed, now)
        self._day = today
        return len(changed)

    async def _store(self, connection: Connection, cell: asyncpg.Record, knowledge: Knowledge) -> bool:
        measured = [cell["measured_id"]]
        if cell["with_subtree"]:
            measured = [row["descendant_id"] for row in await connection.fetch(BELOW, cell["measured_id"])]
        counts = await connection.fetchrow(
            reliability(knowledge),
            measured,
            cell["plan"],
            cell["first_day"],
            cell["last_day"],
            knowledge.today,
            knowledge.instant,
        )
        if counts is None or not counts["due"]:
            return False
        reliable, due = Decimal(counts["reliable"]), Decimal(counts["due"])
        return await store(connection, cell, reliable, due, SOURCE, knowledge.instant)
