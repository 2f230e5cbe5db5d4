"""The orgchart service on a real database, called in-process as whoever the test says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI

from iesspr.postgres import DatabaseUrls
from services.kit.access import Caller, Grant
from services.kit.clock import FixedClock
from services.orgchart.app import create_app
from services.orgchart.posts.deriving import derive_on_start
from services.orgchart.seed.load import seed
from services.orgchart.settings import Settings
from tests.support.service import DATA, SETTINGS, Applications, ServiceUnderTest, called_in_process, grant, user

__all__ = ["DATA", "Orgchart", "grant", "orgchart_service", "settings_for"]

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
EVERYTHING = (
    "organisation:read organisation:write regulation:import reorganization:apply person:read person:write "
    "appointment:read appointment:push internal:read audit:read"
)
ROOT = user(grant(EVERYTHING), subject="raiz")


class Orgchart(ServiceUnderTest):
    """`orgchart.by(grant)` is the same application called by somebody with that grant only."""

    def by(self, *grants: Grant, subject: str = "alguien") -> Orgchart:
        return self.seen_by(user(*grants, subject=subject))


def settings_for(url: str, seed_dir: Path | None = DATA) -> Settings:
    return Settings.model_validate({**SETTINGS, "database_url": url, "seed_dir": seed_dir})


def application() -> FastAPI:
    return create_app(settings_for(str(SETTINGS["database_url"])), clock=FixedClock(NOON))


APPLICATIONS = Applications(application)


@asynccontextmanager
async def orgchart_service(urls: DatabaseUrls, caller: Caller = ROOT) -> AsyncIterator[Orgchart]:
    """The service on the given database, seeded with the real facts when it is empty."""
    async with APPLICATIONS.on(urls.app, NOON) as app, called_in_process(app) as http:
        await seed(app)
        await derive_on_start(app)
        yield Orgchart(app, http, caller)
