"""One review act, inside one transaction."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from services.indicators.domain.review import Action, lawful_sources, result_of
from services.indicators.filters import SCHEMA
from services.indicators.locking import lock_dependencias
from services.indicators.permissions import (
    MEASUREMENT_APPROVE,
    MEASUREMENT_READ,
    MEASUREMENT_RETURN,
    MEASUREMENT_SUBMIT,
)
from services.indicators.reviews.problems import DETAILS, NothingReviewed, ReasonMissing
from services.indicators.reviews.schemas import ReviewRequest
from services.indicators.reviews.statements import REVIEW
from services.kit.access import Caller
from services.kit.auditing import in_place_of
from services.kit.database import Connection
from services.kit.organisation import resolve_code
from services.kit.problems import FieldError, Forbidden, NotFound
from services.kit.scope import reaches
from services.kit.writing import Audit, Event, seal

PERMISSION = {
    Action.SUBMIT: MEASUREMENT_SUBMIT,
    Action.RETURN: MEASUREMENT_RETURN,
    Action.APPROVE: MEASUREMENT_APPROVE,
}


@dataclass(frozen=True, slots=True)
class Act:
    """Who reviews what, and when."""

    caller: Caller
    request: ReviewRequest
    period: str
    now: datetime
    request_id: str | None


async def review(connection: Connection, act: Act) -> bytes:
    """Carry out the act and return its row-level result as JSON.

    Raises NotFound for an invisible dependencia, Forbidden without the action's permission on it, ReasonMissing,
    and NothingReviewed when no cell took the action.
    """
    wanted = act.request
    if wanted.action is Action.RETURN and not (wanted.reason and wanted.reason.strip()):
        raise ReasonMissing(errors=[FieldError("/reason", ReasonMissing.code, ReasonMissing.default_detail)])
    dependencia = await _reviewable(connection, act.caller, wanted)
    await lock_dependencias(connection, [dependencia])
    permission = PERMISSION[wanted.action]
    holder = await in_place_of(connection, SCHEMA, act.caller, wanted.dependencia, permission)
    row = await connection.fetchrow(
        REVIEW,
        dependencia,
        act.period,
        wanted.plan,
        wanted.assignments,
        sorted(state.value for state in lawful_sources(wanted.action)),
        result_of(wanted.action).value,
        act.caller.subject,
        act.now,
        wanted.reason,
        wanted.action.value,
        list(DETAILS),
        list(DETAILS.values()),
        [act.caller.subject, *([holder] if holder is not None else [])],
        holder,
    )
    if row is None:
        raise RuntimeError("the reviewing statement always returns one row")
    document = {
        "action": wanted.action.value,
        "dependencia": wanted.dependencia,
        "period": act.period,
        "reviewed": row["reviewed"],
        "rejected": row["rejected"],
        "rows": msgspec.Raw(row["rows"].encode()),
    }
    if not row["reviewed"]:
        raise NothingReviewed(extensions=document)
    await _record(connection, act, document, row["plans"])
    return msgspec.json.encode(document)


async def _reviewable(connection: Connection, caller: Caller, wanted: ReviewRequest) -> int:
    found = await resolve_code(connection, SCHEMA, wanted.dependencia)
    if found is None or not await reaches(connection, caller, MEASUREMENT_READ, found, SCHEMA):
        raise NotFound
    if not await reaches(connection, caller, PERMISSION[wanted.action], found, SCHEMA):
        raise Forbidden
    return found


async def _record(connection: Connection, act: Act, document: dict[str, object], plans: str) -> None:
    wanted = act.request
    groups = [
        {"dependencia": wanted.dependencia, "plan": plan, "periods": [act.period]}
        for plan in msgspec.json.decode(plans, type=list[str])
    ]
    event = Event(
        "measurements.reviewed",
        wanted.dependencia,
        {"action": wanted.action.value, "groups": groups},
        dependencia=wanted.dependencia,
    )
    audit = Audit(
        act.caller.subject,
        f"review.{wanted.action.value}",
        f"measurements/{wanted.dependencia}/{act.period}",
        dependencia=wanted.dependencia,
        request_id=act.request_id,
        reason=wanted.reason,
        detail={"reviewed": document["reviewed"], "rejected": document["rejected"]},
    )
    await seal(connection, SCHEMA, now=act.now, events=[event], audit=[audit])
