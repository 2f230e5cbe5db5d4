"""Where the state machine over a unit's lines is, and what every list of it does."""

from __future__ import annotations

from services.orgchart.importers.rof.content.drafts import Content, Draft
from services.orgchart.importers.rof.lines import Line
from services.orgchart.importers.rof.marks import QUOTES, Label
from services.orgchart.importers.rof.model import Finding, Section, Severity
from services.orgchart.importers.rof.spanish import is_upper


class Reading:
    """Where the reader is. section: where to begin; None begins in the heading.

    inline: the text sits inside a sentence, so a literal may stand alone at the end of its line.
    """

    def __init__(self, section: Section | None, inline: bool) -> None:
        self.content = Content()
        self.state: Label | Section | None = section
        self.inline = inline
        self.supergroup: str | None = None
        self.group: str | None = None
        self.has_supergroups = False
        self.item: Draft | None = None
        self.last_letter = 0
        self.last_number = 0
        self.in_note = False
        if section is not None:
            self.content.seen.add(section)

    def begin(self, section: Section) -> None:
        self.state = section
        self.content.seen.add(section)
        self.item, self.in_note = None, False
        self.group = self.supergroup = None
        self.has_supergroups = False
        self.last_letter = self.last_number = 0

    def new_group(self, text: str) -> None:
        title = bare_title(text)
        if self.has_supergroups and is_upper(title):
            self.supergroup, self.group = title, None
        else:
            self.group = title
        self.item = None
        if self.state is Section.PRODUCTS:
            self.last_number = 0

    def open(self, section: Section, mark: str | None, text: str, line: int) -> None:
        self.item = Draft(section, self.supergroup, self.group, mark, [text], [line])
        self.content.items.append(self.item)

    def go_on(self, line: Line) -> None:
        if self.item is None:
            self.report(line, "unplaced-line", line.text, Severity.ERROR)
            return
        self.item.parts.append(line.text)
        self.item.lines.append(line.number)

    def report(self, line: Line, code: str, detail: str, severity: Severity = Severity.INFO) -> None:
        self.content.findings.append(Finding(line.number, code, severity, detail))


def bare_title(text: str) -> str:
    return text.strip(QUOTES).rstrip(" .:").strip()
