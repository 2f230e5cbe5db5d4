"""The indicators service on a real database, called in-process as whoever the test says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from fastapi import FastAPI

from iesspr.postgres import DatabaseUrls
from services.indicators.app import create_app, prepare_followers
from services.indicators.installation.loading import install
from services.indicators.organisation.recording import OrganisationRecorder
from services.indicators.settings import Settings
from services.kit.access import Caller
from services.kit.clock import FixedClock
from services.kit.database import asyncpg_arguments
from tests.support.organisation import load_organisation, records
from tests.support.service import (
    DATA,
    NOBODY_THERE,
    SETTINGS,
    Applications,
    ServiceUnderTest,
    called_in_process,
    grant,
)

__all__ = ["AUDITOR", "DATA", "OFFICE", "PLANNER", "READS", "Indicators", "grant", "indicators_service", "owner",
           "reporter"]  # fmt: skip

NOON = datetime(2019, 2, 4, 17, 0, tzinfo=UTC)
READS = "indicator:read assignment:read measurement:read calendar:read policy:read"
OFFICE = f"{READS} indicator:write target:write calendar:write lock-exception:write policy:write"


def reporter(province: str, subject: str = "") -> Caller:
    """A provincial reporter, as the gateway describes one to this service."""
    return Caller(subject or f"{province}.reporte", "user", province, (grant(f"{READS} measurement:submit", province),))


def owner(province: str) -> Caller:
    """The titular of a province: reads, approves, returns."""
    permissions = f"{READS} measurement:approve measurement:return"
    return Caller(f"{province}.titular", "user", province, (grant(permissions, province),))


AUDITOR = Caller("auditoria", "user", "Auditoría", (grant(READS),))
PLANNER = Caller("dnpl", "user", "Planificación", (grant(OFFICE),))


class Indicators(ServiceUnderTest):
    def by(self, caller: Caller) -> "Indicators":
        return self.seen_by(caller)

    async def push(
        self, rows: list[dict[str, Any]], *, key: str | None = None, source: str = "prueba", **query: Any
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key or str(uuid4())}
        body = {"source": source, "rows": rows}
        return await self.call("POST", "/measurement-batches", body, headers=headers, **query)


async def remember(url: str) -> None:
    """What the recorder writes down of the replica's first snapshot."""
    connection = await asyncpg.connect(**asyncpg_arguments(url))
    try:
        await OrganisationRecorder(FixedClock(NOON)).record(connection, records(), [])
    finally:
        await connection.close()


def application() -> FastAPI:
    return create_app(settings_with(DATA), clock=FixedClock(NOON))


def settings_with(seed_dir: Path | None) -> Settings:
    return Settings.model_validate({**SETTINGS, "orgchart_url": NOBODY_THERE, "seed_dir": seed_dir})


APPLICATIONS = Applications(application)


@asynccontextmanager
async def indicators_service(
    urls: DatabaseUrls, *, seed_dir: Path | None = DATA, now: datetime = NOON, caller: Caller = AUDITOR
) -> AsyncIterator[Indicators]:
    """The service with the real organisation and facts, its clock standing at `now`."""
    if await load_organisation(urls.owner, "indicators", NOON.date()):
        await remember(urls.owner)
    async with APPLICATIONS.on(urls.app, now) as app, called_in_process(app) as http:
        app.state.settings = settings_with(seed_dir)
        prepare_followers(app)
        await install(app)
        yield Indicators(app, http, caller)
