"""The facts of all units once everything is read: what only the whole book can tell about each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.orgchart.importers.rof.book import Unit
from services.orgchart.importers.rof.model import Item, Section, UnitVersion
from services.orgchart.importers.rof.spanish import words


def unit_versions(units: Sequence[Unit], process_groups: Mapping[str, str]) -> list[UnitVersion]:
    """process_groups: by numeral; a unit is of the group whose numeral is the longest beginning of its own."""
    posts = _posts_named_by_parents(units)
    versions = [v for unit in units for v in unit.frozen_versions(_group_of(unit, process_groups))]
    return [v if v.responsible_post else replace(v, responsible_post=posts.get(_squeezed(v.name))) for v in versions]


def all_items(units: Sequence[Unit]) -> list[Item]:
    return [item for unit in units for item in unit.frozen_items()]


def _posts_named_by_parents(units: Sequence[Unit]) -> dict[str, str]:
    """A Coordinación Nacional has no label of its own; the list above it names who answers for it."""
    return {
        _squeezed(item.text): item.post
        for unit in units
        for item in unit.items
        if item.section is Section.MANAGEMENT and item.post
    }


def _group_of(unit: Unit, process_groups: Mapping[str, str]) -> str | None:
    numeral = unit.versions[0][1].numeral
    candidates = [n for n in process_groups if numeral == n or numeral.startswith(f"{n}.")]
    return process_groups[max(candidates, key=len)] if candidates else None


def _squeezed(name: str) -> str:
    return words(name).replace(" ", "")
