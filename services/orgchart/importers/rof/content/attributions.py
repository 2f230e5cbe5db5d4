"""Attributions: literals a) b) …, in groups that may go on with the letters or begin anew."""

from __future__ import annotations

from services.orgchart.importers.rof.content.reading import Reading
from services.orgchart.importers.rof.content.titles import MAX_TITLE_LINES, block_at, take_title
from services.orgchart.importers.rof.lines import Break, Line
from services.orgchart.importers.rof.marks import Mark, letter_index, literal
from services.orgchart.importers.rof.model import Section, Severity
from services.orgchart.importers.rof.spanish import fold, join

_ENDED = (".", ";", ":", ",", "”")
# 1.2 ends with such a sentence and no letter: it is kept as the closing of the list, not as a literal.
_CLOSING_FORMULA = "las demas "


def read_attribution(reading: Reading, lines: list[Line], index: int) -> int:
    line = lines[index]
    found = literal(line.text)
    if found and (found.rest or reading.inline):
        return _literal(reading, lines, index, found)
    if reading.item is None and not reading.content.of(Section.ATTRIBUTIONS):
        return _before_first_literal(reading, lines, index)
    if line.paragraph is not Break.NONE:
        title = take_title(reading, lines, index, restart="a")
        if title:
            return title
        if _is_closing_formula(reading, line):
            reading.content.closing.append(line)
            return 1
    reading.go_on(line)
    return 1


def _literal(reading: Reading, lines: list[Line], index: int, found: Mark) -> int:
    line = lines[index]
    position = letter_index(found.value)
    restarts = position == 1 and (reading.last_letter == 0 or reading.group is not None)
    if position == reading.last_letter + 1 or restarts:
        reading.last_letter = position
    elif _is_mislabelled(reading, line, found):
        reading.last_letter += 1
        reading.report(line, "mislabelled-literal", f"literal {found.value}) is the number {reading.last_letter}")
    elif reading.inline and reading.item is None:
        reading.last_letter = position
    else:
        reading.report(line, "literal-out-of-sequence", f"{found.value}) is not the next literal", Severity.ERROR)
        reading.go_on(line)
        return 1
    reading.open(Section.ATTRIBUTIONS, found.value, found.rest, line.number)
    return 1


def _is_mislabelled(reading: Reading, line: Line, found: Mark) -> bool:
    """A letter already used, on a sentence of its own: the list went on, the printer did not.

    A letter further on is no misprint: a literal is missing before it. Nor is the last one again: it is printed twice.
    """
    before = reading.item.text if reading.item else ""
    return (
        letter_index(found.value) < reading.last_letter
        and before.endswith((";", ".", "; y,", "; y"))
        and found.rest[:1].isupper()
        and line.paragraph is not Break.NONE
    )


def _before_first_literal(reading: Reading, lines: list[Line], index: int) -> int:
    block = block_at(lines, index)
    text = join(part.text for part in block)
    if lines[index].paragraph is not Break.NONE and len(block) <= MAX_TITLE_LINES and not text.endswith(_ENDED):
        reading.new_group(text)
    else:
        reading.content.intro.extend(block)
    return len(block)


def _is_closing_formula(reading: Reading, line: Line) -> bool:
    before = reading.item.text if reading.item else ""
    return fold(line.text).startswith(_CLOSING_FORMULA) and before.endswith((";", ".", "; y,", "; y"))
