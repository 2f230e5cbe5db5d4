"""A service's application called in-process, as whoever the test says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import httpx
from fastapi import FastAPI, Request

from services.kit.access import Caller, Grant
from services.kit.clock import FixedClock
from services.kit.problems import Unauthorized
from tests.support import audited

DATA = Path(__file__).resolve().parents[2] / "data"
NOBODY_THERE = "http://127.0.0.1:1"
# What every service must be told; nothing listens at these addresses.
SETTINGS: Mapping[str, object] = {
    "database_url": "postgresql+asyncpg://nobody@127.0.0.1:1/none",
    "gateway_url": NOBODY_THERE,
    "jwks_url": f"{NOBODY_THERE}/jwks.json",
    "client_secret": "-",
}
# Paths that services ask of each other; all others are under /api/v1.
INTERNAL = ("/snapshot", "/feed", "/internal")


def grant(permissions: str, dependencia: str = "IESS", *, subtree: bool = True) -> Grant:
    """A grant of blank-separated permissions."""
    return Grant(frozenset(permissions.split()), dependencia, subtree)


def user(*grants: Grant, subject: str = "alguien") -> Caller:
    return Caller(subject, "user", subject.title(), grants)


class ServiceUnderTest:
    """Calls one application; `seen_by(caller)` is the same application called by somebody else."""

    def __init__(self, app: FastAPI, http: httpx.AsyncClient, caller: Caller | None) -> None:
        self.app, self.http, self.caller = app, http, caller

    def seen_by(self, caller: Caller | None) -> Self:
        return type(self)(self.app, self.http, caller)

    @property
    def anonymous(self) -> Self:
        return self.seen_by(None)

    @property
    def clock(self) -> FixedClock:
        clock: FixedClock = self.app.state.clock
        return clock

    async def call(
        self, method: str, path: str, body: object = None, *, headers: dict[str, str] | None = None, **query: Any
    ) -> httpx.Response:
        """The answer, whatever its status. body: bytes as they are, anything else as JSON."""
        self.app.state.test_caller = self.caller
        sent = dict(headers or {})
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if content is not None:
            sent.setdefault("content-type", "application/json")
        where = path if path.startswith(INTERNAL) else "/api/v1" + path
        response = await self.http.request(method, where, params=query or None, content=content, headers=sent)
        if self.caller is not None:
            await audited.check(self.app, response, self.caller.subject)
        return response

    async def get(self, path: str, expected: int = 200, /, **query: Any) -> Any:
        """The answer's body; fails when its status is not the expected one."""
        response = await self.call("GET", path, **query)
        assert response.status_code == expected, response.text
        return response.json()

    async def post(self, path: str, body: object, status: int = 201, **query: Any) -> Any:
        response = await self.call("POST", path, body, **query)
        assert response.status_code == status, response.text
        return response.json()

    async def items(self, path: str, **query: Any) -> list[Any]:
        """All items of a list, page after page."""
        found: list[Any] = []
        cursor: str | None = None
        while True:
            page = await self.get(path, **{**query, "limit": 500, **({"cursor": cursor} if cursor else {})})
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found


def count_as_started(app: FastAPI) -> None:
    """Callers are those the test names, and nothing waits for a start-up that does not run in-process."""

    async def authenticate(_request: Request) -> Caller:
        current: Caller | None = app.state.test_caller
        if current is None:
            raise Unauthorized
        return current

    app.state.authenticate = authenticate
    app.state.ready = True


class Applications:
    """Applications of one service, lent to one test after the other: making one takes longer than most tests."""

    def __init__(self, make: Callable[[], FastAPI]) -> None:
        """make: an application with a FixedClock; where its database is does not matter yet."""
        self._make = make
        self._free: list[FastAPI] = []
        self._clients: dict[int, dict[str, Any]] = {}

    @asynccontextmanager
    async def on(self, url: str, now: datetime) -> AsyncIterator[FastAPI]:
        """One that nobody uses, open on that database, at that instant, with nothing remembered."""
        app = self._free.pop() if self._free else self._made()
        # Made anew in its place: all that hold the database hold the new one.
        app.state.database.__init__(url, service=app.state.name, read_connections=4, write_connections=4)
        app.state.clock.instant = now
        if app.state.memory is not None:
            app.state.memory.clear()
        await app.state.database.open()
        try:
            yield app
        finally:
            await app.state.database.close()
            # Some tests put their own in place of a peer.
            app.state.clients.clear()
            app.state.clients.update(self._clients[id(app)])
            self._free.append(app)

    def _made(self) -> FastAPI:
        app = self._make()
        count_as_started(app)
        self._clients[id(app)] = dict(app.state.clients)
        return app


def called_in_process(app: FastAPI) -> httpx.AsyncClient:
    """An HTTP client of the application."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service")
