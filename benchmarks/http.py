"""A keep-alive HTTP client that costs little, so that what is measured is the server."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from benchmarks.harness import Action


class Keeper:
    """One connection, reopened when the server closed it."""

    def __init__(self, base_url: str, headers: Mapping[str, str] | None = None) -> None:
        address = urlsplit(base_url)
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=120)
        self._headers = dict(headers or {})

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        sent = {**self._headers, **(headers or {})}
        try:
            self._connection.request(method, path, body, sent)
            response = self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):
            self._connection.close()
            self._connection.request(method, path, body, sent)
            response = self._connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()


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
