"""The plans service: what for. PEI and POA, objectives, strategies, alignment, projects, budget execution."""

from __future__ import annotations

from fastapi import FastAPI

from services.kit.app import build_app, service_client
from services.kit.clock import Clock
from services.plans.alignment.router import router as alignment
from services.plans.audited import STATES
from services.plans.budget.router import router as budget
from services.plans.catalogs import CATALOGS
from services.plans.editing.router import router as editing
from services.plans.importers.seed import seed_on_start
from services.plans.lineage.router import router as lineage
from services.plans.methodology.router import router as methodology
from services.plans.objectives.router import router as objectives
from services.plans.observations.router import router as observations
from services.plans.pac.overdue import stop_watching_deadlines, watch_deadlines
from services.plans.pac.router import router as pac
from services.plans.plans.router import router as plans
from services.plans.policies.router import router as policies
from services.plans.projects.router import router as projects
from services.plans.reforms.router import router as reforms
from services.plans.rollover.router import router as rollover
from services.plans.settings import Settings
from services.plans.tracking.parts_router import router as project_parts
from services.plans.tracking.router import router as tracking
from services.plans.workflow.router import router as workflow

# Lists and graphs whose every change is an event of this service's feed.
REMEMBERED = frozenset(
    {"plans", "objectives", "strategies", "projects", "budget-execution", "pac-lines", "pac-reforms", "plan-policies"}
)


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> FastAPI:
    """The application, for `uvicorn --factory`. Settings come from `PLANS_…` when not given."""
    settings = settings or Settings.model_validate({})
    app = build_app(
        "plans",
        "IESSPR · planes",
        settings,
        audited=STATES,
        routers=[
            plans,
            editing,
            workflow,
            reforms,
            observations,
            rollover,
            objectives,
            alignment,
            methodology,
            lineage,
            tracking,
            project_parts,
            projects,
            pac,
            budget,
            policies,
        ],
        catalogs=CATALOGS,
        on_start=[seed_on_start, watch_deadlines],
        on_stop=[stop_watching_deadlines],
        replica_of=settings.orgchart_url,
        clock=clock,
        remembered=REMEMBERED,
    )
    service_client(app, "indicators", settings.indicators_url)
    return app
