"""What is not Art. 10: general items (11), provinces (12), competences (13, 14), dispositions, posts (3)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.orgchart.importers.rof.articles import Chapter
from services.orgchart.importers.rof.lines import Break, Line
from services.orgchart.importers.rof.marks import bullet, letter_index, literal, number
from services.orgchart.importers.rof.model import (
    Competence,
    DirectivePost,
    Disposition,
    Finding,
    GeneralItem,
    Operation,
    ProvinceRow,
    Section,
    Severity,
    Source,
)
from services.orgchart.importers.rof.notes import Note, NoteKind, TargetKind
from services.orgchart.importers.rof.origin import Origin
from services.orgchart.importers.rof.spanish import fold, join, words

ONE_DAY = timedelta(days=1)
_DISPOSITION = re.compile(r"^([A-ZÁÉÍÓÚÑ]+(?: [A-ZÁÉÍÓÚÑ]+)*)\s*\.\s*-+\s*(.*)$")
_SCOPE = re.compile(r"^\d{1,2}[.)] Todas las (.*)$", re.IGNORECASE)
_ZONE = re.compile(r"^ZONA (\d+) (.+)$")
_ROW = re.compile(r"^(.+?) ([12])$")


@dataclass(slots=True)
class _Text:
    """A dated text being read."""

    label: str | None
    parts: list[Line]
    valid_from: date
    introduced_by: Source
    kind: str = ""
    scope: str = ""
    section: Section = Section.ATTRIBUTIONS
    valid_to: date | None = None
    closed_by: Source | None = None
    tail: list[Line] = field(default_factory=list)

    @property
    def text(self) -> str:
        return join(line.text for line in self.parts)

    @property
    def lines(self) -> tuple[int, ...]:
        return tuple(line.number for line in self.parts)

    def close(self, effective: date, source: Source) -> None:
        self.valid_to, self.closed_by = effective - ONE_DAY, source


def _error(line: int, code: str, detail: str) -> Finding:
    return Finding(line, code, Severity.ERROR, detail[:300])


def _source_of(note: Note, index: int = 0) -> Source:
    operation = note.operations[index] if index < len(note.operations) else note.operations[0]
    return Source(note.resolution or "", note.provision, operation, note.lines)


# -- Art. 11 ------------------------------------------------------------------------------------------------


def general_items(chapter: Chapter, origin: Origin) -> tuple[list[GeneralItem], list[Finding]]:
    """Two scopes (`1. Todas las Direcciones …`, `2. Todas las Coordinaciones Provinciales …`), two lists each."""
    texts: list[_Text] = []
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


def _feed_general(texts: list[_Text], line: Line, scope: str, section: Section, origin: Origin) -> list[Finding]:
    mates = [t for t in texts if t.scope == scope and t.section is section]
    found = literal(line.text) if section is Section.ATTRIBUTIONS else number(line.text)
    last = mates[-1].label if mates else None
    if found and found.rest and _next_label(section, last) == found.value:
        source = Source(origin.resolution, "Art. 11", Operation.ORIGINAL, (line.number,))
        texts.append(
            _Text(found.value, [line.having(found.rest)], origin.in_force_from, source, scope=scope, section=section)
        )
        return []
    if found and found.rest:
        return [_error(line.number, "general-out-of-sequence", line.text)]
    if mates:
        mates[-1].parts.append(line)
    return []


def _next_label(section: Section, last: str | None) -> str:
    if section is Section.PRODUCTS:
        return str(int(last or "0") + 1)
    index = letter_index(last) + 1 if last else 1
    return chr(ord("a") + (index - 1) % 26) * ((index - 1) // 26 + 1)


def _change_general(texts: list[_Text], note: Note, scope: str, origin: Origin) -> list[Finding]:
    if note.kind is not NoteKind.CHANGE:
        return []
    section = {TargetKind.LITERAL: Section.ATTRIBUTIONS, TargetKind.PRODUCT: Section.PRODUCTS}.get(note.target.kind)
    if section is None or note.effective is None:
        return [_error(note.line, "note-target-unexpected", note.head)]
    bodies = _labelled_bodies(list(note.body), section)
    findings: list[Finding] = []
    for index, label in enumerate(note.target.labels):
        source = _source_of(note, index)
        old = [t for t in texts if t.scope == scope and t.section is section and t.label == label and not t.valid_to]
        if source.operation is not Operation.ADDED:
            if not old:
                findings.append(_error(note.line, "note-target-missing", note.head))
                continue
            old[-1].close(note.effective, source)
        if source.operation is Operation.REPEALED:
            continue
        if label not in bodies:
            findings.append(_error(note.line, "note-text-missing", note.head))
            continue
        made = _Text(label, bodies[label], note.effective, source, scope=scope, section=section)
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


def _frozen_general(texts: list[_Text]) -> list[GeneralItem]:
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


# -- Art. 12 ------------------------------------------------------------------------------------------------


def province_table(chapter: Chapter) -> tuple[list[ProvinceRow], list[Finding]]:
    """Rows `ZONA n SEAT` then `PROVINCE LEVEL`; a zone may have its first province on its own line."""
    rows: list[ProvinceRow] = []
    findings: list[Finding] = []
    zone, seat = 0, ""
    for line in chapter.lines():
        begun = _ZONE.match(line.text)
        if begun:
            zone, rest = int(begun[1]), begun[2].strip()
            row = _ROW.match(rest)
            seat = rest.split(" ")[0] if row else rest
            if row:
                rows.append(ProvinceRow(zone, seat, row[1][len(seat) :].strip(), int(row[2]), line.number))
            continue
        row = _ROW.match(line.text)
        if row and zone:
            rows.append(ProvinceRow(zone, seat, row[1].strip(), int(row[2]), line.number))
        elif zone:
            findings.append(_error(line.number, "row-unplaced", line.text))
    return rows, findings


# -- Art. 13 and 14 -----------------------------------------------------------------------------------------


def competences(chapters: list[Chapter], origin: Origin) -> tuple[list[Competence], list[Finding]]:
    """Competences of the two levels; the closing paragraphs of Art. 14 are kept, without a letter."""
    made: list[Competence] = []
    findings: list[Finding] = []
    for chapter in chapters:
        level = re.search(r"nivel ([12])", chapter.title + " " + _first_text(chapter))
        if chapter.article not in {13, 14} or level is None:
            continue
        texts: list[_Text] = []
        for line in chapter.lines():
            _feed_competence(texts, line, origin, chapter.article)
        findings += [_error(n.line, "note-target-unexpected", n.head) for n in chapter.notes()]
        made += [
            Competence(t.valid_from, t.valid_to, t.introduced_by, t.closed_by, t.lines, int(level[1]), t.label, t.text)
            for t in texts
        ]
    return made, findings


def _first_text(chapter: Chapter) -> str:
    return join(line.text for line in chapter.lines()[:3])


def _feed_competence(texts: list[_Text], line: Line, origin: Origin, article: int) -> None:
    found = literal(line.text)
    last = next((t.label for t in reversed(texts) if t.label), None)
    source = Source(origin.resolution, f"Art. {article}", Operation.ORIGINAL, (line.number,))
    if found and found.rest and found.value == _next_label(Section.ATTRIBUTIONS, last):
        texts.append(_Text(found.value, [line.having(found.rest)], origin.in_force_from, source))
    elif texts and line.paragraph is not Break.NONE and texts[-1].text.endswith(".") and line.text[:1].isupper():
        texts.append(_Text(None, [line], origin.in_force_from, source))
    elif texts:
        texts[-1].parts.append(line)


# -- dispositions -------------------------------------------------------------------------------------------


def dispositions(chapters: list[Chapter], origin: Origin) -> tuple[list[Disposition], list[Finding]]:
    made: list[Disposition] = []
    findings: list[Finding] = []
    for chapter in chapters:
        if chapter.dispositions is None:
            continue
        texts: list[_Text] = []
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


def _feed_disposition(texts: list[_Text], line: Line, origin: Origin, chapter: Chapter) -> None:
    begun = _DISPOSITION.match(line.text)
    if begun:
        title = chapter.title.capitalize().rstrip(".")
        source = Source(origin.resolution, f"{title}, {begun[1].capitalize()}", Operation.ORIGINAL, (line.number,))
        texts.append(_Text(begun[1], [line.having(begun[2])], origin.in_force_from, source))
    elif texts and not re.match(r"^ANEXO\b", line.text):
        texts[-1].parts.append(line)


def _change_disposition(texts: list[_Text], note: Note) -> list[Finding]:
    if note.kind is not NoteKind.CHANGE or note.target.kind is not TargetKind.DISPOSITION or not note.effective:
        return []
    wanted = words(note.target.labels[0])
    old = [t for t in texts if words(t.label or "") == wanted and t.valid_to is None]
    source = _source_of(note)
    if source.operation is not Operation.ADDED:
        if not old:
            return [_error(note.line, "note-target-missing", note.head)]
        old[-1].close(note.effective, source)
    if source.operation is Operation.REPEALED:
        return []
    if not note.body:
        return [_error(note.line, "note-text-missing", note.head)]
    first, *rest = note.body
    begun = _DISPOSITION.match(first.text)
    label = begun[1] if begun else wanted.upper()
    made = _Text(label, [first.having(begun[2] if begun else first.text), *rest], note.effective, source)
    texts.insert(texts.index(old[-1]) + 1 if old else len(texts), made)
    return []


# -- Art. 3 -------------------------------------------------------------------------------------------------


def directive_posts(chapter: Chapter, origin: Origin) -> tuple[list[DirectivePost], list[Finding]]:
    texts: list[_Text] = []
    findings: list[Finding] = []
    for part in chapter.parts:
        if isinstance(part, Note):
            if part.kind is not NoteKind.CHANGE or part.effective is None:
                continue
            if part.target.kind is not TargetKind.DIRECTIVE_POST or part.operations[0] is not Operation.ADDED:
                findings.append(_error(part.line, "note-target-unexpected", part.head))
                continue
            _read_bullets(texts, list(part.body), part.effective, _source_of(part))
        else:
            source = Source(origin.resolution, "Art. 3", Operation.ORIGINAL, ())
            _read_bullets(texts, part, origin.in_force_from, source)
    return [
        DirectivePost(t.valid_from, t.valid_to, t.introduced_by, t.closed_by, t.lines, t.text) for t in texts
    ], findings


def _read_bullets(texts: list[_Text], lines: list[Line], valid_from: date, source: Source) -> None:
    open_ = False
    for line in lines:
        found = bullet(line.text)
        if found:
            texts.append(_Text(None, [line.having(found.rest)], valid_from, source))
            open_ = True
        elif open_ and line.paragraph is not Break.CERTAIN and not line.text.startswith("Y los demás"):
            texts[-1].parts.append(line)
        else:
            open_ = False
