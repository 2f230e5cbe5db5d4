"""The text cut into its articles and chapters of dispositions; in each, runs of lines and NOTAs in order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from services.orgchart.importers.rof.lines import Line
from services.orgchart.importers.rof.notes.extents import collect, opens_note
from services.orgchart.importers.rof.notes.model import Note
from services.orgchart.importers.rof.spanish import fold

_ARTICLE = re.compile(r"^Art[íi]culo (\d+)\s*\.\s*-+\s*(.*)$")
_DISPOSITIONS = re.compile(
    r"^(?:DISPOSICI[ÓO]N(?:ES)? (GENERAL|TRANSITORIA|REFORMATORIA|DEROGATORIA|FINAL)(?:ES|S)?)\s*$"
)
_KINDS = {
    "GENERAL": "general",
    "TRANSITORIA": "transitory",
    "REFORMATORIA": "reforming",
    "DEROGATORIA": "repealing",
    "FINAL": "final",
}


@dataclass(slots=True)
class Chapter:
    """An article (`article`), a chapter of dispositions (`dispositions`), or what stands before Art. 1."""

    article: int | None
    title: str
    line: int
    dispositions: str | None = None
    parts: list[list[Line] | Note] = field(default_factory=list)

    def add(self, line: Line) -> None:
        last = self.parts[-1] if self.parts else None
        if isinstance(last, list):
            last.append(line)
        else:
            self.parts.append([line])

    def notes(self) -> list[Note]:
        return [part for part in self.parts if isinstance(part, Note)]

    def lines(self) -> list[Line]:
        return [line for part in self.parts if isinstance(part, list) for line in part]


def split_articles(lines: list[Line]) -> list[Chapter]:
    """Articles come in ascending order and are followed by `.-`: `Artículo 10` inside a sentence begins nothing."""
    chapters = [Chapter(article=None, title="", line=0)]
    index = 0
    while index < len(lines):
        line = lines[index]
        if opens_note(line):
            note, index = collect(lines, index)
            chapters[-1].parts.append(note)
            continue
        used = _opens_chapter(lines, index, chapters)
        if used:
            index += used
            continue
        chapters[-1].add(line)
        index += 1
    return chapters


def opens_article(text: str) -> bool:
    return _ARTICLE.match(text) is not None


def _opens_chapter(lines: list[Line], index: int, chapters: list[Chapter]) -> int:
    line = lines[index]
    article = _ARTICLE.match(line.text)
    last = max((c.article or 0 for c in chapters), default=0)
    if article and int(article[1]) > last:
        title, _, rest = article[2].partition(".-")
        chapter = Chapter(article=int(article[1]), title=title.strip(" -.\u2013"), line=line.number)
        chapters.append(chapter)
        if rest.strip():
            chapter.add(line.having(rest.strip()))
        return 1
    kind = _dispositions(line.text)
    if kind:
        chapters.append(Chapter(article=None, title=line.text, line=line.number, dispositions=kind))
        return 1
    return _glued(lines, index, chapters)


def _dispositions(text: str) -> str | None:
    found = _DISPOSITIONS.match(text)
    return _KINDS[found[1]] if found else None


def _glued(lines: list[Line], index: int, chapters: list[Chapter]) -> int:
    """A heading glued to the end of the sentence before it (`… numeral 2.4DISPOSICIONES` / `DEROGATORIAS`)."""
    line = lines[index]
    found = re.match(r"^(.*?\S)\s*(DISPOSICI[ÓO]N(?:ES)?)$", line.text)
    following = lines[index + 1].text if index + 1 < len(lines) else ""
    if not found or not fold(following).isalpha():
        return 0
    kind = _dispositions(f"{found[2]} {following}")
    if kind is None:
        return 0
    chapters[-1].add(line.having(found[1]))
    chapters.append(Chapter(article=None, title=f"{found[2]} {following}", line=line.number, dispositions=kind))
    return 2
