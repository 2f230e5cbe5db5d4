"""NOTAs of every kind, on a miniature regulation: what a future codification may bring without new code."""

from __future__ import annotations

from datetime import date

import pytest

from services.orgchart.importers.rof import parse
from services.orgchart.importers.rof.model import Operation, Section
from tests.orgchart.rof.mini import AFTER, BEFORE, FOOT, HEAD, TAIL, change, codes, items, labels, read

HEAD_LINES = HEAD.count("\n")
ORIGINAL_C = (
    "\nNOTA: Literal c) del numeral 5.5 del artículo 10 de la Resolución No. C.D. 535 de 08 de septiembre de 2016, "
    "vigente desde el 06 de mayo de 2017 hasta el 31 de diciembre de 2020.\n"
)


def test_the_miniature_reads_without_errors() -> None:
    found = read()

    assert codes(found) == []
    assert [unit.numeral for unit in found.units] == ["5.5", "5.6"]
    assert labels(found, "5.6", AFTER) == ["a", "b", "c"]
    assert items(found, "5.6", AFTER)[1].text.endswith("numeral 2. de la Ley; y,")


def test_a_literal_is_replaced_from_the_day_the_nota_says() -> None:
    found = read(ORIGINAL_C + change("Literal c) del numeral 5.5 del artículo 10", "sustituido", "c) Asesorar;"))

    assert codes(found) == []
    assert items(found, "5.5", BEFORE)[2].text == "Las demás que le fueren asignadas."
    assert items(found, "5.5", AFTER)[2].text == "Asesorar;"
    assert items(found, "5.5", AFTER)[2].introduced_by.resolution == "C.D. 600"


def test_a_nota_may_stand_on_one_long_line() -> None:
    note = change("Literal c) del numeral 5.5 del artículo 10", "sustituido", "c) Asesorar;")
    found = read("\n" + " ".join(note.split()) + "\n")

    assert codes(found) == []
    assert items(found, "5.5", AFTER)[2].text == "Asesorar;"


def test_a_reform_may_itself_be_held_until_the_next() -> None:
    first = change("Literal c) del numeral 5.5 del artículo 10", "sustituido", "c) Asesorar;")
    held = (
        "\nNOTA: Literal c) del numeral 5.5 del artículo 10, sustituido por artículo 1 de la Resolución No. C.D. 600 "
        "de 15 de diciembre de 2020, vigente desde el 1 de enero de 2021 hasta el 30 de junio de 2021.\n"
    )
    second = first.replace("C.D. 600 de 15 de diciembre de 2020", "C.D. 610 de 15 de junio de 2021")
    second = second.replace("1 de enero de 2021", "1 de julio de 2021").replace("Asesorar", "Capacitar")
    found = read(first + held + second)

    assert codes(found) == []
    assert items(found, "5.5", date(2021, 7, 1))[2].text == "Capacitar;"


def test_a_replacement_without_its_original_nota_closes_the_day_before() -> None:
    found = read(change("Literal b) del numeral 5.5 del artículo 10", "reformado", "b) Medir los procesos;"))

    assert codes(found) == []
    old = next(item for item in found.items if item.text.startswith("Controlar"))
    assert (old.valid_to, old.closed_by and old.closed_by.operation) == (BEFORE, Operation.REPLACED)


def test_one_nota_may_add_two_literals() -> None:
    found = read(change("Literales d) y e) del numeral 5.5 del artículo 10", "agregados", "d) Medir;\ne) Mejorar."))

    assert codes(found) == []
    assert labels(found, "5.5", BEFORE) == ["a", "b", "c"]
    assert labels(found, "5.5", AFTER) == ["a", "b", "c", "d", "e"]


def test_a_repealed_literal_leaves_a_lawful_hole() -> None:
    found = read(change("Literal b) del numeral 5.5 del artículo 10", "derogado"))

    assert codes(found) == []
    assert labels(found, "5.5", AFTER) == ["a", "c"]


def test_a_hole_without_a_repeal_stops_the_import() -> None:
    found = read(change("Literales f) y g) del numeral 5.5 del artículo 10", "agregados", "f) Medir;\ng) Mejorar."))
    assert codes(found) == ["list-not-contiguous"]


def test_a_reform_replaces_another_reform() -> None:
    first = change("Literal c) del numeral 5.5 del artículo 10", "sustituido", "c) Asesorar;")
    second = first.replace("C.D. 600 de 15 de diciembre de 2020", "C.D. 610 de 15 de junio de 2021")
    second = second.replace("1 de enero de 2021", "1 de julio de 2021").replace("Asesorar", "Capacitar")
    found = read(first + second)

    assert codes(found) == []
    assert [items(found, "5.5", day)[2].text for day in (BEFORE, AFTER, date(2021, 7, 1))] == [
        "Las demás que le fueren asignadas.",
        "Asesorar;",
        "Capacitar;",
    ]
    assert [r.code for r in found.resolutions] == ["C.D. 535", "C.D. 600", "C.D. 610"]


def test_a_product_is_added_to_its_group() -> None:
    target = "Numeral 3 de los productos y servicios de Programación del numeral 5.6 del artículo 10"
    found = read(after_planning=change(target, "agregado", "3. Programa anual."))

    assert codes(found) == []
    products = items(found, "5.6", AFTER, Section.PRODUCTS)
    assert [(p.group, p.label) for p in products] == [
        ("PROGRAMACIÓN", "1"),
        ("PROGRAMACIÓN", "2"),
        ("PROGRAMACIÓN", "3"),
        ("SEGUIMIENTO", "1"),
    ]


def test_one_group_of_products_is_replaced_and_the_other_stays() -> None:
    target = "Productos y servicios de Programación del numeral 5.6 del artículo 10"
    found = read(after_planning=change(target, "sustituidos", "PROGRAMACIÓN\n \n1. Programa único."))

    assert codes(found) == []
    assert [p.text for p in items(found, "5.6", AFTER, Section.PRODUCTS)] == [
        "Programa único.",
        "Informes de seguimiento.",
    ]


def test_whole_sections_are_replaced_together() -> None:
    body = "ATRIBUCIONES Y RESPONSABILIDADES:\n \na) Planificar.\n \nPRODUCTOS Y SERVICIOS:\n \n1. Plan."
    target = "Atribuciones y responsabilidades, productos y servicios del numeral 5.6 del artículo 10"
    found = read(after_planning=change(target, "sustituidos", body))

    assert codes(found) == []
    assert [i.text for i in items(found, "5.6", AFTER)] == ["Planificar."]
    assert [i.text for i in items(found, "5.6", AFTER, Section.PRODUCTS)] == ["Plan."]
    assert len(items(found, "5.6", AFTER, Section.MANAGEMENT)) == 2


def test_an_ordinal_of_the_internal_management_is_added_where_it_says() -> None:
    target = "Ordinal primero de las Gestiones Internas del numeral 5.6 del artículo 10"
    found = read(after_planning=change(target, "agregado", "Estudios"))

    assert codes(found) == []
    assert [i.text for i in items(found, "5.6", AFTER, Section.MANAGEMENT)] == [
        "Estudios",
        "Programación",
        "Seguimiento",
    ]


@pytest.mark.parametrize(("ordinal", "expected"), [("primero", 0), ("final", 2)])
def test_a_bulleted_ordinal_stands_where_it_says(ordinal: str, expected: int) -> None:
    target = f"Ordinal {ordinal} de las Gestiones Internas del numeral 5.6 del artículo 10"
    found = read(after_planning=change(target, "agregado", "\uf0b7 Estudios"))

    assert codes(found) == []
    assert [i.text for i in items(found, "5.6", AFTER, Section.MANAGEMENT)].index("Estudios") == expected


def test_a_unit_is_added() -> None:
    body = "5.7 GESTIÓN NACIONAL DE ESTUDIOS\n \nDIRECCIÓN NACIONAL DE ESTUDIOS\n \nMISIÓN:\n \nEstudiar."
    found = read(after_planning=change("Numeral 5.7 del artículo 10", "agregado", body))

    assert codes(found) == []
    (unit,) = [unit for unit in found.units_on(AFTER) if unit.numeral == "5.7"]
    assert (unit.name, unit.mission, unit.valid_from) == ("DIRECCIÓN NACIONAL DE ESTUDIOS", "Estudiar.", AFTER)
    assert len(found.units_on(BEFORE)) == 2


def test_a_replaced_unit_keeps_its_identity_even_under_a_new_name() -> None:
    body = "5.5 GESTIÓN NACIONAL DE CALIDAD\n \nDIRECCIÓN NACIONAL DE CALIDAD\n \nMISIÓN:\n \nMejorar."
    found = read(change("Numeral 5.5 del artículo 10", "sustituido", body))

    assert codes(found) == []
    before, after = (next(u for u in found.units_on(day) if u.numeral == "5.5") for day in (BEFORE, AFTER))
    assert before.unit == after.unit
    assert (before.name, after.name) == ("DIRECCIÓN NACIONAL DE PROCESOS", "DIRECCIÓN NACIONAL DE CALIDAD")
    assert items(found, "5.5", AFTER) == []


def test_a_repealed_unit_ends_with_everything_it_has() -> None:
    found = read(change("Numeral 5.5 del artículo 10", "derogado"))

    assert codes(found) == []
    assert [unit.numeral for unit in found.units_on(AFTER)] == ["5.6"]
    assert [item for item in found.items_on(AFTER, Section.ATTRIBUTIONS) if item.unit == 1] == []


def test_a_renumbered_unit_keeps_identity_and_items() -> None:
    note = change(
        "Numeral 5.5 “GESTIÓN NACIONAL DE PROCESOS” del artículo 10", "sustituido", "5.9 GESTIÓN NACIONAL DE PROCESOS"
    )
    found = read(note)

    assert codes(found) == []
    assert labels(found, "5.5", BEFORE) == labels(found, "5.9", AFTER) == ["a", "b", "c"]


def test_general_attributions_and_products_change_too() -> None:
    found = read(
        after_general=change("Literal c) del artículo 11", "agregado", "c) Emitir instructivos.")
        + change("Numeral 1 del artículo 11", "sustituido", "1. Informes trimestrales.")
    )

    assert codes(found) == []
    texts = [(str(g.section), g.text) for g in found.general_items if g.in_force(AFTER)]
    assert ("attributions", "Emitir instructivos.") in texts
    assert ("products", "Informes trimestrales.") in texts
    assert ("products", "Informes de gestión.") not in texts


@pytest.mark.parametrize(
    "note",
    [
        "NOTA: El literal anterior debe leerse con cuidado.",
        change("Considerando tercero", "sustituido", "Otro considerando."),
    ],
)
def test_a_nota_of_an_unknown_kind_is_reported_and_stops(note: str) -> None:
    found = read("\n" + note + "\n ")

    assert codes(found) == ["note-unknown"]
    assert HEAD_LINES < found.errors[0].line <= HEAD_LINES + 3


def test_a_nota_about_a_literal_that_does_not_exist_is_an_error() -> None:
    found = read(change("Literal z) del numeral 5.5 del artículo 10", "derogado"))

    assert codes(found) == ["note-target-missing"]


def test_an_original_that_nothing_closed_is_an_error() -> None:
    assert codes(read(ORIGINAL_C)) == ["held-not-closed"]


def test_a_missing_literal_is_an_error_with_its_line() -> None:
    text = (HEAD + TAIL + FOOT).replace("b) Controlar los procesos; y,\n", "")
    found = parse(text)

    assert codes(found) == ["literal-out-of-sequence"]


def test_a_text_that_is_not_the_regulation_is_refused_with_a_reason() -> None:
    assert codes(parse("Había una vez.")) == ["origin-unknown"]
    assert codes(parse("")) == ["origin-unknown"]


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_the_ends_of_lines_do_not_matter(line_end: str) -> None:
    text = HEAD + TAIL + FOOT

    assert parse(text.replace("\n", line_end)) == parse(text)


def test_a_text_without_its_articles_or_with_control_characters_is_refused_with_a_reason() -> None:
    text = HEAD + TAIL + FOOT

    assert codes(parse(text.replace("Artículo 10.-", "Capítulo décimo"))) == ["article-missing"]
    assert [(f.line, f.code) for f in parse("uno\r\ndos\0\n").findings] == [(2, "control-character")]
