"""Art. 3: the directive posts."""

from __future__ import annotations

from datetime import date

from services.orgchart.importers.rof.annexed.dated_text import DatedText, error, source_of
from services.orgchart.importers.rof.articles import Chapter
from services.orgchart.importers.rof.lines import Break, Line
from services.orgchart.importers.rof.marks import bullet
from services.orgchart.importers.rof.model import DirectivePost, Finding, Operation, Source
from services.orgchart.importers.rof.notes.model import Note, NoteKind, TargetKind
from services.orgchart.importers.rof.origin import Origin


def directive_posts(chapter: Chapter, origin: Origin) -> tuple[list[DirectivePost], list[Finding]]:
    texts: list[DatedText] = []
    findings: list[Finding] = []
    for part in chapter.parts:
        if isinstance(part, Note):
            if part.kind is not NoteKind.CHANGE or part.effective is None:
                continue
            if part.target.kind is not TargetKind.DIRECTIVE_POST or part.operations[0] is not Operation.ADDED:
                findings.append(error(part.line, "note-target-unexpected", part.head))
                continue
            _read_bullets(texts, list(part.body), part.effective, source_of(part))
        else:
            source = Source(origin.resolution, "Art. 3", Operation.ORIGINAL, ())
            _read_bullets(texts, part, origin.in_force_from, source)
    return [
        DirectivePost(t.valid_from, t.valid_to, t.introduced_by, t.closed_by, t.lines, t.text) for t in texts
    ], findings


def _read_bullets(texts: list[DatedText], lines: list[Line], valid_from: date, source: Source) -> None:
    open_ = False
    for line in lines:
        found = bullet(line.text)
        if found:
            texts.append(DatedText(None, [line.having(found.rest)], valid_from, source))
            open_ = True
        elif open_ and line.paragraph is not Break.CERTAIN and not line.text.startswith("Y los demás"):
            texts[-1].parts.append(line)
        else:
            open_ = False
