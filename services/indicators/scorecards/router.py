"""Scorecards."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from services.indicators.domain.structure import Structure
from services.indicators.measurements.knowledge import Knowledge, knowledge
from services.indicators.permissions import MEASUREMENT_READ
from services.indicators.policies.repository import chosen_policy
from services.indicators.scorecards.kept import kept_card
from services.indicators.scorecards.live import CardQuestion, live_card
from services.indicators.scorecards.shapes import CardOut
from services.indicators.scorecards.statement import Card, Scope
from services.indicators.scorecards.structures import StructureChoice, summed_by
from services.kit.access import Caller, Requires
from services.kit.answers import answer
from services.kit.database import Reader
from services.kit.routing import router as feature_router

router = feature_router(tags=["scorecards"])
Reads = Annotated[Caller, Requires(MEASUREMENT_READ)]
Known = Annotated[Knowledge, Depends(knowledge)]


@router.get("/scorecards/{dependencia}", response_model=CardOut)
async def read_scorecard(
    dependencia: str,
    request: Request,
    reader: Reader,
    caller: Reads,
    known: Known,
    plan: Annotated[str, Query(max_length=100)],
    period: Annotated[str, Query(max_length=20)],
    scope: Scope = "own",
    approved_only: Annotated[bool, Query(description="Solo valores aprobados")] = False,
    policy: Annotated[
        str | None,
        Query(pattern=r"^[A-Za-z0-9-]{2,60}@[0-9]{1,6}$", description="Otra política guardada: código@versión"),
    ] = None,
    accumulated: Annotated[bool, Query(description="Acumulado del año hasta el período, solo lo vencido")] = False,
    structure: StructureChoice = Structure.AS_REPORTED,
    live: Annotated[bool, Query(description="Calcula ahora, aunque haya un tablero ya calculado y vigente")] = False,
) -> Response:
    """El tablero de una dependencia en un período: semáforos, puntaje y cobertura."""
    question = CardQuestion(dependencia, plan, period, scope, accumulated, summed_by(structure, scope))
    as_kept = not accumulated and structure is Structure.AS_REPORTED
    usual = as_kept and not (live or known.is_past or approved_only or policy is not None)
    kept = await kept_card(request, reader, caller, question) if usual else None
    if kept is not None:
        return kept
    card = Card(await chosen_policy(reader, policy, known), known, approved_only)
    return answer(request, await live_card(reader, caller, question, card))
