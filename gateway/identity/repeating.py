"""Idempotency-Key on requests that carry a password or end the very session they are made with.

Under a key a digest of the body is kept, to tell another request from the same one. A fast digest of a password could
be guessed from the table alone, so theirs is as slow as the password's own.

A repetition comes with the token of the session that the first request ended. Its token is still genuine, and its owner
is told again what they were told: nothing is done, and nothing else can be asked with it.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request, Response
from pydantic import BaseModel

from gateway.context import context_of
from gateway.identity.accounts import SCHEMA
from gateway.writing import Act
from services.kit.access import Caller, admit, current_caller
from services.kit.database import Connection
from services.kit.idempotency import HEADER, once
from services.kit.problems import Unauthorized


async def _current_or_ended(request: Request) -> Caller:
    """The caller; with an Idempotency-Key also the person whose session has ended meanwhile, without any grant."""
    try:
        return await current_caller(request)
    except Unauthorized:
        if HEADER not in request.headers:
            raise
        context = context_of(request)
        identified = context.tokens.identify(request.headers.get("authorization", ""))
        name = await context.database.pool.fetchval(
            "SELECT name FROM gateway.accounts WHERE subject = $1 AND kind = 'user' AND status = 'active'",
            identified.subject,
        )
        if name is None:
            raise
        request.state.session_has_ended = True
        caller = Caller(identified.subject, "user", name)
        admit(request, caller)
        return caller


CurrentOrEnded = Annotated[Caller, Depends(_current_or_ended)]


async def once_more(
    connection: Connection, request: Request, subject: str, body: BaseModel | None, act: Act
) -> Response:
    """As `at_most_once`, for such requests. Raises Unauthorized when an ended session has nothing to repeat."""
    context = context_of(request)
    parsed: bytes = msgspec.json.encode(body.model_dump(mode="json") if body is not None else None)

    async def stretched() -> bytes:
        return await context.passwords.slow_digest(parsed, f"{subject}\n{request.headers[HEADER]}")

    async def carry_out() -> Response:
        if getattr(request.state, "session_has_ended", False):
            raise Unauthorized("La sesión terminó. Inicie sesión otra vez.")
        return await act()

    digested: Any = stretched if body is not None else parsed
    return await once(connection, SCHEMA, request, subject, digested, context.clock.now(), carry_out)
