"""One JSON line per request, like the kit's logs, gathered for a moment and written together.

A log record that is formatted and flushed by itself costs a tenth of forwarding a request.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

NAME: Final = "iesspr.request"
EVERY_S: Final = 0.2
AT_MOST: Final = 1_000


class RequestLog:
    """Lines wait at most EVERY_S, and AT_MOST of them."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._encoder = msgspec.json.Encoder()
        self._logger = logging.getLogger(NAME)
        self._task: asyncio.Task[None] | None = None

    def note(self, **facts: Any) -> None:
        if not self._logger.isEnabledFor(logging.INFO):
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"time": now, "level": "info", "logger": NAME, "message": "request", **facts}
        self._lines.append(self._encoder.encode(line))
        if len(self._lines) >= AT_MOST:
            self._write()

    async def open(self) -> None:
        self._task = asyncio.create_task(self._write_for_ever(), name="request-log")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._write()

    async def _write_for_ever(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            self._write()

    def _write(self) -> None:
        if self._lines:
            lines, self._lines = self._lines, []
            sys.stdout.write(b"\n".join(lines).decode() + "\n")
            sys.stdout.flush()
