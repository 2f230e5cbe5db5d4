"""SQL of editing: rows in, rows changed, rows out. Rules are judged afterwards, on the whole plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.kit.problems import FieldError
from services.plans.folding import folded
from services.plans.permissions import PLAN_WRITE
from services.plans.problems import Refused, refused
from services.plans.work import Work


async def dependencia_id(work: Work, code: str, on: date, pointer: str) -> int:
    """The id of a dependencia that exists on the day. Raises Refused `unknown-dependencia`."""
    found: int | None = await work.connection.fetchval(
        "SELECT id FROM plans.org_units WHERE code = $1 AND $2 >= valid_from AND ($2 <= valid_to OR valid_to IS NULL)",
        code,
        on,
    )
    if found is None:
        raise refused(pointer, "unknown-dependencia", f"No existe la dependencia «{code}» el {on}.")
    return found


async def dependencia_of_year(work: Work, code: str, year: int, pointer: str) -> int:
    """The id of a dependencia that exists some day of the year. Raises Refused `unknown-dependencia`."""
    found: int | None = await work.connection.fetchval(
        """SELECT id FROM plans.org_units WHERE code = $1 AND valid_from < make_date($2 + 1, 1, 1)
           AND (valid_to >= make_date($2, 1, 1) OR valid_to IS NULL)""",
        code,
        year,
    )
    if found is None:
        raise refused(pointer, "unknown-dependencia", f"No existe la dependencia «{code}» en {year}.")
    return found


async def own_dependencia_id(work: Work, plan: Mapping[str, Any], code: str, on: date, pointer: str) -> int:
    """The id of a dependencia that exists on the day and is the plan's or below it. Raises Refused.

    A plan commits who answers for it; nobody is committed by the plan of another province. Once a reorganisation has
    ended the plan's dependencia, what is left to do is done by others: wherever the author writes plans.
    """
    unit = await dependencia_id(work, code, on, pointer)
    below = await work.connection.fetchval(
        "SELECT EXISTS (SELECT FROM plans.org_closure WHERE ancestor_id = $1 AND descendant_id = $2)",
        plan["dependencia_id"],
        unit,
    )
    if not below and not (await is_over(work, plan["dependencia_id"]) and await work.reaches(unit, PLAN_WRITE)):
        detail = f"«{code}» no es la dependencia de {plan['code']} ni depende de ella."
        raise refused(pointer, "other-dependencia", detail)
    return unit


async def is_over(work: Work, unit: int) -> bool:
    """Whether a reorganisation has ended the dependencia."""
    over: bool = await work.connection.fetchval(
        "SELECT coalesce(valid_to < $2, false) FROM plans.org_units WHERE id = $1", unit, work.today
    )
    return over


async def dependencia_code(work: Work, unit: int) -> str:
    code: str = await work.connection.fetchval("SELECT code FROM plans.org_units WHERE id = $1", unit)
    return code


async def take_turn_to_name(work: Work) -> None:
    """Codes are checked and taken by one at a time: whoever names something else waits for the end of this one.

    Taken after the plan's own row, never before it.
    """
    await work.connection.execute("SELECT pg_advisory_xact_lock(hashtext('plans.codes'))")


async def exists(work: Work, table: str, code: str) -> bool:
    key = "id" if table == "projects" else "code"
    found: bool = await work.connection.fetchval(f"SELECT EXISTS (SELECT 1 FROM plans.{table} WHERE {key} = $1)", code)
    return found


async def has_section(work: Work, plan: str, number: str) -> bool:
    found: bool = await work.connection.fetchval(
        "SELECT EXISTS (SELECT FROM plans.plan_sections WHERE plan = $1 AND number = $2)", plan, number
    )
    return found


async def next_code(work: Work, table: str, stem: str, width: int) -> str:
    """The first free `<stem><n>`; numbers of deleted rows may return only inside an unapproved draft."""
    taken = {
        row["code"]
        for row in await work.connection.fetch(f"SELECT code FROM plans.{table} WHERE starts_with(code, $1)", stem)
    }
    number = 1
    while f"{stem}{number:0{width}d}" in taken:
        number += 1
    return f"{stem}{number:0{width}d}"


async def next_ordinal(work: Work, table: str, plan: str) -> int:
    last: int = await work.connection.fetchval(
        f"SELECT coalesce(max(ordinal), 0) FROM plans.{table} WHERE plan = $1", plan
    )
    return last + 1


async def insert(work: Work, table: str, values: Mapping[str, Any]) -> None:
    row = {**values, "updated_at": work.now, "updated_by": work.caller.subject}
    names = ", ".join(row)
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await work.connection.execute(f"INSERT INTO plans.{table} ({names}) VALUES ({places})", *row.values())


async def change(work: Work, table: str, code: str, values: Mapping[str, Any]) -> None:
    """Sets columns, raises the revision. Column names are constants of the code."""
    row = {**values, "updated_at": work.now, "updated_by": work.caller.subject}
    if "statement" in row:
        row["statement_folded"] = folded(row["statement"])
    if "text" in row:
        row["text_folded"] = folded(row["text"])
    settings = ", ".join(f"{name} = ${number}" for number, name in enumerate(row, 2))
    await work.connection.execute(
        f"UPDATE plans.{table} SET {settings}, revision = revision + 1 WHERE code = $1", code, *row.values()
    )


async def align(work: Work, plan: str, code: str, targets: Sequence[str]) -> None:
    """Makes these the alignments of an objective; those that stay keep what their document printed.

    Raises Refused `unknown-target` for what is neither objective nor strategy of the plan or the plan it develops.
    """
    known = await work.connection.fetch(
        """WITH scope AS (SELECT unnest(array[code, parent]) AS code FROM plans.plans WHERE code = $1)
           SELECT o.code, true AS objective FROM plans.objectives o WHERE o.plan IN (SELECT code FROM scope)
           UNION ALL SELECT s.code, false FROM plans.strategies s WHERE s.plan IN (SELECT code FROM scope)""",
        plan,
    )
    kinds = {row["code"]: row["objective"] for row in known}
    detail = "«{}» no es objetivo ni estrategia de {} ni del plan que desarrolla."
    unknown = [
        FieldError(f"/aligned_to/{index}", "unknown-target", detail.format(target, plan))
        for index, target in enumerate(targets)
        if target not in kinds
    ]
    if unknown:
        raise Refused(unknown)
    await work.connection.execute(
        """DELETE FROM plans.alignments WHERE from_objective = $1
           AND NOT coalesce(to_objective, to_strategy) = ANY($2::text[])""",
        code,
        list(targets),
    )
    for target in dict.fromkeys(targets):
        await work.connection.execute(
            """INSERT INTO plans.alignments (id, plan, from_objective, to_objective, to_strategy, basis, updated_at,
                   updated_by)
               VALUES (nextval('plans.alignment_ids'), $1, $2, $3, $4, 'entered', $5, $6)
               ON CONFLICT (from_objective, to_objective, to_strategy) DO NOTHING""",
            plan,
            code,
            target if kinds[target] else None,
            None if kinds[target] else target,
            work.now,
            work.caller.subject,
        )


async def remove_objective(work: Work, code: str) -> bool:
    """Deletes an objective of a draft. False when something still depends on it."""
    used = await work.connection.fetchval(
        """SELECT EXISTS (SELECT 1 FROM plans.alignments WHERE to_objective = $1)
               OR EXISTS (SELECT 1 FROM plans.strategies WHERE objective = $1)""",
        code,
    )
    if used:
        return False
    await work.connection.execute("DELETE FROM plans.alignments WHERE from_objective = $1", code)
    await work.connection.execute("DELETE FROM plans.objectives WHERE code = $1", code)
    return True


async def remove_strategy(work: Work, code: str) -> bool:
    """Deletes a strategy of a draft. False when an objective still carries it."""
    if await work.connection.fetchval("SELECT EXISTS (SELECT 1 FROM plans.alignments WHERE to_strategy = $1)", code):
        return False
    await work.connection.execute("DELETE FROM plans.strategies WHERE code = $1", code)
    return True
