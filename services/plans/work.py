"""One write: its transaction, its caller, its instant, and the feed and audit rows it ends with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec
from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.access import Caller, judged
from services.kit.clock import Clock
from services.kit.database import Connection, raw
from services.kit.idempotency import once
from services.kit.problems import Forbidden, NotFound
from services.kit.writing import Audit, Event, seal
from services.plans.visibility import in_reach, merged_scopes, plan_visible

SCHEMA = "plans"


@dataclass(slots=True)
class Work:
    connection: Connection
    request: Request
    caller: Caller
    now: datetime
    today: date
    events: list[Event] = field(default_factory=list)
    audit: list[Audit] = field(default_factory=list)

    def record(
        self,
        action: str,
        target: str,
        data: Mapping[str, Any] | None = None,
        *,
        dependencia: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Notes what was done, for the feed and for the audit trail."""
        detail = dict(data or {})
        self.events.append(Event(action, target, {"code": target, **detail}, dependencia))
        self.audit.append(
            Audit(
                self.caller.subject,
                action,
                target,
                dependencia=dependencia,
                request_id=getattr(self.request.state, "request_id", None),
                reason=reason,
                detail=detail,
            )
        )

    async def reaches(self, dependencia_id: int, *permissions: str) -> bool:
        """True when the caller holds one of the permissions on the dependencia."""
        clause, values = in_reach(merged_scopes(self.caller, permissions), "$3::bigint")
        if clause == "true":
            return judged(dependencia_id, True)
        sql = clause.format("$1", "$2")
        return judged(dependencia_id, await self.connection.fetchval(f"SELECT {sql}", *values, dependencia_id))

    async def demand(self, dependencia_id: int, *permissions: str) -> None:
        """Raises Forbidden when the caller holds none of the permissions on the dependencia."""
        if not await self.reaches(dependencia_id, *permissions):
            raise Forbidden


async def perform(
    session: AsyncSession,
    request: Request,
    caller: Caller,
    body: BaseModel | None,
    act: Callable[[Work], Awaitable[Response]],
    *,
    key_required: bool = False,
) -> Response:
    """Runs `act` once per Idempotency-Key in the session's transaction and seals it with its feed and audit rows."""
    work = await _work(session, request, caller)
    connection = work.connection

    async def sealed() -> Response:
        response = await act(work)
        await seal(connection, SCHEMA, now=work.now, events=work.events, audit=work.audit)
        return response

    parsed = msgspec.json.encode(None if body is None else body.model_dump(mode="json"))
    return await once(connection, SCHEMA, request, caller.subject, parsed, work.now, sealed, required=key_required)


async def preview(
    session: AsyncSession, request: Request, caller: Caller, act: Callable[[Work], Awaitable[Response]]
) -> Response:
    """Runs `act`, which only says what would happen: its key is left for when it does."""
    return await act(await _work(session, request, caller))


async def _work(session: AsyncSession, request: Request, caller: Caller) -> Work:
    clock: Clock = request.app.state.clock
    return Work(await raw(session), request, caller, clock.now(), clock.today())


async def locked_plan(work: Work, code: str) -> Any:
    """The plan's row, locked until the end of the transaction. Raises NotFound when the caller does not see it."""
    clause, values = plan_visible(work.caller)
    numbered = clause.format(*(f"${number}" for number in range(2, len(values) + 2)))
    row = await work.connection.fetchrow(
        f"""SELECT p.*, u.code AS dependencia FROM plans.plans p JOIN plans.org_units u ON u.id = p.dependencia_id
            WHERE p.code = $1 AND ({numbered}) FOR UPDATE OF p""",
        code,
        *values,
    )
    if row is None:
        raise NotFound
    return row
