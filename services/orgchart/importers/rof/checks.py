"""The document's own completeness: lists contiguous, every NOTA placed, every original closed when it says."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date

from services.orgchart.importers.rof.articles import Chapter
from services.orgchart.importers.rof.book import Unit
from services.orgchart.importers.rof.marks import letter_index
from services.orgchart.importers.rof.model import (
    Codification,
    Finding,
    Item,
    Operation,
    Resolution,
    Section,
    Severity,
)
from services.orgchart.importers.rof.notes.model import Note, NoteKind
from services.orgchart.importers.rof.origin import Origin


def completeness(read: Codification, held: list[tuple[Note, Unit | None]], chapters: list[Chapter]) -> list[Finding]:
    """Errors and warnings about gaps. Checked on every day on which something changed."""
    days = sorted({fact.valid_from for fact in (*read.units, *read.items)})
    findings: dict[tuple[int, str], Finding] = {}
    for day in days:
        for finding in [*_lists(read, day), *_numerals(read, day)]:
            findings.setdefault((finding.line, finding.code), finding)
    for note, unit in held:
        open_still = _held(note, unit, read)
        if open_still:
            findings[note.line, open_still.code] = open_still
    for finding in _structure(read):
        findings[finding.line, finding.code] = finding
    if not read.units:
        findings[1, "no-units"] = Finding(1, "no-units", Severity.ERROR, "no se reconoce ninguna unidad del Art. 10")
    return list(findings.values())


def _lists(read: Codification, day: date) -> list[Finding]:
    """Letters and numbers contiguous on the day, per unit and group (letters may also run on through groups).

    A hole is lawful only where a repeal made it. The last literal may be mislabelled: it was accepted when read.
    """
    found: list[Finding] = []
    lists: dict[tuple[int, Section], list[Item]] = defaultdict(list)
    repealed: dict[tuple[int, Section], set[int]] = defaultdict(set)
    for item in read.items:
        if item.label is None:
            continue
        if item.in_force(day):
            lists[item.unit, item.section].append(item)
        elif item.closed_by is not None and item.closed_by.operation is Operation.REPEALED:
            repealed[item.unit, item.section].add(_order(item))
    for key, items in lists.items():
        last, group = 0, (items[0].supergroup, items[0].group)
        for item in items:
            value, restarts = _order(item), (item.supergroup, item.group) != group
            start = 0 if restarts and value <= last else last
            missing = set(range(start + 1, value)) - repealed[key]
            mislabelled = value <= start and item is items[-1] and item.section is Section.ATTRIBUTIONS
            if (missing or value <= start) and not mislabelled:
                found.append(
                    Finding(item.lines[0], "list-not-contiguous", Severity.ERROR, f"{item.label} after {last} on {day}")
                )
            last, group = value, (item.supergroup, item.group)
    return found


def _order(item: Item) -> int:
    label = item.label or "0"
    return letter_index(label) if item.section is Section.ATTRIBUTIONS else int(label)


def _numerals(read: Codification, day: date) -> list[Finding]:
    """No two units with one numeral on a day; every unit below another has it in force or a group above."""
    seen: dict[str, int] = {}
    found: list[Finding] = []
    for unit in read.units_on(day):
        if unit.numeral in seen:
            found.append(
                Finding(unit.lines[0], "numeral-twice", Severity.ERROR, f"{unit.numeral} on {day}: {unit.name}")
            )
        seen[unit.numeral] = unit.unit
    return found


def _held(note: Note, unit: Unit | None, read: Codification) -> Finding | None:
    """What a NOTA says was in force until a day must have been closed on it."""
    if note.target.kind in {"disposition", "annex"}:
        closed = any(d.valid_to == note.held_to for d in read.dispositions)
    elif unit is None:
        return Finding(note.line, "note-unit-unknown", Severity.ERROR, note.head[:300])
    else:
        items = [i for i in read.items if i.unit == unit.number and i.valid_to == note.held_to]
        versions = [v for v in read.units if v.unit == unit.number and v.valid_to == note.held_to]
        labels = set(note.target.labels)
        closed = bool(versions) if note.target.kind == "unit" else bool(labels <= {i.label for i in items} and items)
    if closed:
        return None
    return Finding(note.line, "held-not-closed", Severity.ERROR, note.head[:300])


def _structure(read: Codification) -> list[Finding]:
    """Art. 8 and Art. 10 need not agree; where they do not, it is said."""
    in_body = {unit.numeral for unit in read.units}
    listed = {entry.numeral for entry in read.structure}
    first = {unit.numeral: unit.lines[0] for unit in read.units}
    missing = [
        Finding(entry.lines[0], "only-in-article-8", Severity.INFO, f"{entry.numeral} {entry.name}")
        for entry in read.structure
        if entry.numeral not in in_body
    ]
    extra = [Finding(first[n], "only-in-article-10", Severity.INFO, n) for n in sorted(in_body - listed)]
    return missing + extra


def finished(read: Codification, findings: list[Finding], origin: Origin, chapters: list[Chapter]) -> Codification:
    ordered = tuple(sorted(set(findings), key=lambda f: (f.line, f.code)))
    return replace(read, findings=ordered, resolutions=tuple(_resolutions(origin, chapters)))


def _resolutions(origin: Origin, chapters: list[Chapter]) -> list[Resolution]:
    changes = [n for c in chapters for n in c.notes() if n.kind is NoteKind.CHANGE and n.resolution and n.effective]
    found: dict[str, list[Note]] = defaultdict(list)
    for note in changes:
        found[note.resolution or ""].append(note)
    made = [Resolution(origin.resolution, origin.date, origin.in_force_from, 0)]
    for code, notes in found.items():
        days = [n.effective for n in notes if n.effective]
        signed = next((n.resolution_date for n in notes if n.resolution_date), min(days))
        made.append(Resolution(code, signed, min(days), len(notes)))
    return sorted(made, key=lambda r: r.in_force_from)
