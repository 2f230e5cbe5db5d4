"""Who writes, when, and on whose request: what every change of people has in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fastapi import Request

from services.kit.access import Caller
from services.kit.clock import Clock
from services.kit.writing import Audit


@dataclass(frozen=True, slots=True)
class Work:
    """One request's change. now: UTC instant; today: the day in mainland Ecuador."""

    caller: Caller
    now: datetime
    today: date
    request_id: str | None = None

    def audit(self, action: str, target: str, dependencia: str | None, **rest: Any) -> Audit:
        """An audit row of this change."""
        return Audit(
            self.caller.subject,
            action,
            target,
            dependencia,
            request_id=self.request_id,
            **rest,
        )


def work_of(request: Request, caller: Caller) -> Work:
    clock: Clock = request.app.state.clock
    return Work(caller, clock.now(), clock.today(), request.state.request_id)
