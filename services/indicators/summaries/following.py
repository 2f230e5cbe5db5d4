"""Keeping cards ready: follow the service's own feed, mark what it touches, compute that again.

Marking and the cursor are one transaction, so that no event is passed without its cards being marked. Computing comes
after, card by card; a card that is marked is not read, whoever asks meanwhile gets one computed live.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta

import asyncpg
from fastapi import FastAPI

from services.indicators.domain.periods import Period, parse_period
from services.indicators.measurements.knowledge import Knowledge
from services.indicators.policies.repository import policy_in_force
from services.indicators.scorecards.live import CardQuestion, compute_card
from services.indicators.scorecards.statement import Card
from services.indicators.summaries.statements import (
    ASK_FOR,
    FOLLOWER_LOCK,
    FORGET_UNASKED,
    HEAD,
    MARK_STALE,
    MOVE_CURSOR,
    NEXT_STALE,
    READ_CURSOR,
    STORE,
)
from services.kit.clock import Clock
from services.kit.database import Connection, Database, asyncpg_arguments
from services.kit.feed import FeedSignal

Chore = Callable[[Connection], Awaitable[object]]
log = logging.getLogger("iesspr.summaries")
# The feed's notification wakes the follower; the poll is for the turn of the day and for notifications that are lost.
POLL_S = 20.0
RETRY_S = 1.0
# A card nobody has asked for in a month is not kept.
KEPT_FOR = timedelta(days=31)


class CardFollower:
    """Keeps the cards that were asked for. One process of a service follows; the others take over when it ends."""

    def __init__(self, database: Database, signal: FeedSignal, clock: Clock, chores: Sequence[Chore] = ()) -> None:
        """chores: what else follows the feed, done before cards are marked, so that these see its results."""
        self._database = database
        self._signal = signal
        self._clock = clock
        self._chores = tuple(chores)
        self._asked_today: set[tuple[int, str, Period]] = set()
        self._today = date.min
        self._new: set[tuple[int, str, Period]] = set()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._follow(), name="card-follower")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def ask_for(self, dependencia_id: int, plan: str, period: Period) -> None:
        """Have this card kept from now on. Costs nothing when it was asked for today already."""
        key, today = (dependencia_id, plan, period), self._clock.today()
        if today != self._today:
            self._today, self._asked_today = today, set()
        if key not in self._asked_today:
            self._asked_today.add(key)
            self._new.add(key)
            self._wake.set()

    def wake(self) -> None:
        """Something has happened that the service's own feed does not say."""
        self._wake.set()

    async def catch_up(self, connection: Connection) -> int:
        """Everything that is due now: write down what was asked for, mark, compute. Returns the cards computed."""
        today = self._clock.today()
        await self._write_down(connection)
        for chore in self._chores:
            await chore(connection)
        await self._mark(connection, today)
        computed = 0
        while await self._compute_next(connection, today):
            computed += 1
            # A long row of cards must not hide what has happened meanwhile.
            await self._mark(connection, today)
        return computed

    async def _write_down(self, connection: Connection) -> None:
        """What was asked for in this process, for whoever follows."""
        today = self._clock.today()
        for key in tuple(self._new):
            dependencia_id, plan, period = key
            await connection.execute(
                ASK_FOR, dependencia_id, plan, period.code, today, period.first_day, period.last_day
            )
            self._new.discard(key)

    async def _mark(self, connection: Connection, today: date) -> None:
        async with connection.transaction():
            position: int = await connection.fetchval(READ_CURSOR) or 0
            head: int = await connection.fetchval(HEAD)
            policy = await policy_in_force(connection, self._clock.now())
            await connection.execute(FORGET_UNASKED, today - KEPT_FOR)
            await connection.execute(MARK_STALE, position, head, today, policy.name)
            if head != position:
                await connection.execute(MOVE_CURSOR, head)

    async def _compute_next(self, connection: Connection, today: date) -> bool:
        """Compute one marked card; False when there is none."""
        async with connection.transaction():
            row = await connection.fetchrow(NEXT_STALE)
            if row is None:
                return False
            position: int = await connection.fetchval(HEAD)
            now = self._clock.now()
            policy = await policy_in_force(connection, now)
            body = await compute_card(
                connection,
                row["dependencia_id"],
                CardQuestion(row["dependencia"], row["plan"], row["period"], "subtree"),
                parse_period(row["period"]),
                Card(policy, Knowledge(now, is_past=False)),
            )
            key = (row["dependencia_id"], row["plan"], row["period"])
            await connection.execute(STORE, *key, body, today, policy.name, row["organisation"], position, now)
            return True

    async def _follow(self) -> None:
        while True:
            try:
                await self._follow_from_here()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("cards cannot be kept: %s", type(error).__name__)
            await asyncio.sleep(RETRY_S)

    async def _follow_from_here(self) -> None:
        connection: Connection = await asyncpg.connect(
            **asyncpg_arguments(self._database.url), server_settings={"application_name": "indicators-cards"}
        )
        try:
            leads = False
            while True:
                self._wake.clear()
                # Held by the connection: when its process ends, however it ends, another takes over.
                leads = leads or await connection.fetchval(FOLLOWER_LOCK)
                await (self.catch_up(connection) if leads else self._write_down(connection))
                await self._until_something_happens()
        finally:
            await connection.close(timeout=2)

    async def _until_something_happens(self) -> None:
        waits = [
            asyncio.create_task(self._signal.wait(POLL_S), name="card-follower-feed"),
            asyncio.create_task(self._wake.wait(), name="card-follower-asked"),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


async def start_following(app: FastAPI) -> None:
    """Start-up hook, after the installation's facts are loaded."""
    app.state.cards.start()
    if app.state.peer_watch is not None:
        app.state.peer_watch.start()


async def stop_following(app: FastAPI) -> None:
    if app.state.peer_watch is not None:
        await app.state.peer_watch.stop()
    await app.state.cards.stop()
