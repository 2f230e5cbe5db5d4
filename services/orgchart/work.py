"""Who writes, when, and on whose request: what every change of people has in common."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.access import Caller
from services.kit.clock import Clock
from services.kit.database import Connection, raw
from services.kit.idempotency import once
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


async def write_once(
    session: AsyncSession,
    request: Request,
    caller: Caller,
    body: BaseModel,
    act: Callable[[Connection, Work], Awaitable[Response]],
    *,
    about_persons: bool = False,
) -> Response:
    """Runs `act` in the session's transaction, once for the caller's Idempotency-Key when there is one.

    about_persons: the answer holds personal data (services/kit/idempotency.py).
    """
    connection, work = await raw(session), work_of(request, caller)

    async def carry_out() -> Response:
        return await act(connection, work)

    parsed = body.model_dump_json().encode()
    return await once(
        connection, "orgchart", request, caller.subject, parsed, work.now, carry_out, about_persons=about_persons
    )
