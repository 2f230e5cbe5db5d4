"""Workflow of plans: transitions, approved versions, and what changed between two of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from services.kit.access import Caller, Requires
from services.kit.answers import answer, json_bytes
from services.kit.database import Reader, Session
from services.kit.pages import Key, Listing, Page, instant
from services.kit.problems import FieldError, Invalid, NotFound
from services.kit.routing import router as feature_router
from services.kit.spelling import Digits, InDigits
from services.plans.domain.diff import difference
from services.plans.methodology.indicators import indicators_of
from services.plans.permissions import INTERNAL_READ, PLAN_APPROVE, PLAN_READ, PLAN_SUBMIT, PLAN_VALIDATE
from services.plans.plans.listing import plan_listing
from services.plans.plans.shapes import DiffOut, PlanOut, PlanTransitionPage, PlanVersionPage, SnapshotOut
from services.plans.reading import only
from services.plans.work import perform
from services.plans.workflow.schemas import Transition
from services.plans.workflow.service import take_step
from services.plans.workflow.snapshots import content_of, frozen, parsed

router = feature_router(tags=["workflow"])
Reads = Annotated[Caller, Requires(PLAN_READ, INTERNAL_READ)]
Moves = Annotated[Caller, Requires(PLAN_SUBMIT, PLAN_VALIDATE, PLAN_APPROVE)]


class UnknownVersion(Invalid):
    code, title = "unknown-version", "Versión desconocida"


@router.post("/plans/{code}/transitions", response_model=PlanOut)
async def take_transition(code: str, body: Transition, request: Request, session: Session, caller: Moves) -> Response:
    """Lleva el plan a otro estado; responde el plan."""
    indicators = None
    if body.to == "submitted":
        # Asked before the plan is locked. A plan is not held up because another service is down.
        indicators = await indicators_of(request.app.state.clients["indicators"], code, attempts=1)
    return await perform(session, request, caller, body, lambda work: take_step(work, code, body, indicators))


@router.get("/plans/{code}/transitions", response_model=PlanTransitionPage)
async def list_transitions(code: str, request: Request, reader: Reader, caller: Reads, page: Page) -> Response:
    """El recorrido del plan: quién, cuándo, por qué y con qué acto."""
    await only(plan_listing(caller).where("p.code = {}", code), reader, request)
    listing = Listing(
        columns={
            "number": "t.number",
            "from": "t.from_status",
            "to": "t.to_status",
            "reason": "t.reason",
            "act": """CASE WHEN t.act_number IS NULL THEN NULL ELSE
                json_build_object('body', t.act_body, 'number', t.act_number, 'date', t.act_date) END""",
            "version": "t.version",
            "actor": "t.actor",
            "occurred_at": instant("t.occurred_at"),
        },
        source="plans.plan_transitions t",
        keys={"number": Key("t.number", "integer")},
        order="number",
        unique="number",
    )
    return await listing.where("t.plan = {}", code).answer(reader, request, page)


@router.get("/plans/{code}/versions", response_model=PlanVersionPage)
async def list_versions(code: str, request: Request, reader: Reader, caller: Reads, page: Page) -> Response:
    """Las versiones aprobadas, de la primera a la última."""
    await only(plan_listing(caller).where("p.code = {}", code), reader, request)
    listing = Listing(
        columns={
            "version": "v.version",
            "sha256": "v.sha256",
            "reform": "v.reform",
            "approval": "json_build_object('body', v.approval_body, 'act', v.approval_act, 'date', v.approval_date)",
            "approved_by": "v.approved_by",
            "approved_at": instant("v.approved_at"),
        },
        source="plans.plan_versions v",
        keys={"version": Key("v.version", "integer")},
        order="version",
        unique="version",
    )
    return await listing.where("v.plan = {}", code).answer(reader, request, page)


@router.get("/plans/{code}/versions/{version}", response_model=SnapshotOut)
async def read_version(code: str, version: Digits, request: Request, reader: Reader, caller: Reads) -> Response:
    """El contenido aprobado de una versión, byte por byte."""
    await only(plan_listing(caller).where("p.code = {}", code), reader, request)
    text = await frozen(reader, code, version) if 0 < version < 2**31 else None
    if text is None:
        raise NotFound
    return answer(request, text)


@router.get("/plans/{code}/diff", response_model=DiffOut)
async def read_diff(
    code: str,
    request: Request,
    reader: Reader,
    caller: Reads,
    from_: Annotated[int, Query(alias="from", ge=1, le=100_000), InDigits],
    to: Annotated[int | None, Query(ge=1, le=100_000, description="Sin él, el contenido actual"), InDigits] = None,
) -> Response:
    """Qué cambió entre dos versiones, por identidad y campo a campo."""
    await only(plan_listing(caller).where("p.code = {}", code), reader, request)
    texts = {}
    for name, version in (("from", from_), ("to", to)):
        texts[name] = await content_of(reader, code) if version is None else await frozen(reader, code, version)
        if texts[name] is None:
            detail = f"{code} no tiene versión {version}."
            raise UnknownVersion(detail, errors=[FieldError(f"query/{name}", UnknownVersion.code, detail)])
    before, after = (parsed(text or "") for text in texts.values())
    return answer(request, json_bytes({"plan_code": code, "from": from_, "to": to, **difference(before, after)}))
