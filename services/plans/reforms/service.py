"""Reforms of an approved plan: prepared, reviewed and applied in one transaction under a legal cause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from fastapi import Response
from pydantic import TypeAdapter

from services.kit.answers import JSON_TYPE, etag_for, json_bytes, require_match
from services.kit.problems import Conflict, FieldError, NotFound
from services.plans.domain.diff import is_empty
from services.plans.domain.lint import lint
from services.plans.domain.workflow import EDITABLE, REFORM_STEPS, REFORMABLE
from services.plans.duties import in_place_of, keep_apart
from services.plans.methodology.loading import load_content
from services.plans.methodology.verbs import agreed_verbs
from services.plans.permissions import PLAN_WRITE
from services.plans.problems import (
    ActMissing,
    LintErrors,
    NewVersionInBetween,
    PlanNotApproved,
    refused,
)
from services.plans.reading import item_text
from services.plans.reforms.applying import applied, keep_trace, previewed
from services.plans.reforms.ended import tell_owners
from services.plans.reforms.listing import one_reform
from services.plans.reforms.schemas import ChangeTarget, NewReform, Operation, ReformChange, as_documents
from services.plans.work import Work, locked_plan
from services.plans.workflow.schemas import Transition
from services.plans.workflow.service import checked_act, lawful_step, who_did
from services.plans.workflow.snapshots import freeze

OPERATIONS: TypeAdapter[list[Any]] = TypeAdapter(list[Operation])


class ReformNotInDraft(Conflict):
    code, title = "reform-not-in-draft", "La reforma no está en borrador"
    default_detail = "Solo se cambia una reforma en borrador u observada."


async def reformable_plan(work: Work, code: str) -> Any:
    """The plan, locked, when it can be reformed. Raises NotFound or PlanNotApproved."""
    plan = await locked_plan(work, code)
    if plan["status"] not in REFORMABLE:
        raise PlanNotApproved
    return plan


async def refuse_nothing_new(diff: Any, operations: Sequence[Any]) -> None:
    if is_empty(diff) and not any(isinstance(o, ChangeTarget) for o in operations):
        raise refused("/operations", "nothing-changes", "Las operaciones dejan el plan como está.")


async def preview_reform(work: Work, code: str, new: NewReform) -> Response:
    """What the reform would change and the findings it would leave; keeps nothing."""
    plan = await reformable_plan(work, code)
    await work.demand(plan["dependencia_id"], PLAN_WRITE)
    would = await previewed(work, plan, new.operations)
    verbs = await agreed_verbs(work.connection, work.today)
    body = {
        "plan_code": code,
        "base_version": plan["version"],
        "diff": would.diff,
        "findings": lint(would.content, verbs.folded),
        "ended_alignments": would.ended,
        "policy": verbs.policy,
    }
    return Response(json_bytes(body), 200, media_type=JSON_TYPE)


async def create_reform(work: Work, code: str, new: NewReform) -> Response:
    plan = await reformable_plan(work, code)
    await work.demand(plan["dependencia_id"], PLAN_WRITE)
    if new.cause == "exceptional" and new.authorization_act is None:
        detail = "El caso excepcional necesita la autorización previa (Norma Técnica, Art. 22, numeral 5)."
        raise refused("/authorization_act", "authorization-missing", detail)
    would = await previewed(work, plan, new.operations)
    await refuse_nothing_new(would.diff, new.operations)
    number: int = await work.connection.fetchval(
        """INSERT INTO plans.reforms (plan, number, cause, justification, authorization_act, status, base_version,
               operations, created_by, created_at)
           SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, 'draft', $5, $6::jsonb, $7, $8
           FROM plans.reforms WHERE plan = $1 RETURNING number""",
        code,
        new.cause,
        new.justification,
        new.authorization_act,
        plan["version"],
        msgspec.json.encode(as_documents(new.operations)).decode(),
        work.caller.subject,
        work.now,
    )
    work.record("plan.reform-created", code, {"reform": number, "cause": new.cause}, dependencia=plan["dependencia"])
    return await shown(work, code, number, 201)


async def locked_reform(work: Work, code: str, number: int) -> tuple[Any, Any]:
    """The plan and its reform, both locked. Raises NotFound or PlanNotApproved."""
    plan = await reformable_plan(work, code)
    reform = await work.connection.fetchrow(
        "SELECT *, operations::text AS written FROM plans.reforms WHERE plan = $1 AND number = $2 FOR UPDATE",
        code,
        number,
    )
    if reform is None:
        raise NotFound
    return plan, reform


def operations_of(reform: Any) -> list[Any]:
    return OPERATIONS.validate_python(msgspec.json.decode(reform["written"]))


async def change_reform(work: Work, code: str, number: int, change: ReformChange) -> Response:
    """Rewrites a reform in draft on the plan's current version."""
    plan, reform = await locked_reform(work, code, number)
    await work.demand(plan["dependencia_id"], PLAN_WRITE)
    require_match(work.request, etag_for(await item_text(work.connection, one_reform(work.caller, code, number))))
    if reform["status"] not in EDITABLE:
        raise ReformNotInDraft
    operations = operations_of(reform) if change.operations is None else change.operations
    would = await previewed(work, plan, operations)
    await refuse_nothing_new(would.diff, operations)
    await work.connection.execute(
        """UPDATE plans.reforms SET justification = coalesce($3, justification), operations = $4::jsonb,
               base_version = $5, revision = revision + 1 WHERE plan = $1 AND number = $2""",
        code,
        number,
        change.justification,
        msgspec.json.encode(as_documents(operations)).decode(),
        plan["version"],
    )
    work.record("plan.reform-changed", code, {"reform": number}, dependencia=plan["dependencia"])
    return await shown(work, code, number, 200)


async def refuse_new_errors(work: Work, plan: Any, operations: Sequence[Any]) -> None:
    """A reform may not add methodology errors; those the plan already had are not its fault. Raises LintErrors."""
    verbs = await agreed_verbs(work.connection, work.today)
    before = {(f.code, f.pointer) for f in lint(await load_content(work.connection, plan["code"]), verbs.folded)}
    would = await previewed(work, plan, operations)
    errors = [
        FieldError(f.pointer, f.code, f.detail)
        for f in lint(would.content, verbs.folded)
        if f.severity == "error" and (f.code, f.pointer) not in before
    ]
    if errors:
        raise LintErrors(errors=errors, extensions={"policy": verbs.policy})


async def take_reform_step(work: Work, code: str, number: int, transition: Transition) -> Response:
    """One transition of a reform; its approval applies it and freezes the new version."""
    plan, reform = await locked_reform(work, code, number)
    taken = await lawful_step(work, REFORM_STEPS, reform["status"], transition, plan["dependencia_id"])
    await keep_apart(work, plan["dependencia"], taken.permission, who_did(reform, transition.to))
    who = await in_place_of(work, plan["dependencia"], taken.permission)
    if transition.to in ("submitted", "validated", "approved") and reform["base_version"] != plan["version"]:
        raise NewVersionInBetween
    columns: dict[str, Any] = {}
    if transition.to == "submitted":
        await refuse_new_errors(work, plan, operations_of(reform))
        columns = {"submitted_by": work.caller.subject, "submitted_for": who}
        columns |= {"validated_by": None, "validated_for": None}
    elif transition.to == "validated":
        columns = {"validated_by": work.caller.subject, "validated_for": who}
    elif transition.to == "approved":
        columns = await approve_reform(work, plan, reform, transition)
    elif transition.to == "rejected":
        columns = {"decided_at": work.now}
    await move_reform(work, plan, reform, transition, columns)
    return await shown(work, code, number, 200)


def refuse_earlier_act(plan: Any, day: date) -> None:
    """Raises Refused for an act older than that of the version which it changes."""
    last: date | None = plan["approval_date"]
    if last is not None and day < last:
        detail = f"El acto que aprobó la versión {plan['version']} es del {last}; el de su reforma no es anterior."
        raise refused("/act/date", "act-out-of-order", detail)


async def approve_reform(work: Work, plan: Any, reform: Any, transition: Transition) -> dict[str, Any]:
    """Applies every operation, notes the trace and freezes the new version. Returns what the reform's row keeps."""
    if transition.act is None:
        raise ActMissing
    act = checked_act(plan["kind"], plan["dependencia"], transition.act, work.today)
    refuse_earlier_act(plan, act["date"])
    operations = operations_of(reform)
    diff = await applied(work, plan, operations)
    await keep_trace(work.connection, plan["code"], reform["number"], diff, operations)
    await tell_owners(work, plan["code"], reform["number"], diff)
    version = plan["version"] + 1
    await work.connection.execute(
        """UPDATE plans.plans SET version = $2, approval_body = $3, approval_act = $4, approval_date = $5,
               revision = revision + 1, updated_at = $6, updated_by = $7 WHERE code = $1""",
        plan["code"],
        version,
        act["body"],
        act["act"],
        act["date"],
        work.now,
        work.caller.subject,
    )
    approved = {**act, "by": work.caller.subject, "at": work.now}
    await freeze(work.connection, plan["code"], version, approved=approved, reform=reform["number"])
    return {
        "approved_by": work.caller.subject,
        "decided_at": work.now,
        "act_body": act["body"],
        "act_number": act["act"],
        "act_date": act["date"],
    }


async def move_reform(work: Work, plan: Any, reform: Any, transition: Transition, columns: dict[str, Any]) -> None:
    values = {"status": transition.to, **columns}
    settings = ", ".join(f"{name} = ${number}" for number, name in enumerate(values, 3))
    await work.connection.execute(
        f"UPDATE plans.reforms SET {settings}, revision = revision + 1 WHERE plan = $1 AND number = $2",
        reform["plan"],
        reform["number"],
        *values.values(),
    )
    await work.connection.execute(
        """INSERT INTO plans.reform_transitions (plan, reform, number, from_status, to_status, reason, actor,
               occurred_at)
           SELECT $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6, $7
           FROM plans.reform_transitions WHERE plan = $1 AND reform = $2""",
        reform["plan"],
        reform["number"],
        reform["status"],
        transition.to,
        transition.reason,
        work.caller.subject,
        work.now,
    )
    data: dict[str, Any] = {"reform": reform["number"], "from": reform["status"], "to": transition.to}
    if transition.to == "approved":
        data["version"] = plan["version"] + 1
        # What the indicators service needs to apply the targets and to say why they changed.
        data |= {"cause": reform["cause"], "approved_by": work.caller.subject}
        data["act"] = {"body": columns["act_body"], "number": columns["act_number"], "date": columns["act_date"]}
        data["targets"] = [
            {**o.model_dump(mode="json"), "operation": index}
            for index, o in enumerate(operations_of(reform))
            if isinstance(o, ChangeTarget)
        ]
    work.record(
        f"plan.reform-{transition.to}", plan["code"], data, dependencia=plan["dependencia"], reason=transition.reason
    )


async def shown(work: Work, code: str, number: int, status: int) -> Response:
    text = await item_text(work.connection, one_reform(work.caller, code, number))
    headers = {"ETag": etag_for(text), "Location": f"/api/v1/plans/{code}/reforms/{number}"}
    return Response(text, status, headers, media_type=JSON_TYPE)
