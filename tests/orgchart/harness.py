"""The orgchart service on a real database, called in-process as whoever the test says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request

from iesspr.postgres import DatabaseUrls
from services.kit.access import Caller, Grant
from services.kit.clock import FixedClock
from services.kit.problems import Unauthorized
from services.orgchart.app import create_app
from services.orgchart.posts.deriving import derive_on_start
from services.orgchart.seed.load import seed
from services.orgchart.settings import Settings

DATA = Path(__file__).resolve().parents[2] / "data"
NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
EVERYTHING = (
    "organisation:read organisation:write regulation:import reorganization:apply person:read person:write "
    "appointment:read appointment:push internal:read audit:read"
)


def grant(permissions: str, dependencia: str = "IESS", *, subtree: bool = True) -> Grant:
    return Grant(frozenset(permissions.split()), dependencia, subtree)


ROOT = Caller("raiz", "user", "Raíz", (grant(EVERYTHING),))


class Orgchart:
    """Calls one application. `orgchart.by(grant)` is the same application called by somebody else."""

    def __init__(self, app: FastAPI, http: httpx.AsyncClient, caller: Caller | None) -> None:
        self.app, self.http, self.caller = app, http, caller

    def by(self, *grants: Grant, subject: str = "alguien") -> Orgchart:
        return Orgchart(self.app, self.http, Caller(subject, "user", subject.title(), tuple(grants)))

    @property
    def anonymous(self) -> Orgchart:
        return Orgchart(self.app, self.http, None)

    @property
    def clock(self) -> FixedClock:
        clock: FixedClock = self.app.state.clock
        return clock

    async def call(
        self, method: str, path: str, body: object = None, *, headers: dict[str, str] | None = None, **query: Any
    ) -> httpx.Response:
        self.app.state.test_caller = self.caller
        sent = dict(headers or {})
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if body is not None:
            sent.setdefault("content-type", "application/json")
        where = path if path.startswith(("/snapshot", "/feed")) else "/api/v1" + path
        return await self.http.request(method, where, params=query or None, content=content, headers=sent)

    async def get(self, path: str, **query: Any) -> Any:
        response = await self.call("GET", path, **query)
        assert response.status_code == 200, response.text
        return response.json()

    async def post(self, path: str, body: object, status: int = 201, **query: Any) -> Any:
        response = await self.call("POST", path, body, **query)
        assert response.status_code == status, response.text
        return response.json()

    async def items(self, path: str, **query: Any) -> list[Any]:
        found: list[Any] = []
        cursor: str | None = None
        while True:
            page = await self.get(path, **query, limit=500, **({"cursor": cursor} if cursor else {}))
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found


def settings_for(urls: DatabaseUrls, seed_dir: Path | None = DATA) -> Settings:
    return Settings.model_validate(
        {
            "database_url": urls.app,
            "gateway_url": "http://127.0.0.1:1",
            "jwks_url": "http://127.0.0.1:1/jwks.json",
            "client_secret": "-",
            "seed_dir": seed_dir,
        }
    )


@asynccontextmanager
async def orgchart_service(urls: DatabaseUrls, caller: Caller = ROOT) -> AsyncIterator[Orgchart]:
    """The service on the given database, seeded with the real facts when it is empty."""
    app = create_app(settings_for(urls), clock=FixedClock(NOON))

    async def authenticate(_request: Request) -> Caller:
        current: Caller | None = app.state.test_caller
        if current is None:
            raise Unauthorized
        return current

    app.state.authenticate = authenticate
    app.state.ready = True
    await app.state.database.open()
    await seed(app)
    await derive_on_start(app)
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://orgchart")
    try:
        yield Orgchart(app, http, caller)
    finally:
        await http.aclose()
        await app.state.database.close()
