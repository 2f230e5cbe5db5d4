"""Internal management: bullets, their posts, and notes between them."""

from __future__ import annotations

from services.orgchart.importers.rof.content.products import read_product
from services.orgchart.importers.rof.content.reading import Reading
from services.orgchart.importers.rof.content.titles import MAX_TITLE_LINES, block_at, is_first
from services.orgchart.importers.rof.lines import Break, Line
from services.orgchart.importers.rof.marks import bullet, number
from services.orgchart.importers.rof.model import Section


def read_management(reading: Reading, lines: list[Line], index: int) -> int:
    line = lines[index]
    found = bullet(line.text)
    if found:
        reading.in_note = False
        reading.open(Section.MANAGEMENT, None, found.rest, line.number)
        return 1
    if line.paragraph is not Break.NONE and not reading.in_note:
        if number(line.text) or _titles_products(lines, index):
            reading.begin(Section.PRODUCTS)
            return read_product(reading, lines, index)
        if line.paragraph is Break.CERTAIN:
            reading.in_note = True
    if reading.in_note or reading.item is None:
        reading.content.management_note.append(line)
    elif reading.item.post_parts:
        reading.item.post_parts.append(line.text)
        reading.item.lines.append(line.number)
    else:
        reading.go_on(line)
    return 1


def _titles_products(lines: list[Line], index: int) -> bool:
    """In a Coordinación the products follow the internal management without a label of their own."""
    block = block_at(lines, index)
    after = index + len(block)
    return (
        lines[index].paragraph is Break.CERTAIN
        and len(block) <= MAX_TITLE_LINES
        and after < len(lines)
        and is_first(lines[after], "1")
    )
