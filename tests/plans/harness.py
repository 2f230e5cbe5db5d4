"""The plans service on a real database, called in-process as whoever the test says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from iesspr.postgres import DatabaseUrls
from services.kit.access import Caller, Grant
from services.kit.clock import FixedClock
from services.kit.database import Database
from services.plans.app import create_app
from services.plans.importers.seed import seed
from services.plans.settings import Settings
from tests.support import organisation
from tests.support.service import DATA, NOBODY_THERE, SETTINGS, ServiceUnderTest, count_as_started, grant, user

__all__ = ["DATA", "Plans", "codes", "grant", "load_facts", "load_organisation", "make_application", "plans_service"]

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
EVERYTHING = (
    "plan:read plan:write plan:submit plan:validate plan:approve plan:observe project:read project:report "
    "project:approve pac:read pac:write policy:read budget:read budget:push audit:read "
    "measurement:read"
)
ROOT = user(grant(EVERYTHING), subject="raiz")


async def load_organisation(url: str) -> None:
    await organisation.load_organisation(url, "plans", NOON.date())


async def load_facts(url: str, folder: Path = DATA / "plans") -> None:
    database = Database(url, service="plans")
    try:
        await seed(database, folder, FixedClock(NOON))
    finally:
        await database.close()


class Plans(ServiceUnderTest):
    """`plans.by(grant)` is the same application called by somebody with that grant only."""

    def by(self, *grants: Grant, subject: str = "alguien") -> Plans:
        return self.seen_by(user(*grants, subject=subject))


def make_application() -> FastAPI:
    """The service's application; building it takes longer than most tests, so they share one and swap its database."""
    settings = Settings.model_validate({**SETTINGS, "client_id": "svc-plans", "orgchart_url": NOBODY_THERE,
                                        "indicators_url": NOBODY_THERE})  # fmt: skip
    app = create_app(settings, clock=FixedClock(NOON))
    count_as_started(app)
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
