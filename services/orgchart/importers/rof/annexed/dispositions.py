"""General, transitory, reforming, repealing and final dispositions."""

from __future__ import annotations

import re

from services.orgchart.importers.rof.annexed.dated_text import DatedText, error, source_of
from services.orgchart.importers.rof.articles import Chapter
from services.orgchart.importers.rof.lines import Line
from services.orgchart.importers.rof.model import Disposition, Finding, Operation, Source
from services.orgchart.importers.rof.notes.model import Note, NoteKind, TargetKind
from services.orgchart.importers.rof.origin import Origin
from services.orgchart.importers.rof.spanish import words

_DISPOSITION = re.compile(r"^([A-ZÁÉÍÓÚÑ]+(?: [A-ZÁÉÍÓÚÑ]+)*)\s*\.\s*-+\s*(.*)$")


def dispositions(chapters: list[Chapter], origin: Origin) -> tuple[list[Disposition], list[Finding]]:
    made: list[Disposition] = []
    findings: list[Finding] = []
    for chapter in chapters:
        if chapter.dispositions is None:
            continue
        texts: list[DatedText] = []
        for part in chapter.parts:
            if isinstance(part, Note):
                findings += _change_disposition(texts, part)
                continue
            for line in part:
                _feed_disposition(texts, line, origin, chapter)
        made += [
            Disposition(
                t.valid_from, t.valid_to, t.introduced_by, t.closed_by, t.lines, chapter.dispositions, t.label or "",
                t.text,
            )
            for t in texts
        ]  # fmt: skip
    return made, findings


def _feed_disposition(texts: list[DatedText], line: Line, origin: Origin, chapter: Chapter) -> None:
    begun = _DISPOSITION.match(line.text)
    if begun:
        title = chapter.title.capitalize().rstrip(".")
        source = Source(origin.resolution, f"{title}, {begun[1].capitalize()}", Operation.ORIGINAL, (line.number,))
        texts.append(DatedText(begun[1], [line.having(begun[2])], origin.in_force_from, source))
    elif texts and not re.match(r"^ANEXO\b", line.text):
        texts[-1].parts.append(line)


def _change_disposition(texts: list[DatedText], note: Note) -> list[Finding]:
    if note.kind is not NoteKind.CHANGE or note.target.kind is not TargetKind.DISPOSITION or not note.effective:
        return []
    wanted = words(note.target.labels[0])
    old = [t for t in texts if words(t.label or "") == wanted and t.valid_to is None]
    source = source_of(note)
    if source.operation is not Operation.ADDED:
        if not old:
            return [error(note.line, "note-target-missing", note.head)]
        old[-1].close(note.effective, source)
    if source.operation is Operation.REPEALED:
        return []
    if not note.body:
        return [error(note.line, "note-text-missing", note.head)]
    first, *rest = note.body
    begun = _DISPOSITION.match(first.text)
    label = begun[1] if begun else wanted.upper()
    made = DatedText(label, [first.having(begun[2] if begun else first.text), *rest], note.effective, source)
    texts.insert(texts.index(old[-1]) + 1 if old else len(texts), made)
    return []
