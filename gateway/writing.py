"""What the gateway's writing routes share: one transaction, the actor, the idempotency key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from fastapi import Request, Response
from pydantic import BaseModel

from gateway.context import context_of
from gateway.identity.accounts import SCHEMA, Actor
from services.kit.access import Caller
from services.kit.database import Connection
from services.kit.idempotency import once

Act = Callable[[], Awaitable[Response]]


def actor_of(request: Request, caller: Caller) -> Actor:
    return Actor(caller.subject, request.state.request_id, context_of(request).clock.now())


async def at_most_once(
    connection: Connection, request: Request, caller: Caller, body: BaseModel | None, act: Act
) -> Response:
    """Honours Idempotency-Key. What `act` answers is kept for replays, so it never holds a secret."""
    parsed = msgspec.json.encode(body.model_dump(mode="json") if body is not None else None)
    now = context_of(request).clock.now()
    return await once(connection, SCHEMA, request, caller.subject, parsed, now, act)


def with_secret(response: Response, **shown_once: str) -> Response:
    """Puts secrets that are shown once into an answer that was kept without them."""
    if "Idempotency-Replayed" in response.headers:
        return response
    document = msgspec.json.decode(bytes(response.body))
    response.body = msgspec.json.encode({**document, **shown_once})
    response.headers["content-length"] = str(len(response.body))
    response.headers["Cache-Control"] = "no-store"
    return response
