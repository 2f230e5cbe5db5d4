"""The indicators service: how much."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

from services.indicators.assigning.router import router as assigning
from services.indicators.audited import STATES
from services.indicators.catalogs import CATALOGS
from services.indicators.catalogue.router import router as catalogue
from services.indicators.deadlines.exceptions_router import router as exceptions
from services.indicators.deadlines.exemptions_router import router as exemptions
from services.indicators.deadlines.owed_router import router as owed
from services.indicators.deadlines.router import router as calendar
from services.indicators.explaining.router import router as explaining
from services.indicators.feeding.formulas import FormulaFeeder
from services.indicators.feeding.peers import PeerFeeder
from services.indicators.feeding.reliability import ReliabilityFeeder
from services.indicators.feeding.staffing import StaffFeeder
from services.indicators.feeding.watching import PeerWatch
from services.indicators.installation.loading import install
from services.indicators.intake.router import router as intake
from services.indicators.measurements.router import router as measurements
from services.indicators.organisation.recording import OrganisationRecorder
from services.indicators.policies.router import router as policies
from services.indicators.publishing.router import router as publishing
from services.indicators.quality.router import router as quality
from services.indicators.reforming.following import ReformFollower
from services.indicators.reforming.router import router as reforming
from services.indicators.reviews.router import router as reviews
from services.indicators.scorecards.router import router as scorecards
from services.indicators.series.router import router as series
from services.indicators.settings import Settings
from services.indicators.sheets.router import router as sheets
from services.indicators.summaries.following import CardFollower, start_following, stop_following
from services.indicators.targets.router import router as targets
from services.kit.app import build_app, service_client
from services.kit.clock import Clock
from services.kit.database import Connection

# First segments of paths whose answers depend on this service's data, the caller and the day only.
REMEMBERED = frozenset({"indicators", "assignments", "measurements", "scorecards"})


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> FastAPI:
    """The application; settings come from `INDICATORS_*` when not given."""
    settings = settings or Settings()
    clock = clock or Clock()

    async def staff_changed(_connection: Connection, _event: Mapping[str, Any]) -> None:
        """What is computed from appointments is computed soon."""
        app.state.cards.wake()

    app = build_app(
        "indicators",
        "IESSPR API · indicadores",
        settings,
        audited=STATES,
        routers=[
            catalogue,
            assigning,
            sheets,
            reforming,
            targets,
            intake,
            measurements,
            reviews,
            scorecards,
            calendar,
            exemptions,
            exceptions,
            owed,
            explaining,
            quality,
            policies,
            series,
            publishing,
        ],
        catalogs=CATALOGS,
        on_start=[install, start_following],
        on_stop=[stop_following],
        replica_of=settings.orgchart_url,
        replica_handlers={"appointment.changed": staff_changed},
        replica_recorder=OrganisationRecorder(clock).record,
        remembered=REMEMBERED,
        clock=clock,
    )
    prepare_followers(app)
    app.state.peer_watch = None
    if settings.plans_url is not None:
        plans = service_client(app, "plans", settings.plans_url)
        app.state.peer_watch = PeerWatch(plans, lambda: app.state.cards.wake())
    return app


def prepare_followers(app: FastAPI) -> None:
    """What follows the service's own feed and its peers', not started, knowing of nothing yet."""
    state = app.state
    chores = [
        ReformFollower(state.clients, state.clock).follow,
        PeerFeeder(state.clients, state.clock).feed,
        StaffFeeder(state.clients, state.clock).feed,
        ReliabilityFeeder(state.clock).feed,
        FormulaFeeder(state.clock).feed,
    ]
    state.cards = CardFollower(state.database, state.feed_signal, state.clock, chores)
