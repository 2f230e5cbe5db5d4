"""Every line that looks like the beginning of an entry must have begun one: else an entry is lost inside another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from services.orgchart.importers.rof.lines import Line
from services.orgchart.importers.rof.marks import QUOTES
from services.orgchart.importers.rof.model import (
    Codification,
    Competence,
    Finding,
    GeneralItem,
    Item,
    Section,
    Severity,
    UnitVersion,
)

# `ñ)`, `ab)`, `B)`, `c.-`, `(4)`, `7 .`: what no list of the regulation is printed with, or not at this place.
_LETTER = re.compile(rf"^[{QUOTES}]?\s*(?:\(?[a-zñ]{{1,3}}\s?\)|[A-ZÑ]\s?\)|[a-zñ]\s?\.\s?-)\s+\S")
# A sentence may wrap before `2. de la Ley`: entries begin with a capital, unless they were placed.
_NUMBER = re.compile(rf"^[{QUOTES}]?\s*\(?\d{{1,2}}\s?(?:\)|\.\s?-?)\s+[{QUOTES}]?[A-ZÁÉÍÓÚÑ]")
_INSIDE = re.compile(r"[;.,:](?: y,?)?\s+(\(?(?:[a-zñ]{1,3}\)|\d{1,2}\.)\s?-?\s+[A-ZÁÉÍÓÚÑ]\w*)")
_HEADED = re.compile(
    r"ATRIBUCIONES Y RESPONSABILIDADES|PRODUCTOS Y SERVICIOS|(?:GESTI[OÓ]N|GESTIONES) INTERNAS?"
    r"|(?:^|\s)(?:a\)|1[.)])\s+[A-ZÁÉÍÓÚÑ]"
)


def unplaced(lines: Iterable[Line], read: Codification) -> list[Finding]:
    """What may be an entry lost inside something else: an error where its kind of list stands, else a warning."""
    printed = {line.number: line.text for line in lines}
    found: dict[tuple[int, str], Finding] = {}
    entries: list[Item | GeneralItem | Competence] = [*read.items, *read.general_items, *read.competences]
    for finding in [f for entry in entries for f in _inside(entry, printed)] + [
        f for unit in read.units for f in _before(unit)
    ]:
        found.setdefault((finding.line, finding.code), finding)
    return list(found.values())


def _inside(entry: Item | GeneralItem | Competence, printed: Mapping[int, str]) -> Iterator[Finding]:
    section = Section.ATTRIBUTIONS if isinstance(entry, Competence) else entry.section
    own, other = (_LETTER, _NUMBER) if section is Section.ATTRIBUTIONS else (_NUMBER, _LETTER)
    for number in entry.lines[1:]:
        text = printed.get(number, "")
        if own.match(text):
            yield Finding(number, "mark-not-placed", Severity.ERROR, text[:200])
        elif other.match(text):
            yield Finding(number, "mark-inside-text", Severity.WARNING, text[:200])
    if inside := _INSIDE.search(entry.text):
        yield Finding(entry.lines[0], "mark-inside-text", Severity.WARNING, f"… {inside[1]} …")


def _before(unit: UnitVersion) -> Iterator[Finding]:
    """A list that began on the line of its label, or of what stands before it, would be missing altogether."""
    for text in (unit.name, unit.process_name, unit.mission, unit.responsible_post, unit.attributions_intro):
        if text and (headed := _HEADED.search(text)):
            yield Finding(unit.lines[0], "list-not-begun", Severity.ERROR, text[headed.start() :][:200])
