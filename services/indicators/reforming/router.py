"""What became of the targets that reforms of plans asked to change."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel

from services.indicators.filters import SCHEMA, Codes, Subtree, of_dependencia
from services.indicators.permissions import ASSIGNMENT_READ, INTERNAL_READ, reading_as
from services.kit.access import Caller, Requires
from services.kit.database import Reader
from services.kit.pages import Key, Listing, Page, instant
from services.kit.routing import router as feature_router
from services.kit.scope import scope_clause
from services.kit.shapes import Listed
from services.kit.spelling import Digits

router = feature_router(tags=["targets"])
Reads = Annotated[Caller, Requires(ASSIGNMENT_READ, INTERNAL_READ)]
Outcome = Literal["applied", "refused"]


class ReformAct(BaseModel):
    body: str | None
    number: str
    date: str


class ReformedTarget(BaseModel):
    """before: value of the version it replaced; code and detail: why it was refused."""

    plan: str
    reform: int
    operation: int
    assignment: str
    dependencia: str | None
    period: str
    value: str
    value_to: str | None
    kind: str | None
    before: str | None
    outcome: Outcome
    code: str | None
    detail: str | None
    version: int | None
    cause: str | None
    act: ReformAct | None
    approved_by: str | None
    recorded_at: datetime


class ReformedTargetPage(Listed[ReformedTarget]):
    pass


def reformed_listing(caller: Caller) -> Listing:
    """Targets asked for by reforms, in the caller's reach; those of unknown assignments for who reads everything."""
    listing = Listing(
        columns={
            "plan": "r.plan",
            "reform": "r.reform",
            "operation": "r.operation",
            "assignment": "r.assignment",
            "dependencia": "u.code",
            "period": "r.period",
            "value": "r.asked->>'value'",
            "value_to": "r.asked->>'value_to'",
            "kind": "coalesce(now_set.kind, r.asked->>'kind')",
            "before": "replaced.value::text",
            "outcome": "r.outcome",
            "code": "r.code",
            "detail": "r.detail",
            "version": "r.target_version",
            "cause": "r.cause",
            "act": "r.act",
            "approved_by": "r.approved_by",
            "recorded_at": instant("r.recorded_at"),
        },
        source=f"{SCHEMA}.reformed_targets r LEFT JOIN {SCHEMA}.org_units u ON u.id = r.dependencia_id",
        keys={
            "plan": Key("r.plan"),
            "reform": Key("r.reform", "integer"),
            "operation": Key("r.operation", "integer"),
        },
        order="plan,reform,operation",
        unique="plan,reform,operation",
        shown_from=f"""FROM (SELECT 1) one
            LEFT JOIN {SCHEMA}.target_revisions replaced ON replaced.dependencia_id = r.dependencia_id
                AND replaced.assignment_id = r.assignment_id AND replaced.period = r.period
                AND replaced.version = r.target_version - 1
            LEFT JOIN {SCHEMA}.targets now_set ON now_set.dependencia_id = r.dependencia_id
                AND now_set.assignment_id = r.assignment_id AND now_set.period = r.period
                AND now_set.version = r.target_version""",
    )
    clause, values = scope_clause(caller, reading_as(caller, ASSIGNMENT_READ), "r.dependencia_id", SCHEMA)
    return listing.where(clause, *values)


@router.get("/targets/reforms", response_model=ReformedTargetPage)
async def list_reformed_targets(
    request: Request,
    reader: Reader,
    caller: Reads,
    page: Page,
    plan: Codes = None,
    reform: Annotated[list[Digits] | None, Query(description="Número de la reforma")] = None,
    assignment: Codes = None,
    dependencia: Codes = None,
    subtree: Subtree = False,
    outcome: Annotated[list[Outcome] | None, Query()] = None,
) -> Response:
    """Metas que una reforma aprobada pidió cambiar: aplicadas, o rechazadas con su motivo."""
    listing = reformed_listing(caller).filter("r.plan = ANY({}::text[])", plan)
    listing.filter("r.reform = ANY({}::int[])", reform).filter("r.assignment = ANY({}::text[])", assignment)
    of_dependencia(listing, "r.dependencia_id", dependencia, subtree)
    return await listing.filter("r.outcome = ANY({}::text[])", outcome).answer(reader, request, page)
