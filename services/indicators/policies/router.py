"""Scoring policies, and what a card would say under another one."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response

from services.indicators.filters import SCHEMA, Codes
from services.indicators.measurements.knowledge import Knowledge, knowledge
from services.indicators.permissions import MEASUREMENT_READ, POLICY_READ, POLICY_WRITE
from services.indicators.policies.repository import add_version
from services.indicators.policies.schemas import PolicyBody
from services.indicators.policies.shapes import AddedScoringPolicyOut, ScoringPolicyOut, ScoringPolicyPage
from services.indicators.scorecards.live import CardQuestion, live_card
from services.indicators.scorecards.shapes import CardOut
from services.indicators.scorecards.statement import Card, Scope
from services.indicators.work import Author, seal_as, write_once
from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, json_bytes
from services.kit.database import Connection, Reader, Session
from services.kit.pages import Key, Listing, Page, instant
from services.kit.routing import router as feature_router
from services.kit.spelling import InDigits
from services.kit.writing import Event

router = feature_router(tags=["policies"])
Reads = Annotated[Caller, Requires(POLICY_READ)]
ReadsCells = Annotated[Caller, Requires(MEASUREMENT_READ)]
Writes = Annotated[Caller, Requires(POLICY_WRITE, everywhere=True)]
Known = Annotated[Knowledge, Depends(knowledge)]
Code = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{2,60}$")]
PREVIEW = "what-if"


def policy_listing() -> Listing:
    """Every version of every policy, newest first."""
    return Listing(
        columns={
            "code": "p.code",
            "version": "p.version",
            "name": "p.name",
            "bands": "p.bands",
            "cap": "p.cap::text",
            "rules": "p.rules",
            "reason": "p.reason",
            "recorded_at": instant("p.recorded_at"),
            "recorded_by": "p.recorded_by",
            "in_force": f"p.version = (SELECT max(v.version) FROM {SCHEMA}.policies v WHERE v.code = p.code)",
        },
        source=f"{SCHEMA}.policies p",
        keys={"code": Key("p.code"), "version": Key("p.version", "integer")},
        order="code,-version",
        unique="code,version",
    )


@router.get("/policies", response_model=ScoringPolicyPage)
async def list_policies(request: Request, reader: Reader, caller: Reads, page: Page, code: Codes = None) -> Response:
    """Políticas de semaforización, todas sus versiones."""
    return await policy_listing().filter("p.code = ANY({}::text[])", code).answer(reader, request, page)


@router.get("/policies/{code}/{version}", response_model=ScoringPolicyOut)
async def read_policy(
    code: str,
    version: Annotated[int, Path(ge=1, le=100_000), InDigits],
    request: Request,
    reader: Reader,
    caller: Reads,
) -> Response:
    """Una versión de una política."""
    return await policy_listing().where("p.code = {}", code).where("p.version = {}", version).one(reader, request)


@router.post("/policies/{code}", status_code=201, response_model=AddedScoringPolicyOut)
async def add_policy_version(
    code: Code, request: Request, session: Session, caller: Writes, body: PolicyBody
) -> Response:
    """Una nueva versión; rige desde ahora y no cambia lo que se leyó antes."""

    async def act(connection: Connection, author: Author) -> Response:
        document = body.document(code)
        version, rules = await add_version(connection, document, author.now, caller.subject)
        target, detail = f"policies/{code}/{version}", {"code": code, "version": version}
        event = Event("policy.changed", target, detail)
        await seal_as(connection, author, "policy.add-version", target, event, reason=body.reason, detail=detail)
        return Response(
            json_bytes({**document, "rules": rules, "version": version}),
            201,
            {"Location": f"/api/v1/{target}"},
            JSON_TYPE,
        )

    return await write_once(session, request, caller, body, act)


@router.post("/policies/{code}/what-if/{dependencia}", response_model=CardOut, openapi_extra={"x-safe": True})
async def preview_policy(
    code: Code,
    dependencia: str,
    request: Request,
    reader: Reader,
    caller: ReadsCells,
    known: Known,
    body: PolicyBody,
    plan: Annotated[str, Query(max_length=100)],
    period: Annotated[str, Query(max_length=20)],
    scope: Scope = "own",
) -> Response:
    """El tablero con otra política, sin guardar nada."""
    question = CardQuestion(dependencia, plan, period, scope)
    card = Card(body.policy(f"{PREVIEW}:{code}", 0), known)
    return Response(await live_card(reader, caller, question, card), media_type=JSON_TYPE)
