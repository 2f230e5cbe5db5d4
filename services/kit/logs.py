"""Structured logs: one JSON object a line on standard output, without secrets or bodies."""

from __future__ import annotations

import logging
import sys
from typing import Any

import msgspec

_EXTRA = ("request_id", "method", "path", "status", "duration_ms", "subject", "upstream", "service")


class JsonLines(logging.Formatter):
    """Every request makes a line: the second, which is most of a line's cost, is put into words once."""

    _second = -1
    _words = ""

    def _instant(self, record: logging.LogRecord) -> str:
        second = int(record.created)
        if second != self._second:
            self._words, self._second = self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), second
        return self._words

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": self._instant(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in _EXTRA if hasattr(record, name)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def configure(level: str) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    # Nobody reads the line of code, the thread or the process of a request: the documented way not to look them up.
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Each request is logged once, by our own edge; httpx would log URLs of service calls a second time.
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("httpx").setLevel(logging.WARNING)
