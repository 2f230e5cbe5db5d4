"""Explanations."""

from typing import Annotated

from fastapi import Depends, Request, Response

from services.indicators.explaining.cells import explanation, inputs, is_computed
from services.indicators.filters import SCHEMA, period_in_path
from services.indicators.measurements.knowledge import Knowledge, knowledge
from services.indicators.permissions import MEASUREMENT_READ
from services.indicators.policies.repository import policy_in_force
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


@router.get("/measurements/{assignment}/{period}/explain")
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
    policy = await policy_in_force(reader, known.instant)
    return answer(request, json_bytes(explanation(row, policy, inputs_of_formula)))
