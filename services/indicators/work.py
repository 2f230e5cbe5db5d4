"""What the writing calls of this service share: who acts, when, in which request, and once per Idempotency-Key."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.filters import SCHEMA
from services.kit.access import Caller
from services.kit.answers import json_bytes
from services.kit.database import Connection, raw
from services.kit.idempotency import once
from services.kit.writing import Audit, Event, seal


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes something, and when."""

    caller: Caller
    now: datetime
    request_id: str | None


def author_of(request: Request, caller: Caller) -> Author:
    return Author(caller, request.app.state.clock.now(), request.state.request_id)


async def write_once(
    session: AsyncSession,
    request: Request,
    caller: Caller,
    body: BaseModel,
    act: Callable[[Connection, Author], Awaitable[Response]],
) -> Response:
    """Runs `act` in the session's transaction, once for the caller's Idempotency-Key when there is one."""
    connection, author = await raw(session), author_of(request, caller)

    async def carry_out() -> Response:
        return await act(connection, author)

    parsed = json_bytes(body.model_dump(mode="json"))
    return await once(connection, SCHEMA, request, caller.subject, parsed, author.now, carry_out)


async def seal_as(
    connection: Connection,
    author: Author,
    action: str,
    target: str,
    event: Event,
    *,
    reason: str | None,
    detail: Mapping[str, object],
) -> None:
    """Feed and audit rows of one act; both are of the event's dependencia."""
    audit = Audit(
        author.caller.subject,
        action,
        target,
        dependencia=event.dependencia,
        request_id=author.request_id,
        reason=reason,
        detail=detail,
    )
    await seal(connection, SCHEMA, now=author.now, events=[event], audit=[audit])
