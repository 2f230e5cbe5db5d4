"""NOTA blocks: where they end, and what they say.

A NOTA either states the validity of an original text (`vigente desde … hasta …`), or changes something
(`sustituido por …: “…”. Modificación vigente desde …`), or is a banner. `collect` finds its extent in the
lines, `interpret` reads its head. Neither knows the text it refers to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from services.orgchart.importers.rof.lines import Break, Line
from services.orgchart.importers.rof.marks import BULLET, QUOTES
from services.orgchart.importers.rof.model import Operation, Section
from services.orgchart.importers.rof.spanish import DATE, fold, join, read_date

_OPENER = re.compile(rf"^[{QUOTES}]?\s*NOTA\s*:\s*(.*)$")
_HELD = re.compile(rf"vigente desde el ({DATE}) hasta el ({DATE})\s*\.?", re.IGNORECASE)
_EFFECTIVE = re.compile(rf"Modificaci[óo]n(?:es)? vigentes? desde el ({DATE})\s*\.?", re.IGNORECASE)
_RESOLVED = re.compile(rf"Resoluci[óo]n.*?C\.?\s?D\.?\s*\d+,? de ({DATE})\s*:", re.IGNORECASE)
_RESOLUTION = re.compile(rf"C\.\s?D\.?\s*(\d+)(?:,? de ({DATE}))?", re.IGNORECASE)
_PROVISION = re.compile(r"\bpor\s+(?:la |el |las |los )?(.+?)\s+de la Resoluci[óo]n", re.IGNORECASE)
_VERB = re.compile(
    r"\b(sustituid|reemplazad|reformad|modificad|agregad|incorporad|anadid|derogad|suprimid|eliminad|renumerad)[oa]s?\b"
)
_MODIFICATION = re.compile(r"Modificaci[óo]n(?:es)?\b")
_MAX_HEAD_LINES = 12

_OPERATION = {
    "sustituid": Operation.REPLACED,
    "reemplazad": Operation.REPLACED,
    "reformad": Operation.REPLACED,
    "modificad": Operation.REPLACED,
    "agregad": Operation.ADDED,
    "incorporad": Operation.ADDED,
    "anadid": Operation.ADDED,
    "derogad": Operation.REPEALED,
    "suprimid": Operation.REPEALED,
    "eliminad": Operation.REPEALED,
    "renumerad": Operation.RENUMBERED,
}
_ORDINALS = {
    "primer": 1, "primero": 1, "segundo": 2, "tercer": 3, "tercero": 3, "cuarto": 4, "quinto": 5, "sexto": 6,
    "septimo": 7, "octavo": 8, "noveno": 9, "decimo": 10, "undecimo": 11, "duodecimo": 12, "final": -1, "ultimo": -1,
}  # fmt: skip
_DISPOSITIONS = {
    "general": "general",
    "transitoria": "transitory",
    "reformatoria": "reforming",
    "derogatoria": "repealing",
    "final": "final",
}


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


def opens_note(line: Line) -> bool:
    return _OPENER.match(line.text) is not None


def collect(lines: list[Line], start: int) -> tuple[Note, int]:
    """The NOTA that begins at `start`, interpreted, and the index of the first line after it."""
    opener = _OPENER.match(lines[start].text)
    head: list[str] = [opener[1] if opener else lines[start].text]
    index = start
    while True:
        text = join(head)
        resolved, effective = _RESOLVED.search(text), _EFFECTIVE.search(text)
        # Both may stand on one long line; the reform text is then between them.
        if resolved and (effective is None or resolved.end() <= effective.start()):
            return _with_body(lines, start, index, text, resolved.end())
        if effective or _HELD.search(text):
            return _interpreted(lines, start, index + 1, text, ()), index + 1
        following = lines[index + 1] if index + 1 < len(lines) else None
        if following is None or opens_note(following) or _head_is_over(text, following, index - start):
            return _interpreted(lines, start, index + 1, text, ()), index + 1
        index += 1
        head.append(following.text)


def _head_is_over(text: str, following: Line, length: int) -> bool:
    if length >= _MAX_HEAD_LINES:
        return True
    ended = text.endswith(".") and not text.endswith(("No.", "Nro.", "C.D."))
    return ended and following.paragraph is not Break.NONE and not fold(following.text).startswith("modificacion")


def _with_body(lines: list[Line], start: int, index: int, text: str, colon: int) -> tuple[Note, int]:
    head, rest = text[:colon].rstrip(" :"), text[colon:].strip()
    body: list[Line] = [Line(lines[index].number, rest, Break.CERTAIN)] if rest else []
    cursor = index
    while True:
        if body and _MODIFICATION.search(body[-1].text):
            tail, end = _effective_clause(lines, body[-1], cursor)
            if tail is not None:
                before = _MODIFICATION.split(body[-1].text)[0].strip()
                kept = [*body[:-1], body[-1].having(before)] if before else body[:-1]
                note = _interpreted(lines, start, end + 1, f"{head}. {tail}", tuple(_unquoted(kept)))
                return note, end + 1
        cursor += 1
        if cursor >= len(lines) or opens_note(lines[cursor]):
            note = _interpreted(lines, start, cursor, head, tuple(_unquoted(body)), complete=False)
            return note, cursor
        body.append(lines[cursor])


def _effective_clause(lines: list[Line], opening: Line, cursor: int) -> tuple[str | None, int]:
    """`Modificación vigente desde el …`, which may wrap over the next two lines."""
    found = _MODIFICATION.search(opening.text)
    text = opening.text[found.start() :] if found else opening.text
    for end in range(cursor, min(cursor + 3, len(lines))):
        text = text if end == cursor else join([text, lines[end].text])
        if _EFFECTIVE.match(text):
            return text, end
    return None, cursor


def _unquoted(body: list[Line]) -> list[Line]:
    """The reform text without the quotes around it (they are not always balanced in print)."""
    if not body:
        return body
    first, *rest = body
    opening = re.match(rf"^({BULLET}\s*)?[“”]\s*(.*)$", first.text)
    if opening:
        first = first.having((opening[1] or "") + opening[2])
    lines = [first, *rest]
    closing = re.match(r"^(.*?)\s*”\s*\.?$", lines[-1].text)
    if closing:
        lines[-1] = lines[-1].having(closing[1])
    return [line for line in lines if line.text]


def _interpreted(
    lines: list[Line], start: int, end: int, text: str, body: tuple[Line, ...], complete: bool = True
) -> Note:
    numbers = tuple(line.number for line in lines[start:end])
    return interpret(Note(lines=numbers, head=text, body=body, complete=complete))


def interpret(note: Note) -> Note:
    """The note with its kind, target, operations, resolution, provision and dates read from the head."""
    text = note.head
    held, effective = _HELD.search(text), _EFFECTIVE.search(text)
    verbs = _VERB.findall(fold(text))
    resolution = _last_resolution(text)
    read = replace(note, resolution=resolution[0], resolution_date=resolution[1])
    if held:
        return replace(
            read,
            kind=NoteKind.HELD,
            target=read_target(text[: held.start()]),
            effective=read_date(held[1]),
            held_to=read_date(held[2]),
        )
    # Without a resolution nothing could be dated or answered for: it is not read as a change.
    if effective and verbs and read.resolution:
        provision = _PROVISION.search(text)
        return replace(
            read,
            kind=NoteKind.CHANGE,
            target=read_target(text),
            operations=tuple(_OPERATION[verb] for verb in verbs),
            provision=provision[1] if provision else None,
            effective=read_date(effective[1]),
        )
    return replace(read, kind=_undated_kind(fold(text)), effective=read_date(text))


def _undated_kind(folded: str) -> NoteKind:
    if "en vigencia a partir del" in folded or "entrara en vigencia" in folded:
        return NoteKind.ENTRY_INTO_FORCE
    if folded.startswith(("el contenido del presente documento", "modificacion introducida con resolucion")):
        return NoteKind.BANNER
    return NoteKind.UNKNOWN


def _last_resolution(text: str) -> tuple[str | None, date | None]:
    found = list(_RESOLUTION.finditer(text))
    if not found:
        return None, None
    return f"C.D. {found[-1][1]}", read_date(found[-1][2] or "")


def read_target(text: str) -> Target:
    """What a NOTA's head speaks of, read from the words before its verb or resolution."""
    folded = fold(text)
    verb = _VERB.search(folded)
    subject = folded[: verb.start()] if verb else folded
    subject = re.split(r"\bde la resolucion\b", subject)[0].strip(" ,.")
    article = re.search(r"\barticulo (\d+)", subject)
    numerals = re.findall(r"\bnumeral (\d+(?:\.\d+)+)", subject)
    number = int(article[1]) if article else None
    numeral = numerals[-1] if numerals else None
    annex = re.match(r"anexo", subject)
    if annex:
        return Target(TargetKind.ANNEX)
    disposition = re.match(r"disposicion (\w+) (.+)$", subject)
    if disposition and disposition[1] in _DISPOSITIONS:
        return Target(
            TargetKind.DISPOSITION, labels=(disposition[2].strip(),), disposition=_DISPOSITIONS[disposition[1]]
        )
    if re.match(r"puestos? directivos?", subject):
        return Target(TargetKind.DIRECTIVE_POST, article=number)
    if re.match(r"literal(es)?\b", subject):
        letters = re.split(r"\b(?:del? )?(?:numeral|articulo)\b", subject)[0]
        return Target(
            TargetKind.LITERAL, article=number, numeral=numeral, labels=tuple(re.findall(r"\b([a-z]{1,3})\)", letters))
        )
    if re.match(r"ordinal(es)?\b", subject):
        spoken = re.findall(r"\b(\w+)\b", re.split(r"\bnumeral\b", subject)[0])
        ordinals = tuple(_ORDINALS[word] for word in spoken if word in _ORDINALS)
        return Target(TargetKind.ORDINAL, article=number, numeral=numeral, ordinals=ordinals)
    return _section_or_unit(subject, number, numeral)


def _section_or_unit(subject: str, article: int | None, numeral: str | None) -> Target:
    product = re.match(
        r"numeral(?:es)? ((?:\d+(?:, | y )?)+) +(?:de los productos|del articulo|en los productos)", subject
    )
    if product and not re.match(r"numeral \d+\.\d", subject):
        group = re.search(r"productos y servicios de (.+?),? (?:del )?numeral", subject)
        return Target(
            TargetKind.PRODUCT,
            article=article,
            numeral=numeral,
            labels=tuple(re.findall(r"\d+", product[1])),
            group=group[1] if group else None,
        )
    if re.match(r"numeral \d+(\.\d+)+", subject):
        return Target(TargetKind.UNIT, article=article, numeral=numeral)
    sections = _sections(subject)
    if sections and numeral:
        group = re.search(
            r"(?:servicios|productos|responsabilidades|internas) de (.+?),? (?:del |contemplad\w+ en el )?numeral",
            subject,
        )
        return Target(
            TargetKind.SECTIONS, article=article, numeral=numeral, sections=sections, group=group[1] if group else None
        )
    return Target(TargetKind.UNKNOWN, article=article, numeral=numeral)


def _sections(subject: str) -> tuple[Section, ...]:
    said = re.split(r"\b(?:del |en el )?numeral\b", subject)[0]
    named = {
        Section.ATTRIBUTIONS: "atribuciones",
        Section.MANAGEMENT: "gestion",
        Section.PRODUCTS: "productos",
    }
    opened = re.match(r"(atribuciones|gestion(es)? internas?|productos)", said)
    if not opened:
        return ()
    # A group may carry the word `gestión` in its name; the section is `gestiones internas` only.
    said = re.sub(r"gestion(?!(es)? internas?)", "", said)
    return tuple(section for section, word in named.items() if word in said)
