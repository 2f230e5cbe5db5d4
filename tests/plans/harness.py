"""The plans service on a real database, called in-process as whoever the test says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from fastapi import FastAPI, Request

from iesspr.postgres import DatabaseUrls
from services.kit.access import Caller, Grant
from services.kit.clock import FixedClock
from services.kit.database import Database, asyncpg_arguments
from services.kit.organisation import rebuild_closure, store_records
from services.kit.problems import Unauthorized
from services.plans.app import create_app
from services.plans.importers.seed import seed
from services.plans.settings import Settings

DATA = Path(__file__).resolve().parents[2] / "data"
NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
EVERYTHING = (
    "plan:read plan:write plan:submit plan:validate plan:approve plan:observe project:read project:report "
    "project:approve pac:read pac:write budget:read budget:push audit:read"
)


def grant(permissions: str, dependencia: str = "IESS", *, subtree: bool = True) -> Grant:
    return Grant(frozenset(permissions.split()), dependencia, subtree)


ROOT = Caller("raiz", "user", "Raíz", (grant(EVERYTHING),))


def records() -> list[dict[str, Any]]:
    """The organisation as the replica receives it."""
    facts = json.loads((DATA / "orgchart" / "dependencias.json").read_text())
    facts = facts if isinstance(facts, list) else facts["dependencias"]
    ids = {fact["code"]: fact["id"] for fact in facts}
    result = []
    for fact in facts:
        record = {**fact, "parent_id": ids.get(fact["parent"])}
        record["versions"] = [{key: record[key] for key in ("valid_from", "valid_to", "name", "parent_id", "numeral")}]
        result.append(record)
    return result


async def load_organisation(url: str) -> None:
    connection = await asyncpg.connect(**asyncpg_arguments(url))
    try:
        await store_records(connection, "plans", records())
        await rebuild_closure(connection, "plans", date(2026, 3, 2))
    finally:
        await connection.close()


async def load_facts(url: str, folder: Path = DATA / "plans") -> None:
    database = Database(url, service="plans")
    try:
        await seed(database, folder, FixedClock(NOON))
    finally:
        await database.close()


class Plans:
    """Calls one application. `plans.by(caller)` is the same application called by somebody else."""

    def __init__(self, app: FastAPI, http: httpx.AsyncClient, caller: Caller) -> None:
        self.app, self.http, self.caller = app, http, caller

    def by(self, *grants: Grant, subject: str = "alguien") -> Plans:
        return Plans(self.app, self.http, Caller(subject, "user", subject.title(), tuple(grants)))

    @property
    def clock(self) -> FixedClock:
        clock: FixedClock = self.app.state.clock
        return clock

    async def call(
        self, method: str, path: str, body: object = None, *, headers: dict[str, str] | None = None, **query: Any
    ) -> httpx.Response:
        self.app.state.test_caller = self.caller
        sent = {"content-type": "application/json", **(headers or {})} if body is not None else headers
        content = None if body is None else json.dumps(body).encode()
        return await self.http.request(method, "/api/v1" + path, params=query or None, content=content, headers=sent)

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


def make_application() -> FastAPI:
    """The service's application; building it takes longer than most tests, so they share one and swap its database."""
    settings = Settings.model_validate(
        {
            "database_url": "postgresql+asyncpg://nobody@127.0.0.1:1/none",
            "gateway_url": "http://127.0.0.1:1",
            "jwks_url": "http://127.0.0.1:1/jwks.json",
            "client_id": "svc-plans",
            "client_secret": "-",
            "orgchart_url": "http://127.0.0.1:1",
            "indicators_url": "http://127.0.0.1:1",
        }
    )
    app = create_app(settings, clock=FixedClock(NOON))

    async def authenticate(_request: Request) -> Caller:
        current: Caller | None = app.state.test_caller
        if current is None:
            raise Unauthorized
        return current

    app.state.authenticate = authenticate
    app.state.ready = True
    return app


@asynccontextmanager
async def plans_service(app: FastAPI, urls: DatabaseUrls, caller: Caller = ROOT) -> AsyncIterator[Plans]:
    """The application on a database of its own, at noon again."""
    database = Database(urls.app, service="plans", read_connections=2, write_connections=4)
    await database.open()
    http = httpx.AsyncClient(transport=Switched(app, database), base_url="http://plans")
    try:
        yield Plans(app, http, caller)
    finally:
        await http.aclose()
        await database.close()


class Switched(httpx.ASGITransport):
    """Gives each call the database of its test; the clock starts anew with each of these."""

    def __init__(self, app: FastAPI, database: Database) -> None:
        super().__init__(app)
        self._application = app
        self._database = database
        app.state.clock.instant = NOON

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._application.state.database = self._database
        return await super().handle_async_request(request)


def codes(items: Sequence[dict[str, Any]]) -> list[str]:
    return [item["code"] for item in items]
