"""What the regulation says, as frozen facts with validity and provenance down to the literal."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Operation(StrEnum):
    """How a fact came to be, or ceased."""

    ORIGINAL = "original"
    REPLACED = "replaced"
    ADDED = "added"
    REPEALED = "repealed"
    RENUMBERED = "renumbered"


class Section(StrEnum):
    """The part of a unit a list belongs to."""

    ATTRIBUTIONS = "attributions"
    PRODUCTS = "products"
    MANAGEMENT = "internal_management"


class Severity(StrEnum):
    """`error` stops the import; `warning` and `info` are reported and the import goes on."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the reader could not place, or repaired by rule. `line` is 1-based in the source text."""

    line: int
    code: str
    severity: Severity
    detail: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from: resolution (`C.D. 553`), provision as printed, operation, lines of the text."""

    resolution: str
    provision: str | None
    operation: Operation
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """What every dated fact has. `valid_to` is inclusive; None means still in force as codified."""

    valid_from: dt.date
    valid_to: dt.date | None
    introduced_by: Source
    closed_by: Source | None
    lines: tuple[int, ...]

    def in_force(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class UnitVersion(Fact):
    """A unit of Art. 10 between two dates. `unit` is its identity within this codification (from 1).

    attributions_closing: an unlettered sentence that ends the list of attributions (only 1.2 has one).
    """

    unit: int
    numeral: str
    name: str
    process_name: str | None
    mission: str | None
    responsible_post: str | None
    attributions_intro: str | None
    attributions_closing: str | None
    management_note: str | None
    process_group: str | None


@dataclass(frozen=True, slots=True)
class Item(Fact):
    """A literal, a product or an entry of the internal management, as printed.

    label: the letter or number as printed; None for an unlettered closing paragraph and for bullets.
    position: 1-based order within the unit's section, over all versions.
    responsible_post: only in the internal management, where the text names it beside the entry.
    """

    unit: int
    section: Section
    supergroup: str | None
    group: str | None
    label: str | None
    position: int
    text: str
    responsible_post: str | None = None


@dataclass(frozen=True, slots=True)
class GeneralItem(Fact):
    """An attribution or product of Art. 11, inherited by rule. scope: `national` or `provincial`."""

    scope: str
    section: Section
    label: str | None
    position: int
    text: str


@dataclass(frozen=True, slots=True)
class StructureEntry(Fact):
    """A line of Art. 8: numeral, process name and responsible as printed there."""

    numeral: str
    name: str
    responsible_post: str | None


@dataclass(frozen=True, slots=True)
class ProvinceRow:
    """A row of the table of Art. 12."""

    zone: int
    seat: str
    province: str
    level: int
    line: int


@dataclass(frozen=True, slots=True)
class Competence(Fact):
    """A competence of the Direcciones Provinciales of a level (Art. 13 and 14); label None: closing paragraph."""

    level: int
    label: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Disposition(Fact):
    """A disposition. kind: `general`, `transitory`, `reforming`, `repealing` or `final`; ordinal as printed."""

    kind: str
    ordinal: str
    text: str


@dataclass(frozen=True, slots=True)
class DirectivePost(Fact):
    """A post of the directive level (Art. 3)."""

    name: str


@dataclass(frozen=True, slots=True)
class Article:
    """An article kept as running text (those that are not taken apart)."""

    number: int
    title: str
    text: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Resolution:
    """A resolution of the Consejo Directivo that made or changed the regulation.

    changes: how many provisions of the codification name it as their source.
    """

    code: str
    date: dt.date
    in_force_from: dt.date
    changes: int


@dataclass(frozen=True, slots=True)
class Codification:
    """The whole regulation as codified, and what could not be read of it."""

    resolutions: tuple[Resolution, ...]
    units: tuple[UnitVersion, ...]
    items: tuple[Item, ...]
    general_items: tuple[GeneralItem, ...]
    structure: tuple[StructureEntry, ...]
    provinces: tuple[ProvinceRow, ...]
    competences: tuple[Competence, ...]
    dispositions: tuple[Disposition, ...]
    directive_posts: tuple[DirectivePost, ...]
    articles: tuple[Article, ...]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)

    def units_on(self, day: dt.date) -> tuple[UnitVersion, ...]:
        return tuple(u for u in self.units if u.in_force(day))

    def items_on(self, day: dt.date, section: Section) -> tuple[Item, ...]:
        return tuple(i for i in self.items if i.section is section and i.in_force(day))
