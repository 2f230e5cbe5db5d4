"""Data quality."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from services.indicators.filters import SCHEMA, period_parameter
from services.indicators.measurements.knowledge import Knowledge, knowledge
from services.indicators.permissions import MEASUREMENT_READ
from services.indicators.quality.statement import quality_document
from services.indicators.scorecards.reading import subject_of
from services.indicators.scorecards.statement import Scope
from services.kit.access import Caller, Requires
from services.kit.answers import answer
from services.kit.database import Reader
from services.kit.routing import router as feature_router

router = feature_router(tags=["data-quality"])
Reads = Annotated[Caller, Requires(MEASUREMENT_READ)]
Known = Annotated[Knowledge, Depends(knowledge)]


@router.get("/data-quality/{dependencia}")
async def read_data_quality(
    dependencia: str,
    request: Request,
    reader: Reader,
    caller: Reads,
    known: Known,
    plan: Annotated[str, Query(max_length=100)],
    period: Annotated[str | None, Query(max_length=20, description="Sin él, todo lo vencido hasta hoy")] = None,
    scope: Scope = "own",
) -> Response:
    """Completitud, oportunidad y fiabilidad de lo que una dependencia debía reportar."""
    within = None if period is None else period_parameter("period", period)
    subject = await subject_of(reader, caller, dependencia, plan, scope, SCHEMA)
    body: str = await reader.fetchval(
        quality_document(known),
        subject.ids,
        plan,
        within and within.first_day,
        within and within.last_day,
        known.today,
        known.instant,
        dependencia,
        within and within.code,
        scope,
        subject.id,
    )
    return answer(request, body)
