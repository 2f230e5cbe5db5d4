"""A text outside Art. 10 while it is being read, with the source that opened and closed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from services.orgchart.importers.rof.lines import Line
from services.orgchart.importers.rof.marks import letter_index
from services.orgchart.importers.rof.model import Finding, Section, Severity, Source
from services.orgchart.importers.rof.notes.model import Note
from services.orgchart.importers.rof.spanish import join

ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class DatedText:
    """A dated text being read."""

    label: str | None
    parts: list[Line]
    valid_from: date
    introduced_by: Source
    scope: str = ""
    section: Section = Section.ATTRIBUTIONS
    valid_to: date | None = None
    closed_by: Source | None = None

    @property
    def text(self) -> str:
        return join(line.text for line in self.parts)

    @property
    def lines(self) -> tuple[int, ...]:
        return tuple(line.number for line in self.parts)

    def close(self, effective: date, source: Source) -> None:
        self.valid_to, self.closed_by = effective - ONE_DAY, source


def error(line: int, code: str, detail: str) -> Finding:
    return Finding(line, code, Severity.ERROR, detail[:300])


def source_of(note: Note, index: int = 0) -> Source:
    operation = note.operations[index] if index < len(note.operations) else note.operations[0]
    return Source(note.resolution or "", note.provision, operation, note.lines)


def next_label(section: Section, last: str | None) -> str:
    if section is Section.PRODUCTS:
        return str(int(last or "0") + 1)
    index = letter_index(last) + 1 if last else 1
    return chr(ord("a") + (index - 1) % 26) * ((index - 1) // 26 + 1)
