"""The orgchart service: who answers for what, as the law defines it, on any date."""

from __future__ import annotations

from fastapi import FastAPI

from services.kit.app import build_app, service_client
from services.kit.clock import Clock
from services.orgchart.appointments import absence_router as absences
from services.orgchart.appointments import router as appointments
from services.orgchart.audited import STATES
from services.orgchart.catalogs import CATALOGS
from services.orgchart.dependencias import replication
from services.orgchart.dependencias import router as dependencias
from services.orgchart.intake import router as intake
from services.orgchart.people import router as people
from services.orgchart.posts import router as posts
from services.orgchart.posts.deriving import derive_on_start
from services.orgchart.reorganizations import router as reorganizations
from services.orgchart.reorganizations.acknowledging import follow_acknowledgements, stop_acknowledging
from services.orgchart.rof import competence as rof_competence
from services.orgchart.rof import diff as rof_diff
from services.orgchart.rof import export as rof_export
from services.orgchart.rof import imports as rof_imports
from services.orgchart.rof import router as rof
from services.orgchart.rof import search as rof_search
from services.orgchart.seed.load import seed
from services.orgchart.settings import Settings
from services.orgchart.territory import router as territory


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> FastAPI:
    settings = settings or Settings()
    app = build_app(
        "orgchart",
        "IESSPR · Organización",
        settings,
        audited=STATES,
        routers=[
            dependencias.router,
            territory.router,
            rof.router,
            rof_imports.router,
            rof_diff.router,
            rof_search.router,
            rof_competence.router,
            rof_export.router,
            posts.router,
            people.router,
            absences.router,
            appointments.router,
            intake.router,
            reorganizations.router,
            replication.router,
        ],
        catalogs=CATALOGS,
        on_start=[seed, derive_on_start, follow_acknowledgements],
        on_stop=[stop_acknowledging],
        remembered=frozenset({"dependencias", "org-tree", "provinces", "rof", "resolutions", "zones"}),
        clock=clock,
    )
    # What hangs on units that are to change: asked when a reorganisation is previewed, never for a read.
    for peer, url in (("plans", settings.plans_url), ("indicators", settings.indicators_url)):
        if url is not None:
            service_client(app, peer, url)
    return app
