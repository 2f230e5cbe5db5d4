"""The facts of the regulation without its prose: what the default installation is seeded with.

Also what an import compares the seeded facts with, so that both say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from services.orgchart.domain.kinds import kind_of, process_type_of
from services.orgchart.importers.rof.model import Codification, Item, Section, StructureEntry, UnitVersion
from services.orgchart.importers.rof.spanish import words

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Count:
    """How many attributions and products a unit has between two dates."""

    valid_from: date
    valid_to: date | None
    attributions: int
    products: int


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A version of a unit, without mission, attributions or products.

    unit: identity within the codification. aliases: numeral and name of Art. 8 where they differ.
    """

    unit: int
    version: UnitVersion
    kind: str
    process_type: str | None
    parent_numeral: str | None
    alias_numerals: tuple[str, ...]
    alias_names: tuple[str, ...]
    counts: tuple[Count, ...]


def unit_facts(read: Codification) -> list[UnitFacts]:
    """One per version, in the order of the text."""
    by_unit: dict[int, list[Item]] = {}
    for item in read.items:
        by_unit.setdefault(item.unit, []).append(item)
    return [_facts(version, read, by_unit.get(version.unit, [])) for version in read.units]


def parent_numeral(numeral: str, in_force: set[str]) -> str | None:
    """The nearest enclosing numeral that is a unit itself (process groups are not)."""
    parts = numeral.split(".")
    above = (".".join(parts[:depth]) for depth in range(len(parts) - 1, 0, -1))
    return next((candidate for candidate in above if candidate in in_force), None)


def _facts(version: UnitVersion, read: Codification, items: list[Item]) -> UnitFacts:
    in_force = {unit.numeral for unit in read.units_on(version.valid_from)}
    entry = _entry_of(version, read)
    numerals = (entry.numeral,) if entry and entry.numeral != version.numeral else ()
    known = {words(version.name), words(version.process_name or "")}
    names = (entry.name,) if entry and words(entry.name) not in known else ()
    return UnitFacts(
        unit=version.unit,
        version=version,
        kind=kind_of(version.name),
        process_type=process_type_of(version.process_group),
        parent_numeral=parent_numeral(version.numeral, in_force),
        alias_numerals=numerals,
        alias_names=names,
        counts=tuple(_counts(version, items)),
    )


def _entry_of(version: UnitVersion, read: Codification) -> StructureEntry | None:
    """The line of Art. 8 that means this unit: the same numeral on the first day of the version, or — where
    Art. 8 numbers it differently — a name that holds the unit's own, or the same responsible post."""
    in_force = [e for e in read.structure if e.in_force(version.valid_from)]
    numerals = {unit.numeral for unit in read.units}
    added = [e for e in in_force if e.numeral == version.numeral and e.introduced_by.operation == "added"]
    same = [e for e in in_force if e.numeral == version.numeral]
    first = next(u for u in read.units if u.unit == version.unit)
    if version.introduced_by.operation == "renumbered":
        # Art. 8 was not renumbered: its line still bears the numeral the unit had before.
        same = [e for e in read.structure if e.numeral == first.numeral and e.introduced_by.operation == "original"]
        return same[0] if same else None
    if added or same:
        return (added or same)[-1 if added else 0]
    name, post = words(version.name), words(version.responsible_post or "-")
    loose = [e for e in in_force if e.numeral not in numerals]
    by_name = [e for e in loose if name in words(e.name)]
    by_post = [e for e in loose if words(e.responsible_post or "") == post]
    found = by_name or by_post
    return found[0] if found else None


def _counts(version: UnitVersion, items: list[Item]) -> list[Count]:
    """Spans of the version with an unchanging number of attributions and products."""
    last = version.valid_to or date.max
    starts = {version.valid_from}
    for item in items:
        starts |= {item.valid_from, item.valid_to + ONE_DAY if item.valid_to else version.valid_from}
    inside = sorted(day for day in starts if version.valid_from <= day <= last)
    spans: list[Count] = []
    for day, following in zip(inside, [*inside[1:], None], strict=True):
        end = following - ONE_DAY if following else version.valid_to
        attributions = sum(i.section is Section.ATTRIBUTIONS and i.in_force(day) for i in items)
        products = sum(i.section is Section.PRODUCTS and i.in_force(day) for i in items)
        if spans and (spans[-1].attributions, spans[-1].products) == (attributions, products):
            spans[-1] = Count(spans[-1].valid_from, end, attributions, products)
        else:
            spans.append(Count(day, end, attributions, products))
    return spans
