"""State machine over the lines of one unit: heading, mission, post, attributions, management, products.

It reads originals and reform texts alike. It knows nothing of dates: it turns lines into drafts, and the
caller gives them their validity.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from services.orgchart.importers.rof.lines import Break, Line
from services.orgchart.importers.rof.marks import QUOTES, Label, Mark, bullet, label, letter_index, literal, number
from services.orgchart.importers.rof.model import Finding, Section, Severity
from services.orgchart.importers.rof.spanish import fold, is_upper, join

_ENDED = (".", ";", ":", ",", "”")
# 1.2 ends with such a sentence and no letter: it is kept as the closing of the list, not as a literal.
_CLOSING_FORMULA = "las demas "
_MAX_TITLE_LINES = 4
_ORGANISATIONS = (
    "direccion", "subdireccion", "coordinacion", "unidad", "comite", "comision", "consejo", "procuraduria",
    "subprocuraduria", "auditoria", "centro", "prosecretaria", "gerencia", "secretaria",
)  # fmt: skip


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


class ContentReader:
    """Feeds on lines, one at a time, with a view of the lines that follow.

    section: where to begin (reform texts may begin inside a list); None begins in the heading.
    inline: the text sits inside a sentence, so a literal may stand alone at the end of its line.
    """

    def __init__(self, section: Section | None = None, inline: bool = False) -> None:
        self.content = Content()
        self.supergroup: str | None = None
        self.group: str | None = None
        self._has_supergroups = False
        self._inline = inline
        self._state: Label | Section | None = section
        self._item: Draft | None = None
        self._last_letter = 0
        self._last_number = 0
        self._in_note = False
        if section is not None:
            self.content.seen.add(section)

    @property
    def section(self) -> Section | None:
        return self._state if isinstance(self._state, Section) else None

    def feed_all(self, lines: list[Line]) -> Content:
        index = 0
        while index < len(lines):
            index += self.feed(lines, index)
        return self.content

    def feed(self, lines: list[Line], index: int) -> int:
        """Takes the line at `index`; returns how many lines it used."""
        line = lines[index]
        labelled = label(line.text)
        if labelled:
            return self._labelled(line, *labelled)
        if self._state is None:
            return self._heading(lines, index)
        if self._state is Label.MISSION:
            self.content.mission.append(line)
            return 1
        if self._state is Label.POST:
            self.content.post.append(line)
            return 1
        if self._state is Section.ATTRIBUTIONS:
            return self._attribution(lines, index)
        if self._state is Section.MANAGEMENT:
            return self._management(lines, index)
        return self._product(lines, index)

    def resume(self, letter: str | None = None, number: str | None = None) -> None:
        """Goes on after a NOTA: what follows is no continuation of the item before it.

        letter, number: what the NOTA itself added, so that the list may go on after it.
        """
        self._item, self._in_note = None, False
        if letter is not None:
            self._last_letter = max(self._last_letter, letter_index(letter))
        if number is not None:
            self._last_number = max(self._last_number, int(number))

    # -- labels -----------------------------------------------------------------------------------------

    def _labelled(self, line: Line, found: Label, rest: str) -> int:
        if found is Label.POST and self._state is Section.MANAGEMENT and self._item is not None:
            self._item.post_parts.append(rest)
            self._item.lines.append(line.number)
            return 1
        if found is Label.MISSION or found is Label.POST:
            self._state = found
            kept = self.content.mission if found is Label.MISSION else self.content.post
            if rest:
                kept.append(line.having(rest))
            return 1
        self._begin(Section(found.value))
        return 1

    def _begin(self, section: Section) -> None:
        self._state = section
        self.content.seen.add(section)
        self._item, self._in_note = None, False
        self.group = self.supergroup = None
        self._has_supergroups = False
        self._last_letter = self._last_number = 0

    # -- heading ----------------------------------------------------------------------------------------

    def _heading(self, lines: list[Line], index: int) -> int:
        line = lines[index]
        if number(line.text) and self.content.headings:
            self._begin(Section.PRODUCTS)
            return self._product(lines, index)
        if bullet(line.text) and self.content.headings:
            self._begin(Section.MANAGEMENT)
            return self._management(lines, index)
        if not self.content.headings or self._begins_name(line):
            self.content.headings.append([line])
        else:
            self.content.headings[-1].append(line)
        return 1

    @staticmethod
    def _begins_name(line: Line) -> bool:
        if line.paragraph is Break.POSSIBLE:
            return fold(line.text).split(" ")[0] in _ORGANISATIONS
        return line.paragraph is Break.CERTAIN

    # -- lists ------------------------------------------------------------------------------------------

    def _attribution(self, lines: list[Line], index: int) -> int:
        line = lines[index]
        found = literal(line.text)
        if found and (found.rest or self._inline):
            return self._literal(lines, index, found)
        if self._item is None and not self.content.of(Section.ATTRIBUTIONS):
            return self._before_first_literal(lines, index)
        if line.paragraph is not Break.NONE:
            title = self._title(lines, index, restart="a")
            if title:
                return title
            if self._is_closing_formula(line):
                self.content.closing.append(line)
                return 1
        self._continue(line)
        return 1

    def _literal(self, lines: list[Line], index: int, found: Mark) -> int:
        line = lines[index]
        position = letter_index(found.value)
        restarts = position == 1 and (self._last_letter == 0 or self.group is not None)
        if position == self._last_letter + 1 or restarts:
            self._last_letter = position
        elif self._is_mislabelled(line, found):
            self._last_letter += 1
            self._report(line, "mislabelled-literal", f"literal {found.value}) is the number {self._last_letter}")
        elif self._inline and self._item is None:
            self._last_letter = position
        else:
            self._report(line, "literal-out-of-sequence", f"{found.value}) is not the next literal", Severity.ERROR)
            self._continue(line)
            return 1
        self._open(Section.ATTRIBUTIONS, found.value, found.rest, line.number)
        return 1

    def _is_mislabelled(self, line: Line, found: Mark) -> bool:
        """A letter already used, on a sentence of its own: the list went on, the printer did not.

        A letter further on is no misprint: a literal is missing before it.
        """
        before = self._item.text if self._item else ""
        return (
            letter_index(found.value) <= self._last_letter
            and before.endswith((";", ".", "; y,", "; y"))
            and found.rest[:1].isupper()
            and line.paragraph is not Break.NONE
        )

    def _before_first_literal(self, lines: list[Line], index: int) -> int:
        block = _block(lines, index)
        text = join(part.text for part in block)
        if lines[index].paragraph is not Break.NONE and len(block) <= _MAX_TITLE_LINES and not text.endswith(_ENDED):
            self._new_group(text)
        else:
            self.content.intro.extend(block)
        return len(block)

    def _product(self, lines: list[Line], index: int) -> int:
        line = lines[index]
        found = number(line.text)
        if found and (found.rest or self._inline):
            value = int(found.value)
            restarts = value == 1 and (self._last_number == 0 or self._item is None)
            if value == self._last_number + 1 or restarts or (self._inline and self._item is None):
                self._last_number = value
                self._open(Section.PRODUCTS, found.value, found.rest, line.number)
                return 1
            if value == 1:
                self._report(line, "restart-without-title", "a list begins again without a title", Severity.WARNING)
                self.group, self._last_number = None, 1
                self._open(Section.PRODUCTS, found.value, found.rest, line.number)
                return 1
            self._report(line, "product-out-of-sequence", f"{found.value} is not the next product", Severity.ERROR)
        elif line.paragraph is not Break.NONE or self._item is None:
            title = self._title(lines, index, restart="1")
            if title:
                return title
        self._continue(line)
        return 1

    def _management(self, lines: list[Line], index: int) -> int:
        line = lines[index]
        found = bullet(line.text)
        if found:
            self._in_note = False
            self._open(Section.MANAGEMENT, None, found.rest, line.number)
            return 1
        if line.paragraph is not Break.NONE and not self._in_note:
            if number(line.text) or self._titles_products(lines, index):
                self._begin(Section.PRODUCTS)
                return self._product(lines, index)
            if line.paragraph is Break.CERTAIN:
                self._in_note = True
        if self._in_note or self._item is None:
            self.content.management_note.append(line)
        elif self._item.post_parts:
            self._item.post_parts.append(line.text)
            self._item.lines.append(line.number)
        else:
            self._continue(line)
        return 1

    def _titles_products(self, lines: list[Line], index: int) -> bool:
        """In a Coordinación the products follow the internal management without a label of their own."""
        block = _block(lines, index)
        after = index + len(block)
        return (
            lines[index].paragraph is Break.CERTAIN
            and len(block) <= _MAX_TITLE_LINES
            and after < len(lines)
            and _is_first(lines[after], "1")
        )

    # -- titles -----------------------------------------------------------------------------------------

    def _title(self, lines: list[Line], index: int, restart: str) -> int:
        """Lines used when a group title begins here, else 0."""
        block = _block(lines, index)
        if not self._looks_like_title(lines[index], block):
            return 0
        after = index + len(block)
        if after >= len(lines):
            return 0
        text = join(part.text for part in block)
        goes_on = lines[index].paragraph is Break.CERTAIN and self._goes_on(lines[after], restart)
        if _is_first(lines[after], restart) or goes_on:
            self._new_group(text)
            return len(block)
        second = _block(lines, after)
        last = after + len(second)
        if (
            lines[after].paragraph is not Break.NONE
            and self._looks_like_title(lines[after], second)
            and last < len(lines)
            and _is_first(lines[last], restart)
        ):
            self.supergroup, self.group, self._has_supergroups = _title_text(text), None, True
            self._item = None
            return len(block)
        return 0

    def _goes_on(self, line: Line, restart: str) -> bool:
        """Groups of literals need not restart (6.3.4 runs a..m, n..bb, … through its groups)."""
        found = literal(line.text) if restart == "a" else None
        return found is not None and letter_index(found.value) == self._last_letter + 1

    def _looks_like_title(self, first: Line, block: list[Line]) -> bool:
        text = join(part.text for part in block).strip(QUOTES)
        if len(block) > _MAX_TITLE_LINES or not text[:1].isupper() or text.endswith((";", ",")):
            return False
        if first.paragraph is Break.CERTAIN or self._item is None:
            return True
        return self._item.text.endswith((".", ";", ":")) or is_upper(text)

    def _new_group(self, text: str) -> None:
        title = _title_text(text)
        if self._has_supergroups and is_upper(title):
            self.supergroup, self.group = title, None
        else:
            self.group = title
        self._item = None
        if self._state is Section.PRODUCTS:
            self._last_number = 0

    # -- items ------------------------------------------------------------------------------------------

    def _is_closing_formula(self, line: Line) -> bool:
        before = self._item.text if self._item else ""
        return fold(line.text).startswith(_CLOSING_FORMULA) and before.endswith((";", ".", "; y,", "; y"))

    def _open(self, section: Section, mark: str | None, text: str, line: int) -> None:
        self._item = Draft(section, self.supergroup, self.group, mark, [text], [line])
        self.content.items.append(self._item)

    def _continue(self, line: Line) -> None:
        if self._item is None:
            self._report(line, "unplaced-line", line.text, Severity.ERROR)
            return
        self._item.parts.append(line.text)
        self._item.lines.append(line.number)

    def _report(self, line: Line, code: str, detail: str, severity: Severity = Severity.INFO) -> None:
        self.content.findings.append(Finding(line.number, code, severity, detail))


def _title_text(text: str) -> str:
    return text.strip(QUOTES).rstrip(" .:").strip()


def _is_first(line: Line, restart: str) -> bool:
    found = literal(line.text) if restart == "a" else number(line.text)
    return found is not None and found.value == restart


def _block(lines: list[Line], index: int) -> list[Line]:
    """The lines of the paragraph that begins at `index`: up to the next mark, label or certain break."""
    block = [lines[index]]
    for line in lines[index + 1 :]:
        marked = literal(line.text) or number(line.text) or bullet(line.text) or label(line.text)
        if marked or line.paragraph is Break.CERTAIN:
            break
        block.append(line)
    return block
