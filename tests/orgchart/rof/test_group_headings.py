"""Where a list ends and a group of processes begins, when both lines start with the same number."""

from __future__ import annotations

from services.orgchart.importers.rof import parse
from services.orgchart.importers.rof.model import Section
from tests.documents import document
from tests.orgchart.rof.mini import AFTER, codes, read

PRODUCTS = """
PRODUCTOS Y SERVICIOS:

1. Manuales.
2. Mapas.
3. Fichas.
4. Planes.
5. Archivo de documentos despachados
"""


def test_the_last_product_is_kept_though_its_number_is_the_first_of_the_next_numeral() -> None:
    found = read(PRODUCTS)

    unit = next(unit for unit in found.units if unit.numeral == "5.5")
    products = [
        item.text
        for item in found.items
        if item.unit == unit.unit and item.section is Section.PRODUCTS and item.in_force(AFTER)
    ]
    assert codes(found) == []
    assert products == ["Manuales.", "Mapas.", "Fichas.", "Planes.", "Archivo de documentos despachados"]


def test_the_archive_of_the_provincial_gestion_documental_is_read() -> None:
    read_document = parse(document("rof-cd535.txt").read_text(encoding="utf-8"))

    unit = next(unit for unit in read_document.units if unit.numeral == "6.3.4")
    last = [
        i.label
        for i in read_document.items
        if i.unit == unit.unit and i.group == "GESTIÓN DOCUMENTAL" and i.section is Section.PRODUCTS
    ]
    assert last == ["1", "2", "3", "4", "5", "6"]
