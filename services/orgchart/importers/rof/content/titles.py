"""Titles of groups inside a list: they carry no mark, only what follows them tells."""

from __future__ import annotations

from services.orgchart.importers.rof.content.reading import Reading, bare_title
from services.orgchart.importers.rof.lines import Break, Line
from services.orgchart.importers.rof.marks import QUOTES, bullet, label, letter_index, literal, number
from services.orgchart.importers.rof.spanish import is_upper, join

MAX_TITLE_LINES = 4


def take_title(reading: Reading, lines: list[Line], index: int, restart: str) -> int:
    """Lines used when a group title begins here, else 0."""
    block = block_at(lines, index)
    if not _looks_like_title(reading, lines[index], block):
        return 0
    after = index + len(block)
    if after >= len(lines):
        return 0
    text = join(part.text for part in block)
    goes_on = lines[index].paragraph is Break.CERTAIN and _goes_on(reading, lines[after], restart)
    if is_first(lines[after], restart) or goes_on:
        reading.new_group(text)
        return len(block)
    second = block_at(lines, after)
    last = after + len(second)
    if (
        lines[after].paragraph is not Break.NONE
        and _looks_like_title(reading, lines[after], second)
        and last < len(lines)
        and is_first(lines[last], restart)
    ):
        reading.supergroup, reading.group, reading.has_supergroups = bare_title(text), None, True
        reading.item = None
        return len(block)
    return 0


def _goes_on(reading: Reading, line: Line, restart: str) -> bool:
    """Groups of literals need not restart (6.3.4 runs a..m, n..bb, … through its groups)."""
    found = literal(line.text) if restart == "a" else None
    return found is not None and letter_index(found.value) == reading.last_letter + 1


def _looks_like_title(reading: Reading, first: Line, block: list[Line]) -> bool:
    text = join(part.text for part in block).strip(QUOTES)
    if len(block) > MAX_TITLE_LINES or not text[:1].isupper() or text.endswith((";", ",")):
        return False
    if first.paragraph is Break.CERTAIN or reading.item is None:
        return True
    return reading.item.text.endswith((".", ";", ":")) or is_upper(text)


def is_first(line: Line, restart: str) -> bool:
    found = literal(line.text) if restart == "a" else number(line.text)
    return found is not None and found.value == restart


def block_at(lines: list[Line], index: int) -> list[Line]:
    """The lines of the paragraph that begins at `index`: up to the next mark, label or certain break."""
    block = [lines[index]]
    for line in lines[index + 1 :]:
        marked = literal(line.text) or number(line.text) or bullet(line.text) or label(line.text)
        if marked or line.paragraph is Break.CERTAIN:
            break
        block.append(line)
    return block
