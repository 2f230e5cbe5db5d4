"""Policies of plans: every version is read, a new one is added by the planning office."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Path, Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, etag_for, require_match
from services.kit.database import Reader, Session
from services.kit.pages import Key, Listing, Page, instant
from services.kit.routing import router as feature_router
from services.kit.spelling import Day, InDigits
from services.plans.permissions import POLICY_READ, POLICY_WRITE
from services.plans.policies.adding import add_version
from services.plans.policies.rules import Kind
from services.plans.policies.schemas import NewVersion, PolicyOut, PolicyPage
from services.plans.reading import Codes, item_text, only
from services.plans.work import Work, perform

router = feature_router(tags=["policies"])
Reads = Annotated[Caller, Requires(POLICY_READ)]
Writes = Annotated[Caller, Requires(POLICY_WRITE, everywhere=True)]
Number = Annotated[int, Path(ge=1, le=100_000), InDigits]
CHOSEN = """(SELECT v.version FROM plans.policies v WHERE v.kind = p.kind AND {day} >= v.valid_from
    AND (v.valid_to IS NULL OR {day} <= v.valid_to) ORDER BY v.valid_from DESC, v.version DESC LIMIT 1)"""


def policy_listing(today: date) -> Listing:
    """Every version of every policy, newest first."""
    listing = Listing(
        columns={},
        source="plans.policies p",
        keys={"code": Key("p.code"), "version": Key("p.version", "integer"), "valid_from": Key("p.valid_from", "date")},
        order="code,-version",
        unique="code,version",
    )
    day = f"{listing.bind(today)}::date"
    listing.columns = {
        "code": "p.code",
        "version": "p.version",
        "kind": "p.kind",
        "rules": "p.rules",
        "valid_from": "p.valid_from",
        "valid_to": "p.valid_to",
        "in_force": f"coalesce(p.version = {CHOSEN.format(day=day)}, false)",
        "reason": "p.reason",
        "recorded_at": instant("p.recorded_at"),
        "recorded_by": "p.recorded_by",
    }
    return listing


@router.get("/plan-policies", response_model=PolicyPage)
async def list_plan_policies(
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    code: Codes = None,
    kind: Annotated[list[Kind] | None, Query()] = None,
    in_force_on: Annotated[Day | None, Query(description="Solo la versión que rige ese día")] = None,
) -> Response:
    """Verbos acordados, plazo de las reformas del PAC y semáforo de proyectos, con todas sus versiones."""
    listing = policy_listing(request.app.state.clock.today()).filter("p.code = ANY({}::text[])", code)
    listing.filter("p.kind = ANY({}::text[])", kind)
    if in_force_on is not None:
        listing.where(f"p.version = {CHOSEN.format(day=listing.bind(in_force_on) + '::date')}")
    return await listing.answer(reader, request, page)


@router.get("/plan-policies/{code}/{version}", response_model=PolicyOut)
async def read_plan_policy(code: str, version: Number, request: Request, reader: Reader, caller: Reads) -> Response:
    """Una versión de una política."""
    listing = policy_listing(request.app.state.clock.today()).where("p.code = {}", code)
    return await only(listing.where("p.version = {}", version), reader, request)


@router.post("/plan-policies/{code}", status_code=201, response_model=PolicyOut)
async def add_plan_policy_version(
    code: str, body: NewVersion, request: Request, session: Session, caller: Writes
) -> Response:
    """Añade una versión que rige desde su fecha. Con If-Match, solo si la última sigue siendo la leída."""

    async def act(work: Work) -> Response:
        def version_text(number: int) -> Listing:
            return policy_listing(work.today).where("p.code = {}", code).where("p.version = {}", number)

        async def guard(latest: int) -> None:
            if "if-match" in request.headers:
                require_match(request, etag_for(await item_text(work.connection, version_text(latest))))

        number = await add_version(work, code, body, guard)
        text = await item_text(work.connection, version_text(number))
        headers = {"ETag": etag_for(text), "Location": f"/api/v1/plan-policies/{code}/{number}"}
        return Response(text, 201, headers, media_type=JSON_TYPE)

    return await perform(session, request, caller, body, act)
