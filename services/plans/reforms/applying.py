"""Applying a reform's operations to the plan, all or none, and noting what each of them changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from services.kit.database import Connection
from services.kit.problems import FieldError, Invalid, NotFound, Problem
from services.plans.domain.content import PlanContent
from services.plans.domain.diff import IDENTITY, KINDS, difference
from services.plans.editing import applying
from services.plans.methodology.loading import load_content
from services.plans.problems import Refused, refused
from services.plans.reforms.ended import ended_alignments
from services.plans.reforms.schemas import (
    AddObjective,
    AddProject,
    AddStrategy,
    ChangeObjective,
    ChangeProject,
    ChangeStrategy,
    ChangeTarget,
    EndObjective,
)
from services.plans.tracking.projects import insert_project, update_project
from services.plans.work import Work
from services.plans.workflow.snapshots import content_of, parsed


class Undo(Exception):
    """Leaves a savepoint without keeping what was done inside."""


async def apply_operation(work: Work, plan: Mapping[str, Any], operation: Any) -> None:
    """One operation. Raises the problem of what it would break."""
    match operation:
        case AddObjective(objective=new):
            refuse_other_plan(plan, new.plan)
            await applying.add_objective(work, plan, new)
        case ChangeObjective(code=code, changes=changes):
            await applying.change_objective(work, plan, code, changes.model_dump(exclude_unset=True))
        case EndObjective(code=code, on=on):
            await end_objective(work, plan, code, on)
        case AddStrategy(strategy=new):
            refuse_other_plan(plan, new.plan)
            await applying.add_strategy(work, plan, new)
        case ChangeStrategy(code=code, changes=changes):
            await applying.change_strategy(work, plan, code, changes.model_dump(exclude_unset=True))
        case AddProject(project=project):
            refuse_other_plan(plan, project.plan)
            await insert_project(work, plan, project)
        case ChangeProject(code=code, changes=changes):
            await change_project(work, plan, code, changes.model_dump(exclude_unset=True))
        case ChangeTarget(period=period):
            refuse_other_years(plan, period)


def refuse_other_plan(plan: Mapping[str, Any], named: str) -> None:
    if named != plan["code"]:
        raise refused("/plan", "other-plan", f"La operación nombra {named} y la reforma es de {plan['code']}.")


def refuse_other_years(plan: Mapping[str, Any], period: str) -> None:
    if not plan["period_from"].year <= int(period[:4]) <= plan["period_to"].year:
        detail = f"{period} está fuera del plan: del {plan['period_from']} al {plan['period_to']}."
        raise refused("/period", "outside-plan-period", detail)


def refuse_repeated_targets(operations: Sequence[Any]) -> None:
    """Two numbers for one target of one period: which of them counts is not for a machine to say."""
    seen: set[tuple[str, str]] = set()
    for index, o in enumerate(operations):
        if isinstance(o, ChangeTarget):
            if (o.assignment, o.period) in seen:
                detail = f"La meta de {o.assignment} en {o.period} ya consta en otra operación. Deje una."
                raise refused(f"/operations/{index}", "target-repeated", detail)
            seen.add((o.assignment, o.period))


async def change_project(work: Work, plan: Mapping[str, Any], project: str, changes: Mapping[str, Any]) -> None:
    """Sets the committed facts of a project of this plan. Raises NotFound."""
    row = await work.connection.fetchrow(
        "SELECT * FROM plans.projects WHERE id = $1 AND plan = $2 FOR UPDATE", project, plan["code"]
    )
    if row is None:
        raise NotFound
    await update_project(work, dict(row), changes, plan["period_from"])


async def end_objective(work: Work, plan: Mapping[str, Any], code: str, on: date) -> None:
    """Ends an objective and, with it, its strategies in this plan (they live as long as it does).

    A strategy that another plan adds to it is that plan's, approved with it and ended by a reform of its own.
    """
    await applying.change_objective(work, plan, code, {"valid_to": on})
    later = await work.connection.fetch(
        "SELECT code FROM plans.strategies WHERE objective = $1 AND plan = $2 AND valid_from > $3 ORDER BY ordinal",
        code,
        plan["code"],
        on,
    )
    if later:
        named = ", ".join(row["code"] for row in later[:10])
        raise refused("/on", "date-hole", f"Empiezan después del {on}: {named}. Cambie antes su vigencia.")
    await work.connection.execute(
        """UPDATE plans.strategies SET valid_to = $3, revision = revision + 1, updated_at = $4, updated_by = $5
           WHERE objective = $1 AND plan = $2 AND valid_to > $3""",
        code,
        plan["code"],
        on,
        work.now,
        work.caller.subject,
    )


# Where the members of an operation stand that a refusal names as those of what it adds or changes.
WITHIN: Mapping[type[Any], str] = {
    AddObjective: "/objective",
    AddStrategy: "/strategy",
    AddProject: "/project",
    ChangeObjective: "/changes",
    ChangeStrategy: "/changes",
    ChangeProject: "/changes",
}


def place_of(index: int, operation: Any, pointer: str) -> str:
    """JSON pointer into the reform's body of what an operation refused."""
    if isinstance(operation, EndObjective):
        return f"/operations/{index}/on"
    return f"/operations/{index}{WITHIN.get(type(operation), '')}{pointer}"


async def apply_all(work: Work, plan: Mapping[str, Any], operations: Sequence[Any]) -> None:
    """Every operation in order, then every rule on the result. Raises Refused with the place of each refusal."""
    refuse_repeated_targets(operations)
    async with applying.judged(work, plan["code"]):
        for index, operation in enumerate(operations):
            try:
                await apply_operation(work, plan, operation)
            except NotFound as error:
                detail = f"No existe «{operation.code}» en {plan['code']}."
                raise refused(f"/operations/{index}/code", "unknown-code", detail) from error
            except Invalid as error:
                raise Refused(
                    [FieldError(place_of(index, operation, e.pointer), e.code, e.detail) for e in error.errors]
                ) from error
            except Problem as error:
                raise refused(f"/operations/{index}", error.code, error.detail) from error


async def applied(work: Work, plan: Mapping[str, Any], operations: Sequence[Any]) -> dict[str, Any]:
    """Applies every operation and returns the diff they made. Raises Refused."""
    before = parsed(await content_of(work.connection, plan["code"]))
    await apply_all(work, plan, operations)
    return difference(before, parsed(await content_of(work.connection, plan["code"])))


@dataclass(frozen=True, slots=True)
class Preview:
    """What the operations would make: the diff, the plan as it would be, and what of other plans would lead nowhere."""

    diff: dict[str, Any]
    content: PlanContent
    ended: list[dict[str, Any]]


async def previewed(work: Work, plan: Mapping[str, Any], operations: Sequence[Any]) -> Preview:
    """Tries the operations and keeps nothing. Raises Refused."""
    result: Preview | None = None
    try:
        async with work.connection.transaction():
            diff = await applied(work, plan, operations)
            ended = [row for _, row in await ended_alignments(work, plan["code"], diff, seen=True)]
            result = Preview(diff, await load_content(work.connection, plan["code"]), ended)
            raise Undo
    except Undo:
        pass
    if result is None:
        raise RuntimeError("a savepoint ended without a result")
    return result


def changes_of(diff: Mapping[str, Any]) -> list[tuple[str, str, str, str | None, Any, Any]]:
    """The diff as rows: kind, code, change, field, before, after."""
    rows: list[tuple[str, str, str, str | None, Any, Any]] = []
    for kind in KINDS:
        key = IDENTITY[kind]
        rows += [(kind, item[key], "added", None, None, item) for item in diff[kind]["added"]]
        rows += [(kind, item[key], "removed", None, item, None) for item in diff[kind]["removed"]]
        rows += [
            (kind, item[key], "changed", f["field"], f["before"], f["after"])
            for item in diff[kind]["changed"]
            for f in item["fields"]
        ]
    return rows


async def keep_trace(
    connection: Connection, plan: str, reform: int, diff: Mapping[str, Any], operations: Sequence[Any]
) -> None:
    """From each changed thing to the reform that changed it; targets too, though their value lives elsewhere."""
    rows = changes_of(diff) + [
        ("assignments", o.assignment, "changed", f"targets/{o.period}", None, o.value)
        for o in operations
        if isinstance(o, ChangeTarget)
    ]
    await connection.executemany(
        """INSERT INTO plans.reform_changes (plan, reform, number, kind, code, change, field, before, after)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb)""",
        [
            (plan, reform, number, kind, code, change, field, as_json(before), as_json(after))
            for number, (kind, code, change, field, before, after) in enumerate(rows, 1)
        ],
    )


def as_json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
