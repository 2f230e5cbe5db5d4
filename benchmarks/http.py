"""A keep-alive HTTP client that costs little, so that what is measured is the server."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from benchmarks.harness import Action

_TIMEOUT_S = 120
_PIECE = 1 << 18
# Answers that have no body whatever their headers say (RFC 9112 §6.3).
_BARE = frozenset({204, 304})


class Closed(Exception):
    """The server closed the connection before its answer was whole."""


class Keeper:
    """One connection, reopened when the server closed it. A bare socket: http.client takes as long as a 304."""

    def __init__(self, base_url: str, headers: Mapping[str, str] | None = None) -> None:
        address = urlsplit(base_url)
        self._address = (address.hostname or "", address.port or 80)
        self._headers = dict(headers or {})
        self._socket: socket.socket | None = None
        self._received = bytearray()

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers in lower case, body."""
        sent = {"Host": f"{self._address[0]}:{self._address[1]}", **self._headers, **(headers or {})}
        if body is not None:
            sent["Content-Length"] = str(len(body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        request = f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + (body or b"")
        try:
            return self._exchange(request)
        except (Closed, ConnectionError):
            self._socket = None
            return self._exchange(request)

    def _exchange(self, request: bytes) -> tuple[int, Mapping[str, str], bytes]:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=_TIMEOUT_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._received.clear()
        self._socket.sendall(request)
        first, *rest = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        status = int(first.split(" ", 2)[1])
        body = b"" if status in _BARE else self._body(headers)
        if headers.get("connection", "").lower() == "close":
            self._socket = None
        return status, headers, body

    def _body(self, headers: Mapping[str, str]) -> bytes:
        if "content-length" in headers:
            return self._exactly(int(headers["content-length"]))
        chunks = []
        while size := int(self._until(b"\r\n").split(b";")[0], 16):
            chunks.append(self._exactly(size))
            self._exactly(2)
        self._until(b"\r\n")
        return b"".join(chunks)

    def _until(self, end: bytes) -> bytes:
        while (place := self._received.find(end)) < 0:
            self._more()
        found = bytes(self._received[:place])
        del self._received[: place + len(end)]
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._received) < size:
            self._more()
        found = bytes(self._received[:size])
        del self._received[:size]
        return found

    def _more(self) -> None:
        piece = self._socket.recv(_PIECE) if self._socket is not None else b""
        if not piece:
            raise Closed
        self._received += piece


def repeated_get(
    keeper: Keeper, path: str, expected: int, *, times: int = 40, headers: Mapping[str, str] | None = None
) -> Action:
    """An action: `times` GETs one after another. Seconds per request; an unexpected status is an error, not a time."""

    def act() -> float:
        started = time.perf_counter()
        for _ in range(times):
            status, _, body = keeper.send("GET", path, headers=headers)
            if status != expected:
                raise RuntimeError(f"GET {path}: {status} instead of {expected}: {body[:200]!r}")
        return (time.perf_counter() - started) / times

    return act
