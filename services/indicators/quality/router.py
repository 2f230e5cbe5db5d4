"""Data quality."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from services.indicators.domain.structure import EVER, WHOLE, Member, Structure
from services.indicators.filters import SCHEMA, period_parameter
from services.indicators.measurements.knowledge import Knowledge, knowledge
from services.indicators.organisation.reading import organisation_known
from services.indicators.permissions import MEASUREMENT_READ
from services.indicators.quality.shapes import DataQualityOut
from services.indicators.quality.statement import quality_document
from services.indicators.scorecards.live import children_of, columns_of, members_of
from services.indicators.scorecards.reading import root_of
from services.indicators.scorecards.statement import Scope
from services.indicators.scorecards.structures import StructureChoice, summed_by
from services.kit.access import Caller, Requires
from services.kit.answers import answer
from services.kit.database import Reader
from services.kit.routing import router as feature_router

router = feature_router(tags=["data-quality"])
Reads = Annotated[Caller, Requires(MEASUREMENT_READ)]
Known = Annotated[Knowledge, Depends(knowledge)]


@router.get("/data-quality/{dependencia}", response_model=DataQualityOut)
async def read_data_quality(
    dependencia: str,
    request: Request,
    reader: Reader,
    caller: Reads,
    known: Known,
    plan: Annotated[str, Query(max_length=100)],
    period: Annotated[str | None, Query(max_length=20, description="Sin él, todo lo vencido hasta hoy")] = None,
    scope: Scope = "own",
    structure: StructureChoice = Structure.AS_REPORTED,
) -> Response:
    """Completitud, oportunidad y fiabilidad de lo que una dependencia debía reportar."""
    within = None if period is None else period_parameter("period", period)
    chosen = summed_by(structure, scope)
    root = await root_of(reader, caller, dependencia, plan, scope, SCHEMA, known=known)
    first, last = (within.first_day, within.last_day) if within else EVER
    organisation = await organisation_known(reader, known)
    members = (
        [Member(root, *EVER, WHOLE, None)] if scope == "own" else members_of(organisation, root, chosen, first, last)
    )
    ids, codes, names, _ = children_of(organisation, members, first, last, chosen)
    body: str = await reader.fetchval(
        quality_document(known),
        sorted({member.unit for member in members}),
        plan,
        within and within.first_day,
        within and within.last_day,
        known.today,
        known.instant,
        dependencia,
        within and within.code,
        scope,
        chosen.value,
        *columns_of(members),
        ids,
        codes,
        names,
    )
    return answer(request, body)
