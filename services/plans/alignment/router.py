"""What serves what: the alignment graph of a plan."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import answer
from services.kit.database import Reader
from services.kit.routing import router as feature_router
from services.plans.alignment.graph import alignment_graph
from services.plans.objectives.shapes import AlignmentOut
from services.plans.permissions import INTERNAL_READ, PLAN_READ
from services.plans.plans.listing import plan_listing
from services.plans.reading import AsOf, only

router = feature_router(tags=["alignment"])
Reads = Annotated[Caller, Requires(PLAN_READ, INTERNAL_READ)]


@router.get("/plans/{code}/alignment", response_model=AlignmentOut)
async def read_alignment(code: str, request: Request, reader: Reader, caller: Reads, as_of: AsOf = None) -> Response:
    """El grafo de alineación: nodos por capas, aristas hacia arriba y lo que quedó suelto."""
    await only(plan_listing(caller).where("p.code = {}", code), reader, request)
    return answer(request, await alignment_graph(reader, code, as_of))
