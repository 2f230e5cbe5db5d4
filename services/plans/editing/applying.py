"""Changes of a plan's content: the same for the editor of a draft and for an approved reform."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any

from services.kit.problems import FieldError, NotFound
from services.plans.domain.alignment import Violation, violations
from services.plans.editing import repository as rows
from services.plans.editing.schemas import NewObjective, NewStrategy
from services.plans.folding import folded
from services.plans.methodology.loading import load_content
from services.plans.problems import PlanExists, Refused, StillReferenced, refused
from services.plans.work import Work


async def judge(work: Work, plan: str, known: Collection[Violation] = ()) -> None:
    """Every rule on the whole plan as it now stands in the transaction. Raises Refused, which undoes everything.

    known: what was broken before, and is not held against whoever changes something else.
    """
    old = {(v.pointer, v.code) for v in known}
    content = await load_content(work.connection, plan)
    broken = [v for v in violations(content) if (v.pointer, v.code) not in old]
    if broken:
        raise Refused([FieldError(v.pointer, v.code, v.detail) for v in broken])


@asynccontextmanager
async def judged(work: Work, plan: str) -> AsyncIterator[None]:
    """Judges a plan by what the changes inside break. Raises Refused.

    A reform of the plan above may have ended what this one serves; that is mended one by one, each time with the rest
    still broken, and is an error of the methodology until then.
    """
    known = list(violations(await load_content(work.connection, plan)))
    yield
    await judge(work, plan, known)


async def add_objective(work: Work, plan: Mapping[str, Any], new: NewObjective) -> str:
    """Inserts an objective with its alignments. Returns its code."""
    valid_from = new.valid_from or plan["period_from"]
    valid_to = new.valid_to or plan["period_to"]
    if valid_from > valid_to:
        raise refused("/valid_to", "date-hole", "La vigencia termina antes de empezar.")
    unit = await rows.own_dependencia_id(work, plan, new.dependencia, valid_from, "/dependencia")
    await rows.take_turn_to_name(work)
    code = new.code or await rows.next_code(
        work, "objectives", f"{plan['code']}.{new.dependencia}.{new.level}.", 2 if new.level == "N4" else 1
    )
    if await rows.exists(work, "objectives", code) or await rows.exists(work, "strategies", code):
        raise PlanExists
    if new.section is not None and not await rows.has_section(work, plan["code"], new.section):
        raise refused("/section", "unknown-section", f"{plan['code']} no tiene la sección «{new.section}».")
    values = {
        "code": code,
        "plan": plan["code"],
        "ordinal": await rows.next_ordinal(work, "objectives", plan["code"]),
        "dependencia_id": unit,
        "level": new.level,
        "number": new.number,
        "statement": new.statement,
        "statement_folded": folded(new.statement),
        "section": new.section,
        "valid_from": valid_from,
        "valid_to": valid_to,
    }
    await rows.insert(work, "objectives", values)
    await rows.align(work, plan["code"], code, new.aligned_to)
    return code


async def change_objective(work: Work, plan: Mapping[str, Any], code: str, changes: Mapping[str, Any]) -> None:
    """Sets the given fields of an objective of this plan. Raises NotFound when it is not of this plan."""
    current = await work.connection.fetchrow(
        "SELECT * FROM plans.objectives WHERE code = $1 AND plan = $2 FOR UPDATE", code, plan["code"]
    )
    if current is None:
        raise NotFound
    values = {name: value for name, value in changes.items() if name not in ("dependencia", "aligned_to")}
    valid_from = values.get("valid_from", current["valid_from"])
    if valid_from > values.get("valid_to", current["valid_to"]):
        raise refused("/valid_to", "date-hole", "La vigencia termina antes de empezar.")
    if "dependencia" in changes:
        values["dependencia_id"] = await rows.own_dependencia_id(
            work, plan, changes["dependencia"], valid_from, "/dependencia"
        )
    elif valid_from < current["valid_from"]:
        unit = await rows.dependencia_code(work, current["dependencia_id"])
        await rows.dependencia_id(work, unit, valid_from, "/valid_from")
    await rows.change(work, "objectives", code, values)
    if changes.get("aligned_to") is not None:
        await rows.align(work, plan["code"], code, changes["aligned_to"])


async def add_strategy(work: Work, plan: Mapping[str, Any], new: NewStrategy) -> str:
    """Inserts a strategy. Only a PEI states its own; in any other plan it is foreign to the PEI. Returns its code."""
    objective = await work.connection.fetchrow(
        """SELECT * FROM plans.objectives WHERE code = $1
           AND plan IN (SELECT unnest(array[code, parent]) FROM plans.plans WHERE code = $2)""",
        new.objective,
        plan["code"],
    )
    if objective is None:
        raise refused("/objective", "unknown-objective", f"«{new.objective}» no es objetivo de {plan['code']}.")
    if new.in_pei is not None and new.in_pei != (plan["kind"] == "pei"):
        detail = "Las estrategias del PEI las enuncia el PEI; las de otro plan le son ajenas. Omita in_pei."
        raise refused("/in_pei", "strategy-not-in-pei", detail)
    await rows.take_turn_to_name(work)
    code = new.code or await rows.next_code(work, "strategies", f"{new.objective}.E", 1)
    if await rows.exists(work, "strategies", code) or await rows.exists(work, "objectives", code):
        raise PlanExists
    valid_from = new.valid_from or max(objective["valid_from"], plan["period_from"])
    valid_to = new.valid_to or min(objective["valid_to"], plan["period_to"])
    if valid_from > valid_to:
        raise refused("/valid_to", "date-hole", "La vigencia termina antes de empezar.")
    values = {
        "code": code,
        "plan": plan["code"],
        "ordinal": await rows.next_ordinal(work, "strategies", plan["code"]),
        "objective": new.objective,
        "text": new.text,
        "text_folded": folded(new.text),
        "in_pei": plan["kind"] == "pei",
        "valid_from": valid_from,
        "valid_to": valid_to,
    }
    await rows.insert(work, "strategies", values)
    return code


async def change_strategy(work: Work, plan: Mapping[str, Any], code: str, changes: Mapping[str, Any]) -> None:
    """Sets the given fields of a strategy of this plan. Raises NotFound when it is not of this plan."""
    current = await work.connection.fetchrow(
        "SELECT * FROM plans.strategies WHERE code = $1 AND plan = $2 FOR UPDATE", code, plan["code"]
    )
    if current is None:
        raise NotFound
    if changes.get("valid_from", current["valid_from"]) > changes.get("valid_to", current["valid_to"]):
        raise refused("/valid_to", "date-hole", "La vigencia termina antes de empezar.")
    if "objective" in changes and not await work.connection.fetchval(
        """SELECT EXISTS (SELECT 1 FROM plans.objectives WHERE code = $1
           AND plan IN (SELECT unnest(array[code, parent]) FROM plans.plans WHERE code = $2))""",
        changes["objective"],
        plan["code"],
    ):
        raise refused("/objective", "unknown-objective", f"«{changes['objective']}» no es objetivo de {plan['code']}.")
    await rows.change(work, "strategies", code, changes)


async def remove(work: Work, plan: Mapping[str, Any], kind: str, code: str) -> None:
    """Deletes an objective or strategy of a draft. Raises NotFound or StillReferenced."""
    table = "objectives" if kind == "objective" else "strategies"
    own = await work.connection.fetchval(
        f"SELECT EXISTS (SELECT 1 FROM plans.{table} WHERE code = $1 AND plan = $2)", code, plan["code"]
    )
    if not own:
        raise NotFound
    gone = await (rows.remove_objective if kind == "objective" else rows.remove_strategy)(work, code)
    if not gone:
        raise StillReferenced
