"""What a NOTA is.

It states the validity of an original text (`vigente desde … hasta …`), or changes something (`sustituido por …: “…”.
Modificación vigente desde …`), or is a banner.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from services.orgchart.importers.rof.lines import Line
from services.orgchart.importers.rof.model import Operation, Section


class NoteKind(StrEnum):
    """The two readings of a NOTA that matter, and the two that do not change anything."""

    HELD = "held"
    CHANGE = "change"
    ENTRY_INTO_FORCE = "entry_into_force"
    BANNER = "banner"
    UNKNOWN = "unknown"


class TargetKind(StrEnum):
    """What a NOTA speaks of."""

    LITERAL = "literal"
    PRODUCT = "product"
    ORDINAL = "ordinal"
    UNIT = "unit"
    SECTIONS = "sections"
    DISPOSITION = "disposition"
    DIRECTIVE_POST = "directive_post"
    ANNEX = "annex"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Target:
    """The thing spoken of. labels: letters or numbers; ordinals: -1 is the last; group: words that name one."""

    kind: TargetKind
    article: int | None = None
    numeral: str | None = None
    labels: tuple[str, ...] = ()
    ordinals: tuple[int, ...] = ()
    sections: tuple[Section, ...] = ()
    group: str | None = None
    disposition: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A NOTA as printed and as read. `body` is the reform text between the colon and `Modificación vigente`."""

    lines: tuple[int, ...]
    head: str
    body: tuple[Line, ...]
    kind: NoteKind = NoteKind.UNKNOWN
    target: Target = field(default_factory=lambda: Target(TargetKind.UNKNOWN))
    operations: tuple[Operation, ...] = ()
    resolution: str | None = None
    resolution_date: date | None = None
    provision: str | None = None
    effective: date | None = None
    held_to: date | None = None
    complete: bool = True

    @property
    def line(self) -> int:
        return self.lines[0]

    @property
    def when(self) -> date:
        """The first day of the change. Only a change has one: ValueError otherwise."""
        if self.effective is None:
            raise ValueError(f"the NOTA of line {self.line} states no date")
        return self.effective

    @property
    def by(self) -> str:
        """The resolution that made the change. Only a change has one: ValueError otherwise."""
        if self.resolution is None:
            raise ValueError(f"the NOTA of line {self.line} names no resolution")
        return self.resolution
