"""Art. 11: what every unit of a scope must do and deliver."""

from __future__ import annotations

import re

from services.orgchart.importers.rof.annexed.dated_text import DatedText, error, next_label, source_of
from services.orgchart.importers.rof.articles import Chapter
from services.orgchart.importers.rof.lines import Line
from services.orgchart.importers.rof.marks import literal, number
from services.orgchart.importers.rof.model import Finding, GeneralItem, Operation, Section, Source
from services.orgchart.importers.rof.notes.model import Note, NoteKind, TargetKind
from services.orgchart.importers.rof.origin import Origin
from services.orgchart.importers.rof.spanish import fold

_SCOPE = re.compile(r"^\d{1,2}[.)] Todas las (.*)$", re.IGNORECASE)


def general_items(chapter: Chapter, origin: Origin) -> tuple[list[GeneralItem], list[Finding]]:
    """Two scopes (`1. Todas las Direcciones …`, `2. Todas las Coordinaciones Provinciales …`), two lists each."""
    texts: list[DatedText] = []
    findings: list[Finding] = []
    scope, section = "", Section.ATTRIBUTIONS
    for part in chapter.parts:
        if isinstance(part, Note):
            findings += _change_general(texts, part, scope, origin)
            continue
        for line in part:
            begun = _SCOPE.match(line.text)
            if begun:
                scope = "provincial" if "provincial" in fold(begun[1]) else "national"
                section = Section.ATTRIBUTIONS
                continue
            if fold(line.text).startswith("los productos que deberan generar"):
                section = Section.PRODUCTS
                continue
            findings += _feed_general(texts, line, scope, section, origin)
    return _frozen_general(texts), findings


def _feed_general(texts: list[DatedText], line: Line, scope: str, section: Section, origin: Origin) -> list[Finding]:
    mates = [t for t in texts if t.scope == scope and t.section is section]
    found = literal(line.text) if section is Section.ATTRIBUTIONS else number(line.text)
    last = mates[-1].label if mates else None
    if found and found.rest and next_label(section, last) == found.value:
        source = Source(origin.resolution, "Art. 11", Operation.ORIGINAL, (line.number,))
        texts.append(
            DatedText(
                found.value, [line.having(found.rest)], origin.in_force_from, source, scope=scope, section=section
            )
        )
        return []
    if found and found.rest:
        return [error(line.number, "general-out-of-sequence", line.text)]
    if mates:
        mates[-1].parts.append(line)
    return []


def _change_general(texts: list[DatedText], note: Note, scope: str, origin: Origin) -> list[Finding]:
    if note.kind is not NoteKind.CHANGE:
        return []
    section = {TargetKind.LITERAL: Section.ATTRIBUTIONS, TargetKind.PRODUCT: Section.PRODUCTS}.get(note.target.kind)
    if section is None or note.effective is None:
        return [error(note.line, "note-target-unexpected", note.head)]
    bodies = _labelled_bodies(list(note.body), section)
    findings: list[Finding] = []
    for index, label in enumerate(note.target.labels):
        source = source_of(note, index)
        old = [t for t in texts if t.scope == scope and t.section is section and t.label == label and not t.valid_to]
        if source.operation is not Operation.ADDED:
            if not old:
                findings.append(error(note.line, "note-target-missing", note.head))
                continue
            old[-1].close(note.effective, source)
        if source.operation is Operation.REPEALED:
            continue
        if label not in bodies:
            findings.append(error(note.line, "note-text-missing", note.head))
            continue
        made = DatedText(label, bodies[label], note.effective, source, scope=scope, section=section)
        texts.insert(texts.index(old[-1]) + 1 if old else len(texts), made)
    return findings


def _labelled_bodies(lines: list[Line], section: Section) -> dict[str, list[Line]]:
    bodies: dict[str, list[Line]] = {}
    current: list[Line] = []
    for line in lines:
        found = literal(line.text) if section is Section.ATTRIBUTIONS else number(line.text)
        if found:
            current = bodies.setdefault(found.value, [])
            line = line.having(found.rest)
        if line.text:
            current.append(line)
    return bodies


def _frozen_general(texts: list[DatedText]) -> list[GeneralItem]:
    counts: dict[tuple[str, Section], int] = {}
    frozen: list[GeneralItem] = []
    for t in texts:
        key = (t.scope, t.section)
        counts[key] = counts.get(key, 0) + 1
        frozen.append(
            GeneralItem(
                t.valid_from, t.valid_to, t.introduced_by, t.closed_by, t.lines, t.scope, t.section, t.label,
                counts[key], t.text,
            )
        )  # fmt: skip
    return frozen
