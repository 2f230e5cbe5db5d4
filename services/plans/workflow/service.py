"""Taking a plan one step further: lawful, by the right person, with what the step needs, recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fastapi import Response

from services.kit.answers import JSON_TYPE, etag_for
from services.kit.problems import FieldError
from services.plans.domain.content import IndicatorFact
from services.plans.domain.lint import lint
from services.plans.domain.workflow import PLAN_STEPS, Step, lawful_body
from services.plans.duties import in_place_of, keep_apart
from services.plans.folding import folded
from services.plans.methodology.loading import load_content
from services.plans.methodology.verbs import agreed_verbs
from services.plans.plans.listing import plan_listing
from services.plans.problems import (
    ActMissing,
    LintErrors,
    OpenObservations,
    OpenReforms,
    ParentNotApproved,
    ReasonMissing,
    UnlawfulTransition,
    WrongBody,
    refused,
)
from services.plans.reading import item_text
from services.plans.visibility import PUBLISHED
from services.plans.work import Work, locked_plan
from services.plans.workflow.schemas import Act, Transition
from services.plans.workflow.snapshots import freeze


async def lawful_step(
    work: Work, steps: Mapping[str, Mapping[str, Step]], current: str, transition: Transition, dependencia_id: int
) -> Step:
    """The step the caller may take. Raises UnlawfulTransition, Forbidden, ReasonMissing or ActMissing."""
    step = steps[current].get(transition.to)
    if step is None:
        raise UnlawfulTransition(current, transition.to, list(steps[current]))
    await work.demand(dependencia_id, step.permission)
    if step.needs == "reason" and transition.reason is None:
        raise ReasonMissing
    if step.needs == "act" and transition.act is None:
        raise ActMissing
    return step


# Who submits neither validates nor approves; who validates does not approve.
BEFORE = {"validated": ("submitted",), "approved": ("submitted", "validated")}


def who_did(record: Mapping[str, Any], to: str) -> list[str | None]:
    """Who took the steps of a plan or a reform that another person takes this one after, and in whose place."""
    return [record[f"{act}_{how}"] for act in BEFORE.get(to, ()) for how in ("by", "for")]


def checked_act(kind: str, dependencia: str, act: Act, today: date) -> dict[str, Any]:
    """The act with its body. Raises WrongBody, or Refused for an act of the future."""
    body = lawful_body(kind, dependencia)
    if act.body is not None and folded(act.body) != folded(body):
        raise WrongBody(body)
    if act.date > today:
        raise refused("/act/date", "act-in-the-future", "El acto no puede tener una fecha futura.")
    return {"body": body, "act": act.number, "date": act.date}


async def refuse_errors(work: Work, plan: str, indicators: Sequence[IndicatorFact] | None) -> None:
    """Raises LintErrors naming every finding of severity error. indicators: None when nobody could be asked."""
    content = await load_content(work.connection, plan, indicators)
    verbs = await agreed_verbs(work.connection, work.today)
    found = lint(content, verbs.folded)
    errors = [FieldError(f.pointer, f.code, f.detail) for f in found if f.severity == "error"]
    if errors:
        raise LintErrors(errors=errors, extensions={"policy": verbs.policy})


async def refuse_open_observations(work: Work, plan: str) -> None:
    open_ones = await work.connection.fetch(
        "SELECT id, pointer FROM plans.observations WHERE plan = $1 AND status <> 'resolved' ORDER BY id", plan
    )
    if open_ones:
        raise OpenObservations(extensions={"observations": [dict(row) for row in open_ones]})


async def refuse_open_reforms(work: Work, plan: str) -> None:
    """Of a closed plan nobody could decide them any more. Drafts of reforms are nobody's business yet."""
    rows = await work.connection.fetch(
        """SELECT number FROM plans.reforms WHERE plan = $1 AND status IN ('submitted', 'observed', 'validated')
           ORDER BY number""",
        plan,
    )
    if rows:
        raise OpenReforms(extensions={"reforms": [row["number"] for row in rows]})


async def refuse_unapproved_parent(work: Work, parent: str | None) -> None:
    status = await work.connection.fetchval("SELECT status FROM plans.plans WHERE code = $1", parent)
    if parent is not None and status not in PUBLISHED:
        raise ParentNotApproved(parent)


async def take_step(
    work: Work, code: str, transition: Transition, indicators: Sequence[IndicatorFact] | None = None
) -> Response:
    """One transition of a plan with everything it brings. Returns the plan as it now is.

    indicators: those of the plan, judged with it when it is submitted.
    """
    plan = await locked_plan(work, code)
    step = await lawful_step(work, PLAN_STEPS, plan["status"], transition, plan["dependencia_id"])
    await keep_apart(work, plan["dependencia"], step.permission, who_did(plan, transition.to))
    who = {"by": work.caller.subject, "for": await in_place_of(work, plan["dependencia"], step.permission)}
    if transition.to == "submitted":
        await refuse_errors(work, code, indicators)
        nobody = {"validated_by": None, "validated_for": None}
        await move(work, plan, transition, submitted_by=who["by"], submitted_for=who["for"], **nobody)
    elif transition.to == "validated":
        await refuse_open_observations(work, code)
        await move(work, plan, transition, validated_by=who["by"], validated_for=who["for"])
    elif transition.to == "approved":
        await approve(work, plan, transition)
    elif transition.to == "closed":
        await refuse_open_reforms(work, code)
        await move(work, plan, transition)
    elif transition.to == "rejected":
        await give_codes_back(work, code)
        await move(work, plan, transition)
    else:
        await move(work, plan, transition)
    text = await item_text(work.connection, plan_listing(work.caller).where("p.code = {}", code))
    return Response(text, 200, {"ETag": etag_for(text)}, media_type=JSON_TYPE)


async def give_codes_back(work: Work, plan: str) -> None:
    """What is rejected never came to be: the codes of its projects are free for another plan of the year."""
    await work.connection.execute(
        "UPDATE plans.project_owners SET code = NULL WHERE project IN (SELECT id FROM plans.projects WHERE plan = $1)",
        plan,
    )


async def approve(work: Work, plan: Any, transition: Transition) -> None:
    """Approval by the body the law names; freezes the first snapshot."""
    await refuse_open_observations(work, plan["code"])
    await refuse_unapproved_parent(work, plan["parent"])
    if transition.act is None:
        raise ActMissing
    act = checked_act(plan["kind"], plan["dependencia"], transition.act, work.today)
    version = plan["version"] + 1
    await move(
        work,
        plan,
        transition,
        version=version,
        approval_body=act["body"],
        approval_act=act["act"],
        approval_date=act["date"],
    )
    await freeze(work.connection, plan["code"], version, approved={**act, "by": work.caller.subject, "at": work.now})


async def move(work: Work, plan: Any, transition: Transition, **columns: Any) -> None:
    """Sets the status and whatever comes with it, and records the transition."""
    values = {"status": transition.to, "updated_at": work.now, "updated_by": work.caller.subject, **columns}
    settings = ", ".join(f"{name} = ${number}" for number, name in enumerate(values, 2))
    await work.connection.execute(
        f"UPDATE plans.plans SET {settings}, revision = revision + 1 WHERE code = $1", plan["code"], *values.values()
    )
    act = transition.act
    await work.connection.execute(
        """INSERT INTO plans.plan_transitions (plan, number, from_status, to_status, reason, act_body, act_number,
               act_date, version, actor, occurred_at)
           SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10
           FROM plans.plan_transitions WHERE plan = $1""",
        plan["code"],
        plan["status"],
        transition.to,
        transition.reason,
        columns.get("approval_body"),
        act.number if act else None,
        act.date if act else None,
        columns.get("version", plan["version"]),
        work.caller.subject,
        work.now,
    )
    data = {"from": plan["status"], "to": transition.to, "version": columns.get("version", plan["version"])}
    work.record(f"plan.{transition.to}", plan["code"], data, dependencia=plan["dependencia"], reason=transition.reason)
