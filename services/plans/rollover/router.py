"""Rollover of a plan into the next period."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request, Response

from services.kit.access import Caller, Requires
from services.kit.database import Session
from services.kit.routing import router as feature_router
from services.plans.permissions import PLAN_WRITE
from services.plans.plans.shapes import RolloverOut
from services.plans.rollover.schemas import NewRollover
from services.plans.rollover.service import roll_over
from services.plans.work import Work, perform, preview

router = feature_router(tags=["plans"])
Writes = Annotated[Caller, Requires(PLAN_WRITE)]


@router.post(
    "/plans/{code}/rollovers",
    status_code=201,
    response_model=RolloverOut,
    responses={200: {"model": RolloverOut, "description": "Con dry_run=true"}},
)
async def roll_plan_over(
    code: str, body: NewRollover, request: Request, session: Session, caller: Writes, dry_run: bool = False
) -> Response:
    """Clona el plan en el borrador del período siguiente; con `dry_run=true` responde qué continúa y qué termina."""
    client = request.app.state.clients["indicators"]

    async def act(work: Work) -> Response:
        return await roll_over(work, code, body, client, dry_run=dry_run)

    if dry_run:
        return await preview(session, request, caller, act)
    return await perform(session, request, caller, body, act)
