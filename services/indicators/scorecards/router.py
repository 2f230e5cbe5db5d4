"""Scorecards."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from services.indicators.domain.periods import Period
from services.indicators.filters import SCHEMA, period_parameter
from services.indicators.measurements.knowledge import Knowledge, knowledge
from services.indicators.permissions import MEASUREMENT_READ
from services.indicators.policies.repository import policy_in_force
from services.indicators.scorecards.reading import Subject, subject_of
from services.indicators.scorecards.statement import Card, Scope, own_card
from services.indicators.scorecards.subtree import subtree_card
from services.kit.access import Caller, Requires
from services.kit.answers import answer
from services.kit.database import Reader
from services.kit.routing import router as feature_router

router = feature_router(tags=["scorecards"])
Reads = Annotated[Caller, Requires(MEASUREMENT_READ)]
Known = Annotated[Knowledge, Depends(knowledge)]


@router.get("/scorecards/{dependencia}")
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
) -> Response:
    """El tablero de una dependencia en un período: semáforos, puntaje y cobertura."""
    within: Period = period_parameter("period", period)
    subject: Subject = await subject_of(reader, caller, dependencia, plan, scope, SCHEMA)
    card = Card(await policy_in_force(reader, known.instant), known, approved_only)
    own = scope == "own"
    body: str = await reader.fetchval(
        own_card(card) if own else subtree_card(card),
        subject.ids,
        plan,
        within.first_day,
        within.last_day,
        known.today,
        known.instant,
        dependencia,
        within.code,
        *(() if own else (subject.id,)),
    )
    return answer(request, body)
