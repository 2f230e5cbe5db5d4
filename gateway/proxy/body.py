"""A request's body on its way to a service: whole when small, streamed when large, never beyond the limit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from starlette.types import Receive

from services.kit.problems import BadRequest, ContentTooLarge

SMALL: Final = 64 * 1024


class CallerGone(Exception):
    """The caller closed the connection before its body was complete."""


class Body:
    """Reads the caller's body. `trouble` keeps why streaming stopped: the HTTP client wraps what is raised in it."""

    def __init__(self, headers: dict[bytes, bytes], receive: Receive, *, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._declared = _declared_length(headers)
        self.trouble: ContentTooLarge | CallerGone | None = None
        self.complete = False
        if self._declared is not None and self._declared > limit:
            raise ContentTooLarge
        self.expected = self._declared != 0 and (self._declared is not None or b"transfer-encoding" in headers)

    @property
    def is_small(self) -> bool:
        return self._declared is not None and self._declared <= SMALL

    @property
    def length(self) -> int | None:
        return self._declared

    async def whole(self) -> bytes:
        return b"".join([chunk async for chunk in self.chunks()])

    async def chunks(self) -> AsyncIterator[bytes]:
        received = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self.trouble = CallerGone()
                raise self.trouble
            chunk: bytes = message.get("body", b"")
            received += len(chunk)
            if received > self._limit:
                self.trouble = ContentTooLarge()
                raise self.trouble
            more = message.get("more_body", False)
            if not more:
                self.complete = True
            if chunk:
                yield chunk
            if not more:
                return


def _declared_length(headers: dict[bytes, bytes]) -> int | None:
    declared = headers.get(b"content-length")
    if declared is None:
        # Without either header a request has no body (RFC 9112 §6.3).
        return None if b"transfer-encoding" in headers else 0
    declared = declared.strip(b" \t")  # the parser leaves blanks that may follow a value (RFC 9110 §5.5)
    if not declared.isdigit():
        raise BadRequest("Content-Length no es un número.")
    return int(declared)
