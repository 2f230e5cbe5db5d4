"""Writing assignments."""

from typing import Annotated

from fastapi import Request, Response

from services.indicators.assigning.schemas import AssignmentChanges, NewAssignmentBody
from services.indicators.assigning.writing import assign, change
from services.indicators.catalogue.listings import ONE_ASSIGNMENT
from services.indicators.catalogue.shapes import AssignmentOut
from services.indicators.permissions import TARGET_WRITE
from services.indicators.targets.keeping import writable_assignment
from services.indicators.work import Author, author_of, write_once
from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, etag_for, require_match
from services.kit.database import Connection, Session, raw
from services.kit.routing import router as feature_router

router = feature_router(tags=["indicators"])
Writes = Annotated[Caller, Requires(TARGET_WRITE)]


@router.post("/assignments", status_code=201, response_model=AssignmentOut)
async def assign_indicator(request: Request, session: Session, caller: Writes, body: NewAssignmentBody) -> Response:
    """Asigna un indicador a una dependencia en un plan, con su meta en cada período."""

    async def act(connection: Connection, author: Author) -> Response:
        code = await assign(connection, author, body)
        stored: str = await connection.fetchval(ONE_ASSIGNMENT, code)
        headers = {"Location": f"/api/v1/assignments/{code}", "ETag": etag_for(stored)}
        return Response(stored, 201, headers, JSON_TYPE)

    return await write_once(session, request, caller, body, act)


@router.patch("/assignments/{code}", response_model=AssignmentOut)
async def change_assignment(
    code: str, request: Request, session: Session, caller: Writes, body: AssignmentChanges
) -> Response:
    """Fija lo que el plan dejó abierto: frecuencia, tolerancia, peso, fuente, objetivo."""
    connection = await raw(session)
    owned = await writable_assignment(connection, caller, code)
    require_match(request, etag_for(await connection.fetchval(ONE_ASSIGNMENT, code)))
    await change(connection, author_of(request, caller), owned, body)
    stored: str = await connection.fetchval(ONE_ASSIGNMENT, code)
    return Response(stored, headers={"ETag": etag_for(stored)}, media_type=JSON_TYPE)
