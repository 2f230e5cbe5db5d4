"""Explanations."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from services.indicators.domain.structure import Structure
from services.indicators.explaining.card_shapes import CardExplanationOut
from services.indicators.explaining.cards import rows_of
from services.indicators.explaining.cell_shapes import ExplanationOut
from services.indicators.explaining.cells import explanation, inputs, is_computed
from services.indicators.explaining.rollups import explained_rollups
from services.indicators.explaining.scores import explained_score
from services.indicators.filters import SCHEMA, period_in_path, period_parameter
from services.indicators.measurements.knowledge import Knowledge, knowledge
from services.indicators.permissions import MEASUREMENT_READ
from services.indicators.policies.repository import policy_of_reading
from services.indicators.scorecards.live import CardQuestion
from services.indicators.scorecards.reading import root_of
from services.indicators.scorecards.statement import Card, Scope
from services.indicators.scorecards.structures import StructureChoice, summed_by
from services.indicators.scoring.formulas import term_formulas
from services.indicators.sheets.reading import evaluated
from services.kit.access import Caller, Requires
from services.kit.answers import answer, json_bytes
from services.kit.database import Reader
from services.kit.problems import NotFound
from services.kit.routing import router as feature_router
from services.kit.scope import scope_clause

router = feature_router(tags=["measurements"])
Reads = Annotated[Caller, Requires(MEASUREMENT_READ)]
Known = Annotated[Knowledge, Depends(knowledge)]


@router.get("/scorecards/{dependencia}/explain", tags=["scorecards"], response_model=CardExplanationOut)
async def explain_scorecard(
    dependencia: str,
    request: Request,
    reader: Reader,
    caller: Reads,
    known: Known,
    plan: Annotated[str, Query(max_length=100)],
    period: Annotated[str, Query(max_length=20)],
    scope: Scope = "own",
    structure: StructureChoice = Structure.AS_REPORTED,
    accumulated: bool = False,
    approved_only: bool = False,
    indicator: Annotated[
        str | None, Query(max_length=200, description="Explica su valor agregado, hasta las celdas, y no el puntaje")
    ] = None,
) -> Response:
    """De dónde sale el puntaje de un tablero, o el valor agregado de un indicador: filas usadas, omitidas y pasos."""
    within = period_parameter("period", period)
    question = CardQuestion(dependencia, plan, period, scope, accumulated, summed_by(structure, scope))
    root = await root_of(reader, caller, dependencia, plan, scope, SCHEMA, known=known)
    formulas = await term_formulas(reader, known)
    policy = await policy_of_reading(reader, known)
    card = Card(policy, known, approved_only, formulas)
    rows, cells = await rows_of(reader, root, question, within, card, indicator)
    if indicator is not None and not rows:
        raise NotFound
    told = (
        explained_score(rows)
        if indicator is None
        else {
            "indicator": indicator,
            "rollups": explained_rollups(rows, cells, policy, formulas.get(rows[0]["indicator_id"])),
        }
    )
    head = {
        "dependencia": dependencia,
        "plan": plan,
        "period": within.code,
        "from": question.first_day(within).isoformat(),
        "to": within.last_day.isoformat(),
        "scope": scope,
        "structure": question.structure.value,
        "policy": policy.name,
    }
    return answer(request, json_bytes({**head, **told}))


@router.get("/measurements/{assignment}/{period}/explain", response_model=ExplanationOut)
async def explain_measurement(
    assignment: str, period: str, request: Request, reader: Reader, caller: Reads, known: Known
) -> Response:
    """De dónde sale el número de una celda: insumos, regla, política y aritmética paso a paso."""
    clause, values = scope_clause(caller, MEASUREMENT_READ, "a.dependencia_id", SCHEMA)
    scope = clause.format(*(f"${number}" for number in range(5, 5 + len(values))))
    row = await reader.fetchrow(
        f"{inputs(known)} AND {scope}", assignment, period_in_path(period).code, known.instant, known.today, *values
    )
    if row is None:
        raise NotFound
    inputs_of_formula = None
    if is_computed(row):
        found = await evaluated(reader, known, row["indicator"], row["dependencia_id"], row["plan"], row["period"])
        inputs_of_formula = found["inputs"]
    policy = await policy_of_reading(reader, known)
    return answer(request, json_bytes(explanation(row, policy, inputs_of_formula)))
