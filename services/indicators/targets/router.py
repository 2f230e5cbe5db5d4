"""Targets and baselines."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.indicators.domain.numbers import written
from services.indicators.filters import (
    Codes,
    Subtree,
    of_dependencia,
    period_in_body,
    period_in_path,
)
from services.indicators.permissions import ASSIGNMENT_READ, INTERNAL_READ, TARGET_WRITE
from services.indicators.targets.closing import close_or_reopen
from services.indicators.targets.keeping import writable_assignment
from services.indicators.targets.listings import ONE_TARGET, finding_listing, history_listing, target_listing
from services.indicators.targets.rebaselining import rebaseline
from services.indicators.targets.schemas import BaselineBody, ClosureBody, TargetBody
from services.indicators.targets.setting import set_target
from services.indicators.targets.shapes import (
    BaselineOut,
    ClosureOut,
    TargetFindingPage,
    TargetOut,
    TargetPage,
    TargetVersionPage,
)
from services.indicators.work import Author, author_of, write_once
from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, etag_for, json_bytes, require_match
from services.kit.database import Connection, Reader, Session, raw
from services.kit.pages import Page
from services.kit.routing import router as feature_router

router = feature_router(tags=["targets"])
Reads = Annotated[Caller, Requires(ASSIGNMENT_READ, INTERNAL_READ)]
Writes = Annotated[Caller, Requires(TARGET_WRITE)]
FindingCode = Annotated[list[str] | None, Query(max_length=60)]


@router.get("/targets", response_model=TargetPage)
async def list_targets(
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    assignment: Codes = None,
    plan: Codes = None,
    dependencia: Codes = None,
    subtree: Subtree = False,
    kind: Codes = None,
    closed: bool | None = None,
) -> Response:
    """Metas por período, con el nivel que piden."""
    listing = target_listing(caller).filter("a.code = ANY({}::text[])", assignment)
    listing.filter("a.plan = ANY({}::text[])", plan).filter("t.kind = ANY({}::text[])", kind)
    of_dependencia(listing, "a.dependencia_id", dependencia, subtree)
    return await listing.filter("t.closed = {}", closed).answer(reader, request, page)


@router.get("/targets/findings", response_model=TargetFindingPage)
async def list_target_findings(
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    plan: Codes = None,
    dependencia: Codes = None,
    subtree: Subtree = False,
    code: FindingCode = None,
) -> Response:
    """Hallazgos sobre las metas: ambiguas, sin nivel, faltantes, o que no suman la anual."""
    listing = finding_listing(caller).filter("f.plan = ANY({}::text[])", plan)
    listing.filter("f.code = ANY({}::text[])", code)
    of_dependencia(listing, "f.dependencia_id", dependencia, subtree)
    return await listing.answer(reader, request, page)


@router.get("/targets/{assignment}/{period}", response_model=TargetOut)
async def read_target(assignment: str, period: str, request: Request, reader: Reader, caller: Reads) -> Response:
    """La meta de un período."""
    listing = target_listing(caller).where("a.code = {}", assignment)
    return await listing.where("t.period = {}", period_in_path(period).code).one(reader, request)


@router.get("/targets/{assignment}/{period}/history", response_model=TargetVersionPage)
async def read_target_history(
    assignment: str, period: str, request: Request, reader: Reader, caller: Reads, page: Page
) -> Response:
    """Las versiones de una meta, con el motivo y la reforma de cada una."""
    code = period_in_path(period).code
    await target_listing(caller).where("a.code = {}", assignment).where("t.period = {}", code).one(reader, request)
    listing = history_listing(caller).where("a.code = {}", assignment).where("t.period = {}", code)
    return await listing.answer(reader, request, page)


@router.put(
    "/targets/{assignment}/{period}",
    response_model=TargetOut,
    responses={201: {"model": TargetOut, "description": "El período no tenía meta"}},
)
async def set_period_target(
    assignment: str, period: str, request: Request, session: Session, caller: Writes, body: TargetBody
) -> Response:
    """Fija la meta de un período; la anterior se conserva. Con If-Match: *, o el ETag leído, si ya existe."""
    connection = await raw(session)
    within = period_in_path(period)
    author = author_of(request, caller)
    owned = await writable_assignment(connection, caller, assignment)
    key = (owned["dependencia_id"], owned["id"], within.code)
    before: str | None = await connection.fetchval(ONE_TARGET, *key)
    if before is not None:
        require_match(request, etag_for(before))
    await set_target(connection, author, owned, within, body)
    after: str = await connection.fetchval(ONE_TARGET, *key)
    return Response(after, 200 if before else 201, {"ETag": etag_for(after)}, JSON_TYPE)


@router.post("/targets/closures", response_model=ClosureOut)
async def close_or_reopen_targets(request: Request, session: Session, caller: Writes, body: ClosureBody) -> Response:
    """Cierra o reabre las metas de un plan, con su motivo."""

    async def act(connection: Connection, author: Author) -> Response:
        changed = await close_or_reopen(connection, author, body)
        return Response(json_bytes({**body.model_dump(mode="json"), "changed": changed}), media_type=JSON_TYPE)

    return await write_once(session, request, caller, body, act)


@router.post("/assignments/{code}/baseline", response_model=BaselineOut)
async def set_baseline(code: str, request: Request, session: Session, caller: Writes, body: BaselineBody) -> Response:
    """Fija otra línea base; las metas abiertas que parten de ella se recalculan."""
    period = period_in_body(body.period)

    async def act(connection: Connection, author: Author) -> Response:
        owned = await writable_assignment(connection, caller, code)
        recomputed = await rebaseline(connection, author, owned, period, body)
        told = {
            "assignment": code,
            **body.model_dump(mode="json"),
            "value": written(body.value),
            "targets_recomputed": recomputed,
        }
        return Response(json_bytes(told), media_type=JSON_TYPE)

    return await write_once(session, request, caller, body, act)
