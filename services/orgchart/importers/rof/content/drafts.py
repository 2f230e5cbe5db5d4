"""What a run of lines holds, before it has dates: headings, mission, post, items."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.orgchart.importers.rof.lines import Line
from services.orgchart.importers.rof.model import Finding, Section
from services.orgchart.importers.rof.spanish import join


@dataclass(slots=True)
class Draft:
    """An item being read."""

    section: Section
    supergroup: str | None
    group: str | None
    label: str | None
    parts: list[str]
    lines: list[int]
    post_parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return join(self.parts)

    @property
    def post(self) -> str | None:
        return join(self.post_parts) or None


@dataclass(slots=True)
class Content:
    """What a run of lines holds. `seen` are the sections whose label was printed."""

    headings: list[list[Line]] = field(default_factory=list)
    mission: list[Line] = field(default_factory=list)
    post: list[Line] = field(default_factory=list)
    intro: list[Line] = field(default_factory=list)
    closing: list[Line] = field(default_factory=list)
    management_note: list[Line] = field(default_factory=list)
    items: list[Draft] = field(default_factory=list)
    seen: set[Section] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    def of(self, section: Section) -> list[Draft]:
        return [item for item in self.items if item.section is section]
