"""Refusals in the trail that the gateway alone knows of: its own, reads, and requests of sessions that have ended.

Refused writes are in the trail of the service that refused them, with the reason (services/kit/turned_away.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.kit.access import READS
from services.kit.clock import Clock
from services.kit.collecting import AT_MOST, REFUSAL, Collector
from services.kit.database import Connection, Database
from services.kit.problems import Forbidden, NotFound, Problem, Unauthorized
from services.kit.turned_away import TurnedAway
from services.kit.writing import Audit

# 404 too: what is foreign looks like what does not exist, and whoever tries addresses is of interest.
REFUSED: Final = {401: Unauthorized.code, 403: Forbidden.code, 404: NotFound.code}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What one row tells. target: method and route."""

    actor: str
    status: int
    target: str
    reason: str


@dataclass(slots=True)
class Counted:
    """How often, and the first request of them."""

    times: int
    request_id: str


class Refusals(Collector[dict[Refusal, Counted]]):
    """Collects refusals; the same refusal of one second is one row with a count."""

    def __init__(self, database: Database, clock: Clock, own: TurnedAway) -> None:
        """own: the refused writes of the gateway's own calls."""
        super().__init__(database, "gateway", clock, {})
        self._own = own

    def note(
        self, subject: str | None, status: int, method: str, route: str, request_id: str, own: Problem | None
    ) -> None:
        """status: 400–499. route: service and first segment of the address; the rest may hold anything a caller typed.

        own: why the gateway itself turned the request away; None when whoever it was for has answered.
        """
        if not self._is_to_be_told(subject, status, method, request_id, own):
            return
        reason = own.code if own is not None else REFUSED[status]
        self._count(Refusal(subject or "anonymous", status, f"{method} {route}", reason), Counted(1, request_id))

    def _count(self, refusal: Refusal, counted: Counted) -> None:
        known = self._pending.get(refusal)
        if known is not None:
            known.times += counted.times
        elif len(self._pending) < AT_MOST:
            self._pending[refusal] = counted
        else:
            self._dropped += counted.times

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
        self.start()

    async def close(self) -> None:
        """Nothing to do: the application has stopped it, while the database was still open."""

    def _nothing(self) -> dict[Refusal, Counted]:
        return {}

    def _wait_with(self, pending: dict[Refusal, Counted]) -> None:
        newer, self._pending = self._pending, pending
        for refusal, counted in newer.items():
            self._count(refusal, counted)

    async def _rows(self, connection: Connection, pending: dict[Refusal, Counted]) -> list[Audit]:
        return [
            Audit(
                refusal.actor,
                REFUSAL,
                refusal.target,
                request_id=counted.request_id,
                reason=refusal.reason,
                outcome="refused",
                detail={"status": refusal.status, "times": counted.times},
            )
            for refusal, counted in pending.items()
        ]
