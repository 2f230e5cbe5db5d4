"""Art. 13 and 14: the competences of provinces of each level."""

from __future__ import annotations

import re

from services.orgchart.importers.rof.annexed.dated_text import DatedText, error, next_label
from services.orgchart.importers.rof.articles import Chapter
from services.orgchart.importers.rof.lines import Break, Line
from services.orgchart.importers.rof.marks import literal
from services.orgchart.importers.rof.model import Competence, Finding, Operation, Section, Source
from services.orgchart.importers.rof.origin import Origin
from services.orgchart.importers.rof.spanish import join


def competences(chapters: list[Chapter], origin: Origin) -> tuple[list[Competence], list[Finding]]:
    """Competences of the two levels; the closing paragraphs of Art. 14 are kept, without a letter."""
    made: list[Competence] = []
    findings: list[Finding] = []
    for chapter in chapters:
        level = re.search(r"nivel ([12])", chapter.title + " " + _first_text(chapter))
        if chapter.article not in {13, 14} or level is None:
            continue
        texts: list[DatedText] = []
        for line in chapter.lines():
            _feed_competence(texts, line, origin, chapter.article)
        findings += [error(n.line, "note-target-unexpected", n.head) for n in chapter.notes()]
        made += [
            Competence(t.valid_from, t.valid_to, t.introduced_by, t.closed_by, t.lines, int(level[1]), t.label, t.text)
            for t in texts
        ]
    return made, findings


def _first_text(chapter: Chapter) -> str:
    return join(line.text for line in chapter.lines()[:3])


def _feed_competence(texts: list[DatedText], line: Line, origin: Origin, article: int) -> None:
    found = literal(line.text)
    last = next((t.label for t in reversed(texts) if t.label), None)
    source = Source(origin.resolution, f"Art. {article}", Operation.ORIGINAL, (line.number,))
    if found and found.rest and found.value == next_label(Section.ATTRIBUTIONS, last):
        texts.append(DatedText(found.value, [line.having(found.rest)], origin.in_force_from, source))
    elif texts and line.paragraph is not Break.NONE and texts[-1].text.endswith(".") and line.text[:1].isupper():
        texts.append(DatedText(None, [line], origin.in_force_from, source))
    elif texts:
        texts[-1].parts.append(line)
