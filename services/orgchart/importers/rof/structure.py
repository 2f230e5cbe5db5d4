"""Art. 8: the list of processes, their numerals and responsibles; and the names of the process groups."""

from __future__ import annotations

import re
from datetime import date

from services.orgchart.importers.rof.articles import Chapter
from services.orgchart.importers.rof.lines import Line
from services.orgchart.importers.rof.marks import numeral, repaired, successors
from services.orgchart.importers.rof.model import Finding, Operation, Severity, Source, StructureEntry
from services.orgchart.importers.rof.notes.model import Note, NoteKind, TargetKind
from services.orgchart.importers.rof.origin import Origin
from services.orgchart.importers.rof.spanish import join

_GROUP = re.compile(r"^(\d)\.\s+(\D.*)$")
_RESPONSIBLE = re.compile(r"^Responsables?\s*[:;]\s*(.*)$")


def process_groups(chapters: list[Chapter]) -> dict[str, str]:
    """Numeral → printed title of each process group (`4` → `Procesos Adjetivos de Apoyo`, `6.2` → …)."""
    groups: dict[str, str] = {}
    for chapter in chapters:
        if chapter.article != 8:
            continue
        for line in chapter.lines():
            top = _GROUP.match(line.text)
            found = numeral(line.text)
            if top and not found:
                groups[top[1]] = top[2].strip()
            elif found and found.rest.startswith(("Procesos ", "Proceso ")):
                groups[found.value] = found.rest
    return groups


def entries(chapter: Chapter, origin: Origin) -> tuple[list[StructureEntry], list[Finding]]:
    """The numbered lines of Art. 8 with the responsible printed under each; broken numerals repaired."""
    made: list[StructureEntry] = []
    findings: list[Finding] = []
    last: str | None = None
    for part in chapter.parts:
        if isinstance(part, Note):
            more, problems = _added(part)
        else:
            source = (origin.in_force_from, origin.resolution, "Art. 8", Operation.ORIGINAL)
            more, last, problems = _read(part, source, last)
        made += more
        findings += problems
    return made, findings


_SourceParts = tuple[date, str, str | None, Operation]


def _read(
    lines: list[Line], source: _SourceParts, last: str | None
) -> tuple[list[StructureEntry], str | None, list[Finding]]:
    blocks: list[tuple[str, list[Line], list[Line]]] = []
    findings: list[Finding] = []
    for line in lines:
        found = numeral(line.text)
        responsible = _RESPONSIBLE.match(line.text)
        if _GROUP.match(line.text) and not found:
            last = line.text[0]
        elif found:
            value = repaired(found.value, successors(last))
            if value != found.value:
                findings.append(Finding(line.number, "repaired-numeral", Severity.INFO, f"{found.value} → {value}"))
            last = value
            blocks.append((value, [line.having(found.rest)], []))
        elif blocks and responsible:
            blocks[-1][2].append(line.having(responsible[1]))
        elif blocks:
            (blocks[-1][2] or blocks[-1][1]).append(line)
    return [_entry(block, source) for block in blocks if not block[1][0].text.startswith("Proceso")], last, findings


def _entry(block: tuple[str, list[Line], list[Line]], source: _SourceParts) -> StructureEntry:
    value, name, post = block
    valid_from, resolution, provision, operation = source
    lines = tuple(line.number for line in [*name, *post])
    return StructureEntry(
        valid_from, None, Source(resolution, provision, operation, lines), None, lines, value,
        join(line.text for line in name), join(line.text for line in post) or None,
    )  # fmt: skip


def _added(note: Note) -> tuple[list[StructureEntry], list[Finding]]:
    if note.kind is not NoteKind.CHANGE or note.effective is None or note.resolution is None:
        return [], []
    if note.target.kind is not TargetKind.DIRECTIVE_POST or note.operations[0] is not Operation.ADDED:
        return [], [Finding(note.line, "note-target-unexpected", Severity.ERROR, note.head)]
    source = (note.effective, note.resolution, note.provision, Operation.ADDED)
    made, _, findings = _read(list(note.body), source, None)
    return made, findings
