"""The regulation between two days: units added, removed, renumbered; texts added, removed, changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

from fastapi import Query, Request, Response

from services.kit.access import Requires
from services.kit.answers import answer, json_bytes
from services.kit.database import Pool, Reader
from services.kit.problems import FieldError, Invalid
from services.kit.routing import router as feature_router
from services.kit.spelling import Day
from services.orgchart.domain.text_diff import Change, Entry, ListDiff, compare, text_key
from services.orgchart.permissions import ORGANISATION_READ
from services.orgchart.rof.schemas import RegulationDiff

router = feature_router(tags=["regulation"])
SECTIONS = ("attributions", "products", "internal_management")
_FACTS = ("name", "process_name", "mission", "responsible_post", "parent_numeral")


@dataclass(slots=True)
class UnitReading:
    """A unit on one day."""

    unit_id: str
    numeral: str
    numeral_key: str
    facts: Mapping[str, str | None]
    lists: dict[str, list[Entry]] = field(default_factory=dict)


async def reading_of(pool: Pool, day: date) -> dict[str, UnitReading]:
    """Every unit in force on a day with its lists, by unit_id."""
    units = {
        row["unit_id"]: UnitReading(
            row["unit_id"], row["numeral"], row["numeral_key"], {name: row[name] for name in _FACTS}
        )
        for row in await pool.fetch(
            f"""SELECT unit_id, numeral, numeral_key, {", ".join(_FACTS)} FROM orgchart.rof_unit_versions
                WHERE valid_from <= $1 AND (valid_to IS NULL OR valid_to >= $1)""",
            day,
        )
    }
    for row in await pool.fetch(
        """SELECT unit_id, section, supergroup, group_title, label, text FROM orgchart.rof_items
           WHERE unit_id IS NOT NULL AND valid_from <= $1 AND (valid_to IS NULL OR valid_to >= $1)
           ORDER BY unit_id, position""",
        day,
    ):
        if row["unit_id"] in units:
            entries = units[row["unit_id"]].lists.setdefault(row["section"], [])
            entries.append(Entry(row["supergroup"], row["group_title"], row["label"], row["text"]))
    return units


def difference(before: Mapping[str, UnitReading], after: Mapping[str, UnitReading]) -> dict[str, Any]:
    """The contract's document for two readings."""
    added = [u for key, u in after.items() if key not in before]
    removed = [u for key, u in before.items() if key not in after]
    both = [(before[key], unit) for key, unit in after.items() if key in before]
    modified = [found for old, new in both if (found := _modified(old, new)) is not None]
    return {
        "added": [_named(unit) for unit in _ordered(added)],
        "removed": [_named(unit) for unit in _ordered(removed)],
        "renumbered": [
            {"unit_id": new.unit_id, "from": old.numeral, "to": new.numeral, "name": new.facts["name"]}
            for old, new in sorted(both, key=lambda pair: pair[1].numeral_key)
            if old.numeral != new.numeral
        ],
        "modified": [document for _, document in sorted(modified, key=lambda pair: pair[0])],
    }


def _ordered(units: Sequence[UnitReading]) -> list[UnitReading]:
    return sorted(units, key=lambda unit: unit.numeral_key)


def _named(unit: UnitReading) -> dict[str, str | None]:
    return {"unit_id": unit.unit_id, "numeral": unit.numeral, "name": unit.facts["name"]}


def _modified(old: UnitReading, new: UnitReading) -> tuple[str, dict[str, Any]] | None:
    facts = {
        name: {"from": old.facts[name], "to": new.facts[name]}
        for name in _FACTS
        if name != "parent_numeral" and text_key(old.facts[name] or "") != text_key(new.facts[name] or "")
    }
    lists = {section: compare(old.lists.get(section, []), new.lists.get(section, [])) for section in SECTIONS}
    if not facts and all(found.is_empty for found in lists.values()):
        return None
    document = {
        **_named(new),
        "facts": facts,
        **{section: _list_document(section, found) for section, found in lists.items()},
    }
    return new.numeral_key, document


def _list_document(section: str, found: ListDiff) -> dict[str, Any]:
    return {
        "added": [_one(section, change.after, change) for change in found.added],
        "removed": [_one(section, change.before, change) for change in found.removed],
        "changed": [_pair(section, change) for change in found.changed],
    }


def _place(section: str, entry: Entry) -> dict[str, Any]:
    if section == "attributions":
        return {"group": entry.group, "letter": entry.label}
    if section == "products":
        return {"supergroup": entry.supergroup, "group": entry.group, "number": int(entry.label or 0)}
    return {}


def _one(section: str, entry: Entry | None, change: Change) -> dict[str, Any]:
    if entry is None:
        raise ValueError("an addition or a removal has its text")
    return {**_place(section, entry), "text": entry.text, "same_text_as": change.moved}


def _pair(section: str, change: Change) -> dict[str, Any]:
    if change.before is None or change.after is None:
        raise ValueError("a change has both texts")
    return {
        **_place(section, change.after),
        "from": change.before.text,
        "to": change.after.text,
        "same_text_as": change.moved,
        "ocr_suspected": change.ocr_suspected,
    }


@router.get("/rof/diff", dependencies=[Requires(ORGANISATION_READ)], response_model=RegulationDiff)
async def read_rof_diff(
    request: Request,
    reader: Reader,
    since: Annotated[Day, Query(alias="from", description="Primera fecha")],
    until: Annotated[Day, Query(alias="to", description="Segunda fecha, no anterior a la primera")],
) -> Response:
    """Qué cambió en el reglamento de un día a otro, texto por texto."""
    if until < since:
        detail = "La segunda fecha no puede ser anterior a la primera."
        raise Invalid(detail, errors=[FieldError("query/to", "date-order", detail)])
    before, after = await reading_of(reader, since), await reading_of(reader, until)
    return answer(request, json_bytes({"from": since, "to": until, **difference(before, after)}))
