"""The heading of a unit: its process and its name, until something else begins."""

from __future__ import annotations

from services.orgchart.importers.rof.content.management import read_management
from services.orgchart.importers.rof.content.products import read_product
from services.orgchart.importers.rof.content.reading import Reading
from services.orgchart.importers.rof.lines import Break, Line
from services.orgchart.importers.rof.marks import bullet, number
from services.orgchart.importers.rof.model import Section
from services.orgchart.importers.rof.spanish import fold

_ORGANISATIONS = (
    "direccion", "subdireccion", "coordinacion", "unidad", "comite", "comision", "consejo", "procuraduria",
    "subprocuraduria", "auditoria", "centro", "prosecretaria", "gerencia", "secretaria",
)  # fmt: skip


def read_heading(reading: Reading, lines: list[Line], index: int) -> int:
    line = lines[index]
    if number(line.text) and reading.content.headings:
        reading.begin(Section.PRODUCTS)
        return read_product(reading, lines, index)
    if bullet(line.text) and reading.content.headings:
        reading.begin(Section.MANAGEMENT)
        return read_management(reading, lines, index)
    if not reading.content.headings or _begins_name(line):
        reading.content.headings.append([line])
    else:
        reading.content.headings[-1].append(line)
    return 1


def _begins_name(line: Line) -> bool:
    if line.paragraph is Break.POSSIBLE:
        return fold(line.text).split(" ")[0] in _ORGANISATIONS
    return line.paragraph is Break.CERTAIN
