"""Why does this exist, and who carries it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import answer, json_bytes
from services.kit.database import Pool, Reader
from services.kit.memory import forget
from services.kit.problems import NotFound
from services.kit.routing import router as feature_router
from services.plans.lineage.status import states_of
from services.plans.lineage.walking import walked
from services.plans.objectives.shapes import WalkOut
from services.plans.permissions import INTERNAL_READ, MEASUREMENT_READ, PLAN_READ
from services.plans.visibility import in_reach, merged_scopes

router = feature_router(tags=["alignment"])
Reads = Annotated[Caller, Requires(PLAN_READ, INTERNAL_READ)]
Expand = Annotated[list[Literal["status"]] | None, Query(description="`status`: estado de los indicadores")]


async def reached_by(reader: Pool, caller: Caller, dependencias: set[str | None]) -> set[str]:
    """Those of the dependencias whose measurements the caller reads."""
    clause, values = in_reach(merged_scopes(caller, (MEASUREMENT_READ, INTERNAL_READ)), "u.id")
    numbered = clause.format(*(f"${place}" for place in range(2, len(values) + 2)))
    rows = await reader.fetch(
        f"SELECT u.code FROM plans.org_units u WHERE u.code = ANY($1::text[]) AND ({numbered})",
        [code for code in dependencias if code is not None],
        *values,
    )
    return {row["code"] for row in rows}


async def walk_answer(
    request: Request, reader: Reader, caller: Caller, code: str, expand: list[Any] | None, *, up: bool
) -> Response:
    """The walk with, when asked, each objective's state. Raises NotFound."""
    walk = await walked(reader, caller, code, up=up)
    if not walk["nodes"]:
        raise NotFound
    walk["unavailable"] = []
    if expand:
        forget(request.scope)
        plans = sorted({node["plan"] for node in walk["nodes"]})
        states = await states_of(request.app.state.clients["indicators"], plans)
        if states is None:
            walk["unavailable"] = ["indicators"]
        # Plans are everybody's to read, measurements are not: asked as this service, told as the caller.
        shown = await reached_by(reader, caller, {node["dependencia"] for node in walk["nodes"]})
        for node in walk["nodes"]:
            told = node["dependencia"] in shown
            node["status"] = states.get(node["code"]) if states is not None and told else None
    return answer(request, json_bytes(walk))


@router.get("/objectives/{code}/lineage", response_model=WalkOut)
async def read_lineage(code: str, request: Request, reader: Reader, caller: Reads, expand: Expand = None) -> Response:
    """Hacia arriba: por qué existe el objetivo (o la estrategia)."""
    return await walk_answer(request, reader, caller, code, expand, up=True)


@router.get("/objectives/{code}/cascade", response_model=WalkOut)
async def read_cascade(code: str, request: Request, reader: Reader, caller: Reads, expand: Expand = None) -> Response:
    """Hacia abajo: quién lo lleva, hasta el nivel operativo."""
    return await walk_answer(request, reader, caller, code, expand, up=False)


@router.get("/strategies/{code}/cascade", response_model=WalkOut)
async def read_strategy_cascade(
    code: str, request: Request, reader: Reader, caller: Reads, expand: Expand = None
) -> Response:
    """Quién lleva una estrategia."""
    return await walk_answer(request, reader, caller, code, expand, up=False)
