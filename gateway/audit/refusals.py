"""Refusals in the trail that the gateway alone knows of: its own, reads, and requests of sessions that have ended.

Refused writes are in the trail of the service that refused them, with the reason (services/kit/turned_away.py).
Written together, off the request's path: a refusal per transaction would let anybody fill the database's log at will;
a bounded buffer, counted when it overflows, keeps the trail and the gateway's speed.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from gateway.transactions import transaction
from services.kit.access import READS
from services.kit.clock import Clock
from services.kit.database import Database
from services.kit.problems import Forbidden, NotFound, Problem, Unauthorized
from services.kit.turned_away import REFUSAL, TurnedAway
from services.kit.writing import Audit, seal

log = logging.getLogger("iesspr.audit")
EVERY_S: Final = 1.0
AT_MOST: Final = 500
# 404 too: what is foreign looks like what does not exist, and whoever tries addresses is of interest.
REFUSED: Final = {401: Unauthorized.code, 403: Forbidden.code, 404: NotFound.code}


class Refusals:
    """Collects refusals and writes them every EVERY_S. The same refusal of one second is one row with a count."""

    def __init__(self, database: Database, clock: Clock, own: TurnedAway) -> None:
        """own: the refused writes of the gateway's own calls."""
        self._database = database
        self._clock = clock
        self._own = own
        # (subject, status, method and route, reason) → [times, request id of the first]
        self._pending: dict[tuple[str, int, str, str], list[Any]] = {}
        self._dropped = 0
        self._task: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()

    def note(
        self, subject: str | None, status: int, method: str, route: str, request_id: str, own: Problem | None
    ) -> None:
        """status: 400–499. route: service and first segment of the address; the rest may hold anything a caller typed.

        own: why the gateway itself turned the request away; None when whoever it was for has answered.
        """
        if not self._is_to_be_told(subject, status, method, request_id, own):
            return
        key = (subject or "anonymous", status, f"{method} {route}", own.code if own is not None else REFUSED[status])
        known = self._pending.get(key)
        if known is not None:
            known[0] += 1
        elif len(self._pending) < AT_MOST:
            self._pending[key] = [1, request_id]
        else:
            self._dropped += 1

    def _is_to_be_told(
        self, subject: str | None, status: int, method: str, request_id: str, own: Problem | None
    ) -> bool:
        if subject is None:
            # Somebody without any identity is in the request log; the trail is about subjects.
            return status in REFUSED and status != Unauthorized.status
        if own is not None:
            return True
        if status not in REFUSED:
            return False
        return method in READS or (status == Unauthorized.status and not self._own.holds(request_id))

    async def open(self) -> None:
        self._task = asyncio.create_task(self._write_for_ever(), name="refusals")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _write_for_ever(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            await self.flush()

    async def flush(self) -> None:
        """Writes what has been collected; called once more before the database closes."""
        async with self._writing:
            if self._pending or self._dropped:
                await self._write()

    async def _write(self) -> None:
        pending, self._pending = self._pending, {}
        dropped, self._dropped = self._dropped, 0
        audit = [
            Audit(
                actor,
                REFUSAL,
                target,
                request_id=request_id,
                reason=reason,
                outcome="refused",
                detail={"status": status, "times": times},
            )
            for (actor, status, target, reason), (times, request_id) in pending.items()
        ]
        if dropped:
            audit.append(Audit("system", REFUSAL, "-", outcome="refused", detail={"dropped": dropped}))
        try:
            async with transaction(self._database) as connection:
                await seal(connection, "gateway", now=self._clock.now(), audit=audit)
        except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            log.warning("%d refusals could not be written to the trail", len(audit))
