"""One request on its way through the gateway, and its answer on the way back."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from starlette.types import Message, Scope, Send

from gateway.identity.tokens import Identified
from services.kit.problems import Problem
from services.kit.whole import sender_of

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Visit:
    """What the services are told (`marks`), what the caller gets back besides (`back`), and how it ended.

    headers: the request's, by name. identified: whom its token names, once that has been looked at. refused: why the
    gateway itself turned it away.
    """

    scope: Scope
    send: Send
    headers: dict[bytes, bytes]
    request_id: str
    marks: Headers
    back: Headers
    identified: Identified | None = None
    refused: Problem | None = None
    started_at: float = field(default_factory=time.perf_counter)
    status: int = 0

    async def answer(self, message: Message) -> None:
        """`send`, with the gateway's own headers in place of any others of their name."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = {name for name, _ in self.back if name != b"vary"}  # what else an answer depends on stands beside
            message["headers"] = [h for h in message.get("headers", ()) if h[0].lower() not in own] + self.back
        await self.send(message)

    async def relay(self, status: int, headers: Headers, body: bytes) -> None:
        """A service's whole answer. headers: as `proxy.headers.towards_caller` leaves them."""
        send_whole = sender_of(self.scope)
        self.status = status
        headers = headers + self.back
        if send_whole is not None:
            await send_whole(status, headers, body)
            return
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})
