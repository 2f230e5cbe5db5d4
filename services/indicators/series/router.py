"""Series and comparisons."""

from typing import Annotated

import msgspec
from fastapi import Depends, Query, Request, Response

from services.indicators.domain.periods import Period
from services.indicators.domain.structure import EVER, Structure
from services.indicators.filters import SCHEMA, Codes, period_parameter
from services.indicators.measurements.knowledge import Knowledge, knowledge
from services.indicators.permissions import MEASUREMENT_READ
from services.indicators.policies.repository import policy_of_reading
from services.indicators.scorecards.live import columns_of
from services.indicators.scorecards.reading import root_of
from services.indicators.scorecards.statement import Scope
from services.indicators.scorecards.structures import StructureChoice, summed_by
from services.indicators.scoring.formulas import term_formulas
from services.indicators.series.reading import compared_members, line_members, lineage_of, sheet_of
from services.indicators.series.shapes import ComparedPage, SeriesOut
from services.indicators.series.statements import COMPARED_FIELDS, best_first, comparison, series
from services.kit.access import Caller, Requires
from services.kit.answers import answer, json_bytes
from services.kit.computed import computed_page
from services.kit.database import Reader
from services.kit.pages import Page
from services.kit.routing import router as feature_router

router = feature_router(tags=["series"])
Reads = Annotated[Caller, Requires(MEASUREMENT_READ)]
Known = Annotated[Knowledge, Depends(knowledge)]
Indicator = Annotated[str, Query(max_length=200)]
PeriodText = Annotated[str | None, Query(max_length=20)]


@router.get("/series", response_model=SeriesOut)
async def read_series(
    request: Request,
    reader: Reader,
    caller: Reads,
    known: Known,
    indicator: Indicator,
    dependencia: Annotated[str, Query(max_length=200)],
    scope: Scope = "own",
    plan: Codes = None,
    period_from: PeriodText = None,
    period_to: PeriodText = None,
    structure: StructureChoice = Structure.AS_REPORTED,
    lineage: Annotated[bool, Query(description="Une los nombres anteriores y posteriores del indicador")] = True,
) -> Response:
    """Un indicador en el tiempo, con avisos donde cambió su definición, unidad o frecuencia."""
    first = period_parameter("period_from", period_from).first_day if period_from else None
    last = period_parameter("period_to", period_to).last_day if period_to else None
    sheet = await sheet_of(reader, known, indicator)
    chosen = summed_by(structure, scope)
    root = await root_of(reader, caller, dependencia, None, scope, SCHEMA, known=known)
    members = await line_members(reader, known, root, scope, chosen, (first or EVER[0], last or EVER[1]))
    codes = await lineage_of(reader, known, indicator) if lineage else [indicator]
    policy = await policy_of_reading(reader, known)
    points = await reader.fetchval(
        series(policy, known, await term_formulas(reader, known)),
        sorted({member.unit for member in members}),
        codes,
        plan,
        first,
        last,
        known.today,
        known.instant,
        *columns_of(members),
    )
    head = json_bytes(
        {
            "indicator": sheet,
            "lineage": codes,
            "dependencia": dependencia,
            "scope": scope,
            "structure": chosen.value,
            "policy": policy.name,
        }
    ).decode()
    return answer(request, f'{head[:-1]},"points":{points}}}')


@router.get("/comparisons", response_model=ComparedPage)
async def compare_dependencias(
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    known: Known,
    indicator: Indicator,
    plan: Annotated[str, Query(max_length=100)],
    period: Annotated[str, Query(max_length=20)],
    dependencia: Annotated[str, Query(max_length=200, description="Las que dependen de ella, a su alcance")] = "IESS",
    structure: StructureChoice = Structure.AS_REPORTED,
) -> Response:
    """Un indicador entre dependencias: puesto, cuartil y provincias de cada una."""
    within: Period = period_parameter("period", period)
    sheet = await sheet_of(reader, known, indicator)
    days = (within.first_day, within.last_day)
    members = await compared_members(reader, caller, known, dependencia, structure, days)
    policy = await policy_of_reading(reader, known)
    body = await reader.fetchval(
        comparison(policy, known, await term_formulas(reader, known), structure),
        sorted({member.unit for member in members}),
        [indicator],
        [plan],
        within.first_day,
        within.last_day,
        known.today,
        known.instant,
        *columns_of(members),
    )
    found = msgspec.json.decode(body)
    items = found.pop("items")
    head = {
        "indicator": sheet,
        "plan": plan,
        "period": within.code,
        "dependencia": dependencia,
        "structure": structure.value,
        "policy": policy.name,
    }
    return computed_page(request, page, items, best_first, names=COMPARED_FIELDS, extra={**head, **found})
