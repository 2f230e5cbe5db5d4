"""The indicators service on a real database, called in-process as whoever the test says."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from fastapi import FastAPI, Request

from iesspr.postgres import DatabaseUrls
from services.indicators.app import create_app
from services.indicators.installation.loading import install
from services.indicators.settings import Settings
from services.kit.access import Caller, Grant
from services.kit.clock import FixedClock
from services.kit.database import asyncpg_arguments
from services.kit.organisation import rebuild_closure, store_records
from services.kit.problems import Unauthorized

DATA = Path(__file__).resolve().parents[2] / "data"
NOON = datetime(2019, 2, 4, 17, 0, tzinfo=UTC)
READS = "indicator:read assignment:read measurement:read calendar:read policy:read"
OFFICE = f"{READS} indicator:write target:write calendar:write lock-exception:write policy:write"


def grant(permissions: str, dependencia: str = "IESS", *, subtree: bool = True) -> Grant:
    """A grant of blank-separated permissions."""
    return Grant(frozenset(permissions.split()), dependencia, subtree)


def reporter(province: str, subject: str = "") -> Caller:
    """A provincial reporter, as the gateway describes one to this service."""
    return Caller(subject or f"{province}.reporte", "user", province, (grant(f"{READS} measurement:submit", province),))


def owner(province: str) -> Caller:
    """The titular of a province: reads, approves, returns."""
    permissions = f"{READS} measurement:approve measurement:return"
    return Caller(f"{province}.titular", "user", province, (grant(permissions, province),))


AUDITOR = Caller("auditoria", "user", "Auditoría", (grant(READS),))
PLANNER = Caller("dnpl", "user", "Planificación", (grant(OFFICE),))


def organisation() -> list[dict[str, Any]]:
    """The organisation as the replica receives it."""
    facts = json.loads((DATA / "orgchart" / "dependencias.json").read_text())
    facts = facts if isinstance(facts, list) else facts["dependencias"]
    ids = {fact["code"]: fact["id"] for fact in facts}
    records = [{**fact, "parent_id": ids.get(fact["parent"])} for fact in facts]
    kept = ("valid_from", "valid_to", "name", "parent_id", "numeral")
    return [{**record, "versions": [{key: record[key] for key in kept}]} for record in records]


class Indicators:
    """Calls one application; `by(caller)` is the same application called by somebody else."""

    def __init__(self, app: FastAPI, http: httpx.AsyncClient, caller: Caller) -> None:
        self.app, self.http, self.caller = app, http, caller

    def by(self, caller: Caller) -> "Indicators":
        return Indicators(self.app, self.http, caller)

    @property
    def clock(self) -> FixedClock:
        clock: FixedClock = self.app.state.clock
        return clock

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> httpx.Response:
        self.app.state.test_caller = self.caller
        sent = dict(headers or {})
        if content is None and body is not None:
            content = json.dumps(body).encode()
        if content is not None:
            sent.setdefault("content-type", "application/json")
        return await self.http.request(method, "/api/v1" + path, params=query or None, content=content, headers=sent)

    async def get(self, path: str, status: int = 200, **query: Any) -> Any:
        response = await self.call("GET", path, **query)
        assert response.status_code == status, response.text
        return response.json()

    async def push(
        self, rows: list[dict[str, Any]], *, key: str | None = None, source: str = "prueba", **query: Any
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key or str(uuid4())}
        body = {"source": source, "rows": rows}
        return await self.call("POST", "/measurement-batches", body, headers=headers, **query)

    async def items(self, path: str, **query: Any) -> list[Any]:
        found: list[Any] = []
        cursor: str | None = None
        while True:
            page = await self.get(path, 200, **{**query, "limit": 500, **({"cursor": cursor} if cursor else {})})
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found


async def load_organisation(url: str) -> None:
    """The real organisation in the replica's tables, unless it is there."""
    connection = await asyncpg.connect(**asyncpg_arguments(url))
    try:
        if await connection.fetchval("SELECT EXISTS (SELECT FROM indicators.org_closure)"):
            return
        await store_records(connection, "indicators", organisation())
        await rebuild_closure(connection, "indicators", date(2019, 2, 4))
    finally:
        await connection.close()


@asynccontextmanager
async def indicators_service(
    urls: DatabaseUrls, *, seed_dir: Path | None = DATA, now: datetime = NOON, caller: Caller = AUDITOR
) -> AsyncIterator[Indicators]:
    """The service with the real organisation and facts, its clock standing at `now`."""
    await load_organisation(urls.owner)
    settings = Settings.model_validate(
        {
            "database_url": urls.app,
            "gateway_url": "http://127.0.0.1:1",
            "jwks_url": "http://127.0.0.1:1/jwks.json",
            "client_secret": "-",
            "orgchart_url": "http://127.0.0.1:1",
            "seed_dir": seed_dir,
        }
    )
    app = create_app(settings, clock=FixedClock(now))

    async def authenticate(_request: Request) -> Caller:
        current: Caller | None = app.state.test_caller
        if current is None:
            raise Unauthorized
        return current

    app.state.authenticate = authenticate
    app.state.ready = True
    await app.state.database.open()
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://indicators")
    try:
        await install(app)
        yield Indicators(app, http, caller)
    finally:
        await http.aclose()
        for client in app.state.clients.values():
            await client.close()
        await app.state.database.close()
