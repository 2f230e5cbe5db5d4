"""Writing drafts: plans, objectives with their alignment, strategies."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request, Response

from services.kit.access import Caller, Requires
from services.kit.database import Session
from services.kit.routing import router as feature_router
from services.plans.editing import service
from services.plans.editing.schemas import (
    NewObjective,
    NewPlan,
    NewStrategy,
    ObjectiveChange,
    PlanChange,
    StrategyChange,
)
from services.plans.objectives.shapes import ObjectiveOut, StrategyOut
from services.plans.permissions import PLAN_WRITE
from services.plans.plans.shapes import PlanOut
from services.plans.work import perform

router = feature_router(tags=["plans"])
Writes = Annotated[Caller, Requires(PLAN_WRITE)]


@router.post("/plans", status_code=201, response_model=PlanOut)
async def create_plan(body: NewPlan, request: Request, session: Session, caller: Writes) -> Response:
    """Un plan nuevo, en borrador."""
    return await perform(session, request, caller, body, lambda work: service.create_plan(work, body))


@router.patch("/plans/{code}", response_model=PlanOut)
async def change_plan(code: str, body: PlanChange, request: Request, session: Session, caller: Writes) -> Response:
    """Cambia un plan en borrador; exige If-Match."""
    return await perform(session, request, caller, body, lambda work: service.change_plan(work, code, body))


@router.delete("/plans/{code}", status_code=204)
async def remove_plan(code: str, request: Request, session: Session, caller: Writes) -> Response:
    """Elimina un borrador vacío que nunca se envió; exige If-Match."""
    return await perform(session, request, caller, None, lambda work: service.remove_plan(work, code))


@router.post("/objectives", tags=["objectives"], status_code=201, response_model=ObjectiveOut)
async def create_objective(body: NewObjective, request: Request, session: Session, caller: Writes) -> Response:
    """Un objetivo con su alineación, en un plan en borrador."""
    return await perform(session, request, caller, body, lambda work: service.create_objective(work, body))


@router.patch("/objectives/{code}", tags=["objectives"], response_model=ObjectiveOut)
async def change_objective(
    code: str, body: ObjectiveChange, request: Request, session: Session, caller: Writes
) -> Response:
    """Cambia un objetivo; `aligned_to`, si se envía, es la lista completa."""
    changes = body.model_dump(exclude_unset=True)
    return await perform(
        session, request, caller, body, lambda work: service.change_part(work, "objective", code, changes)
    )


@router.delete("/objectives/{code}", tags=["objectives"], status_code=204)
async def remove_objective(code: str, request: Request, session: Session, caller: Writes) -> Response:
    """Elimina un objetivo de un borrador si nada depende de él."""
    return await perform(session, request, caller, None, lambda work: service.remove_part(work, "objective", code))


@router.post("/strategies", tags=["objectives"], status_code=201, response_model=StrategyOut)
async def create_strategy(body: NewStrategy, request: Request, session: Session, caller: Writes) -> Response:
    """Una estrategia en un plan en borrador."""
    return await perform(session, request, caller, body, lambda work: service.create_strategy(work, body))


@router.patch("/strategies/{code}", tags=["objectives"], response_model=StrategyOut)
async def change_strategy(
    code: str, body: StrategyChange, request: Request, session: Session, caller: Writes
) -> Response:
    """Cambia una estrategia de un borrador."""
    changes = body.model_dump(exclude_unset=True)
    return await perform(
        session, request, caller, body, lambda work: service.change_part(work, "strategy", code, changes)
    )


@router.delete("/strategies/{code}", tags=["objectives"], status_code=204)
async def remove_strategy(code: str, request: Request, session: Session, caller: Writes) -> Response:
    """Elimina una estrategia de un borrador si ningún objetivo la lleva."""
    return await perform(session, request, caller, None, lambda work: service.remove_part(work, "strategy", code))
