"""Products and services: 1. 2. …, in groups that begin anew."""

from __future__ import annotations

from services.orgchart.importers.rof.content.reading import Reading
from services.orgchart.importers.rof.content.titles import take_title
from services.orgchart.importers.rof.lines import Break, Line
from services.orgchart.importers.rof.marks import number
from services.orgchart.importers.rof.model import Section, Severity


def read_product(reading: Reading, lines: list[Line], index: int) -> int:
    line = lines[index]
    found = number(line.text)
    if found and (found.rest or reading.inline):
        value = int(found.value)
        restarts = value == 1 and (reading.last_number == 0 or reading.item is None)
        if value == reading.last_number + 1 or restarts or (reading.inline and reading.item is None):
            reading.last_number = value
            reading.open(Section.PRODUCTS, found.value, found.rest, line.number)
            return 1
        if value == 1:
            reading.report(line, "restart-without-title", "a list begins again without a title", Severity.WARNING)
            reading.group, reading.last_number = None, 1
            reading.open(Section.PRODUCTS, found.value, found.rest, line.number)
            return 1
        reading.report(line, "product-out-of-sequence", f"{found.value} is not the next product", Severity.ERROR)
    elif line.paragraph is not Break.NONE or reading.item is None:
        title = take_title(reading, lines, index, restart="1")
        if title:
            return title
    reading.go_on(line)
    return 1
