"""Acts on the catalogue: a new sheet, a new version and what it changes in whoever uses it."""

from typing import Any

import asyncpg

from services.indicators.domain.formula import InvalidFormula, cycle_in, parse_formula, references
from services.indicators.sheets.problems import (
    FormulaCycle,
    IndicatorExists,
    InvalidFormulaText,
    UnknownReference,
)
from services.indicators.sheets.schemas import NewSheetBody, SheetBody
from services.indicators.sheets.statements import EFFECT, INSERT, KEEP, PUSH, REPLACE
from services.indicators.work import Author, seal_as
from services.kit.database import Connection
from services.kit.folding import fold
from services.kit.problems import FieldError, NotFound
from services.kit.writing import Event


async def add_sheet(connection: Connection, author: Author, body: NewSheetBody) -> None:
    """A new indicator. Raises IndicatorExists or what `check_sheet` raises."""
    await check_sheet(connection, body.code, body)
    added = await connection.fetchval(INSERT, body.code, *_columns(body.code, body), author.now, author.caller.subject)
    if added is None:
        raise IndicatorExists
    await _record(connection, author, "indicator.add", body.code, body.reason, {"version": 1})


async def sheet_id(connection: Connection | Any, code: str) -> int:
    """The id of an indicator, by its code. Raises NotFound."""
    found: int | None = await connection.fetchval("SELECT id FROM indicators.indicators WHERE code = $1", code)
    if found is None:
        raise NotFound
    return found


async def replace_sheet(
    connection: Connection, author: Author, code: str, body: SheetBody, *, dry_run: bool
) -> dict[str, Any]:
    """A new version, pushed to the assignments that follow the sheet. A dry run answers alike and changes nothing."""
    number = await sheet_id(connection, code)
    await check_sheet(connection, code, body)
    pushed = (body.unit, body.direction.value, body.evidence_required, body.numerator_bounded)
    effect = [_effect(row, body) for row in await connection.fetch(EFFECT, number, *pushed)]
    version = await connection.fetchval("SELECT version + 1 FROM indicators.indicators WHERE id = $1", number)
    if not dry_run:
        await connection.execute(PUSH, number, *pushed, author.now, author.caller.subject, body.reason)
        await connection.execute(KEEP, number, body.reason, author.now)
        columns = _columns(code, body)
        version = await connection.fetchval(REPLACE, number, *columns, author.now, author.caller.subject)
        detail = {"version": version, "assignments": sum(bool(item["changes"]) for item in effect)}
        await _record(connection, author, "indicator.replace", code, body.reason, detail)
    return {"indicator": code, "version": version, "dry_run": dry_run, "assignments": effect}


async def check_sheet(connection: Connection, code: str, body: SheetBody) -> None:
    """Refuse a formula that does not read, names nobody, or ends where it begins; and unknown predecessors.

    Raises InvalidFormulaText, UnknownReference or FormulaCycle.
    """
    rows = await connection.fetch("SELECT code, formula FROM indicators.indicators")
    formulas = {row["code"]: row["formula"] for row in rows} | {code: body.formula}
    for predecessor in body.succeeds:
        if predecessor not in formulas:
            raise _problem(UnknownReference, "/succeeds", f"No existe el indicador «{predecessor}».")
    if body.formula is None:
        return
    try:
        named = references(parse_formula(body.formula))
    except InvalidFormula as error:
        raise _problem(InvalidFormulaText, "/formula", f"La fórmula no se entiende: {error}.") from error
    for reference in sorted(named):
        if reference not in formulas:
            raise _problem(UnknownReference, "/formula", f"No existe el indicador «{reference}».")
    cycle = cycle_in(dependency_graph(formulas))
    if cycle is not None:
        raise _problem(FormulaCycle, "/formula", f"La fórmula vuelve a sí misma: {' → '.join(cycle)}.")


def dependency_graph(formulas: dict[str, str | None]) -> dict[str, frozenset[str]]:
    """What each indicator's formula reads; a stored formula was checked when it was written."""
    return {code: references(parse_formula(text)) for code, text in formulas.items() if text}


def _problem(
    kind: type[InvalidFormulaText] | type[UnknownReference] | type[FormulaCycle], pointer: str, detail: str
) -> InvalidFormulaText | UnknownReference | FormulaCycle:
    return kind(detail, errors=[FieldError(pointer, kind.code, detail)])


def _columns(code: str, body: SheetBody) -> tuple[Any, ...]:
    return (
        body.name, fold("\n".join((body.name, code, *body.aliases))), body.aliases, body.description, body.formula,
        body.unit, body.frequency, body.direction, body.time_aggregation, body.org_aggregation, body.hierarchy,
        body.source_text, body.tolerance, body.zero_policy, body.evidence_required, body.numerator_bounded,
        body.succeeds,
    )  # fmt: skip


def _effect(row: asyncpg.Record, body: SheetBody) -> dict[str, Any]:
    follows = {
        "unit": (row["unit_follows"], body.unit),
        "direction": (row["direction_follows"], body.direction.value),
        "evidence_required": (row["evidence_follows"], body.evidence_required),
        "numerator_bounded": (row["bound_follows"], body.numerator_bounded),
    }
    changes = {name: value for name, (changed, value) in follows.items() if changed}
    return {
        "assignment": row["code"],
        "dependencia": row["dependencia"],
        "changes": changes,
        "overrides": row["overrides"],
    }


async def _record(
    connection: Connection, author: Author, action: str, code: str, reason: str, detail: dict[str, Any]
) -> None:
    event = Event("indicator.changed", code, {"action": action, **detail})
    await seal_as(connection, author, action, f"indicators/{code}", event, reason=reason, detail=detail)
