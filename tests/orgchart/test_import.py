"""The import of the real text over the seeded facts, and what it makes readable."""

from __future__ import annotations

import re
from typing import Any

import pytest

from services.orgchart.importers.rof import parse
from services.orgchart.importers.rof.articles import split_articles
from services.orgchart.importers.rof.lines import Line, read_lines
from services.orgchart.importers.rof.marks import label
from services.orgchart.importers.rof.spanish import words
from tests.documents import document
from tests.orgchart.harness import Orgchart, grant

PLAIN = {"content-type": "text/plain; charset=utf-8"}


def rof() -> bytes:
    return document("rof-cd535.txt").read_bytes()


async def send(orgchart: Orgchart, text: bytes, **query: Any) -> Any:
    return await orgchart.call("POST", "/rof/imports", text, headers=PLAIN, **query)


async def attributions(orgchart: Orgchart, numeral: str, day: str) -> dict[str, str]:
    unit = await orgchart.get(f"/rof/units/{numeral}", as_of=day)
    return {item["letter"]: item["text"] for item in unit["attributions"]}


async def test_the_text_contradicts_nothing_that_was_seeded(orgchart: Orgchart) -> None:
    response = await send(orgchart, rof())

    assert response.status_code == 201
    codes = {finding["code"] for finding in response.json()["findings"]}
    assert codes == {"only-in-article-8", "only-in-article-10", "repaired-numeral", "mislabelled-literal"}


async def test_the_same_text_again_changes_nothing(orgchart: Orgchart) -> None:
    first = await send(orgchart, rof())
    again = await send(orgchart, rof())

    assert (again.status_code, again.json()["changed"]) == (200, False)
    assert again.json()["import_id"] == first.json()["import_id"]


async def test_a_text_with_a_missing_literal_is_refused_and_nothing_changes(orgchart: Orgchart) -> None:
    lines = rof().decode().split("\n")
    broken = "\n".join(line for line in lines if not line.startswith("c) Aprobar el Plan Anual de Contrataciones"))
    before = await orgchart.get("/rof/units/5.6")

    response = await send(orgchart, broken.encode())

    assert response.status_code == 422
    assert response.json()["code"] == "regulation-not-readable"
    assert any(finding["line"] for finding in response.json()["findings"] if finding["severity"] == "error")
    assert await orgchart.get("/rof/units/5.6") == before


async def test_an_unknown_kind_of_nota_is_reported_with_its_line_and_stops_the_import(orgchart: Orgchart) -> None:
    lines = rof().decode().split("\n")
    lines.insert(1068, "NOTA: El párrafo anterior se interpreta según la Resolución No. C.D. 600.\n")

    response = await send(orgchart, "\n".join(lines).encode())

    assert response.status_code == 422
    assert [(e["pointer"], e["code"]) for e in response.json()["errors"]] == [("line/1069", "note-unknown")]


async def test_a_dry_run_stores_nothing(orgchart: Orgchart) -> None:
    response = await send(orgchart, rof(), dry_run="true")

    assert (response.status_code, response.json()["import_id"]) == (200, None)
    assert (await orgchart.get("/rof/units/5.6"))["text_imported"] is False


async def test_only_who_may_import_the_regulation_does(orgchart: Orgchart) -> None:
    response = await send(orgchart.by(grant("organisation:read")), rof())

    assert response.status_code == 403


@pytest.mark.parametrize(("day", "total"), [("2017-05-10", 1056), ("2017-06-10", 1109), ("2019-06-01", 1118)])
async def test_own_attributions_are_listed_one_by_one(imported: Orgchart, day: str, total: int) -> None:
    units = await imported.items("/rof/units", as_of=day)
    found = [await imported.get(f"/rof/units/{unit['numeral']}", as_of=day) for unit in units]

    assert sum(len(unit["attributions"]) for unit in found) == total
    assert all(len(unit["attributions"]) == unit["attribution_count"] for unit in found)
    assert all(len(unit["products"]) == unit["product_count"] for unit in found)


@pytest.mark.parametrize(("day", "count"), [("2017-06-07", 14), ("2017-06-08", 15)])
async def test_general_attributions_of_national_units_grow_with_the_first_reform(
    imported: Orgchart, day: str, count: int
) -> None:
    unit = await imported.get("/rof/units/5.6", as_of=day)

    assert len(unit["general_attributions"]) == count
    assert len(unit["general_products"]) == count - 5


async def test_provincial_units_inherit_their_own_general_list(imported: Orgchart) -> None:
    unit = await imported.get("/rof/units/6.2.2", as_of="2019-06-01")

    assert (len(unit["general_attributions"]), len(unit["general_products"])) == (6, 3)


async def test_a_replaced_literal_says_what_it_said_each_day(imported: Orgchart) -> None:
    before = await attributions(imported, "3.1.3", "2017-06-07")
    after = await attributions(imported, "3.1.3", "2017-06-08")

    assert before["rr"] == "Las demás que le fueren asignadas por las autoridades competentes."
    assert "ss" not in before
    assert after["rr"].startswith("Establecer Acciones que permitan mantener el equilibrio del fondo")
    assert after["ss"] == "Las demás que le fueren asignadas por las autoridades competentes"


async def test_a_literal_says_which_provision_brought_it(imported: Orgchart) -> None:
    unit = await imported.get("/rof/units/6.3.4", as_of="2019-06-01")

    literal = next(item for item in unit["attributions"] if item["letter"] == "kk")
    assert literal["introduced_by"] == {
        "resolution": "C.D. 553",
        "provision": "Disposición Reformatoria Décima Novena",
    }
    assert (literal["valid_from"], literal["group"]) == ("2017-06-08", "Administrativo e Infraestructura")


async def test_letters_restart_in_every_group_of_the_health_coordination(imported: Orgchart) -> None:
    unit = await imported.get("/rof/units/6.2.4", as_of="2017-06-08")

    groups: dict[str, list[str]] = {}
    for item in unit["attributions"]:
        groups.setdefault(item["group"], []).append(item["letter"])
    assert [letters[0] for letters in groups.values()] == ["a"] * 5
    assert groups["Aseguramiento del Seguro de Salud"] == list("abcdefghij")


async def test_a_duplicated_letter_overwrites_nothing(imported: Orgchart) -> None:
    unit = await imported.get("/rof/units/3.1.6", as_of="2017-05-10")

    assert [item["letter"] for item in unit["attributions"]] == [*"abcdefghijk", "h"]


async def test_a_word_broken_by_a_real_hyphen_keeps_it_and_gains_no_space(imported: Orgchart) -> None:
    unit = await imported.get("/rof/units/3.1.3.1.1", as_of="2019-06-01")

    assert any("atención pre-hospitalaria." in product["text"] for product in unit["products"])


async def test_supergroups_of_products_are_kept(imported: Orgchart) -> None:
    unit = await imported.get("/rof/units/6.2.4", as_of="2019-06-01")

    direct = [p for p in unit["products"] if p["supergroup"] == "GESTIÓN PROVINCIAL FINANCIERA DEL SEGURO DE SALUD"]
    assert [p["number"] for p in direct] == list(range(1, 19))
    assert {p["group"] for p in direct} == {None}


async def test_the_internal_management_changes_with_the_reforms(imported: Orgchart) -> None:
    before = await imported.get("/rof/units/5.4", as_of="2019-05-21")
    after = await imported.get("/rof/units/5.4", as_of="2019-05-22")

    assert [entry["text"] for entry in before["internal_management"]] == [
        "Subdirección Nacional de Patrocinio.",
        "Subdirección Nacional de Asesoría Legal y Contratación Pública.",
    ]
    assert [entry["text"] for entry in after["internal_management"]] == [
        "Subprocuraduría General.",
        "Subdirección Nacional de Patrocinio.",
        "Subdirección Nacional de Asesoría Legal.",
    ]


async def test_an_entry_printed_inside_its_list_stays_where_it_is_printed(imported: Orgchart) -> None:
    unit = await imported.get("/rof/units/6.2.4", as_of="2019-06-01")

    entries = [entry["text"] for entry in unit["internal_management"]]
    place = entries.index("Gestión de recuperación de fondos del Seguro de Salud.")
    assert entries[place - 1] == "Gestión de Control Técnico del Seguro de Salud."
    assert entries[place + 1] == "Gestión Provincial de Previsión de Servicios de Salud"
    heads = [entry["group"] for entry in unit["internal_management"]]
    assert heads[place] == "Gestión Provincial de Aseguramiento del Seguro de Salud."
    assert heads[place + 1] is None
    assert len(set(heads)) == 5  # Four heads have entries below them, and heads have none above.


async def test_every_import_leaves_a_receipt(imported: Orgchart) -> None:
    (receipt,) = (await imported.get("/rof/imports"))["items"]

    assert receipt["actor"] == "raiz"
    assert await imported.get(f"/rof/imports/{receipt['import_id']}") == receipt


def test_every_line_of_the_regulation_is_placed() -> None:
    """Facts and NOTAs account for every line; what is left are labels, titles and headings that facts carry."""
    read = parse(rof().decode())
    facts = [
        *read.units, *read.items, *read.general_items, *read.structure, *read.competences, *read.dispositions,
        *read.directive_posts,
    ]  # fmt: skip
    placed = {line for fact in facts for line in (*fact.lines, *fact.introduced_by.lines)}
    placed |= {line for fact in facts if fact.closed_by for line in fact.closed_by.lines}
    placed |= {line for article in read.articles for line in article.lines}
    placed |= {row.line for row in read.provinces}
    placed |= {line for chapter in split_articles(rof_lines()) for note in chapter.notes() for line in note.lines}
    titles = " ".join(words(title) for item in read.items for title in (item.supergroup, item.group) if title)

    left = [line for line in rof_lines() if line.number not in placed and not label(line.text)]
    body = [line.text for line in left if 754 < line.number < 17168 and words(line.text) not in titles]
    assert [text for text in body if not re.match(r"\d(\.\d)?\.? (PROCESOS|Procesos)", text)] == []


def rof_lines() -> list[Line]:
    return read_lines(rof().decode())


async def test_a_new_unit_without_a_dependencia_is_reported_and_readable(orgchart: Orgchart) -> None:
    note = (
        "\nNOTA: Numeral 5.6.3 del artículo 10, agregado por artículo 1 de la Resolución No. C.D. 600 de 15 de "
        "diciembre de 2020:\n \n“5.6.3 GESTIÓN NACIONAL DE ESTUDIOS\n \n"
        "SUBDIRECCIÓN NACIONAL DE ESTUDIOS\n \nMISIÓN:\n \nEstudiar.\n \n"
        "ATRIBUCIONES Y RESPONSABILIDADES:\n \na) Estudiar los planes.”.\n \n"
        "Modificación vigente desde el 1 de enero de 2021.\n"
    )
    lines = rof().decode().split("\n")
    place = next(i for i, line in enumerate(lines) if line.startswith("6. PROCESOS DESCONCENTRADOS"))
    lines.insert(place, note)

    response = await send(orgchart, "\n".join(lines).encode())

    assert response.status_code == 201, response.text
    assert {"unit-new", "dependencia-missing"} <= {f["code"] for f in response.json()["findings"]}
    assert (await orgchart.get("/rof/units/5.6.3", as_of="2021-01-01"))["mission"] == "Estudiar."
    assert len(await orgchart.items("/rof/units", as_of="2021-01-01")) == 94
    assert len(await orgchart.items("/rof/units", as_of="2020-12-31")) == 93


async def test_products_that_are_no_longer_there_are_a_contradiction(orgchart: Orgchart) -> None:
    """A group of 4.3.1's products since 2017-06-08: no list shows that it is gone."""
    lines = rof().decode().split("\n")
    del lines[10401:10421]

    response = await send(orgchart, "\n".join(lines).encode(), dry_run="true")

    assert response.status_code == 200
    found = [f["detail"] for f in response.json()["findings"] if f["code"] == "contradicts-stored-fact"]
    assert [detail.partition(":")[0] for detail in found] == ["4.3.1 (2017-05-06) product_count 2017-06-08"]


async def test_a_text_that_contradicts_a_seeded_fact_says_so_and_prevails(orgchart: Orgchart) -> None:
    text = (
        rof()
        .decode()
        .replace("RESPONSABLE: Director (a) Nacional de Procesos", "RESPONSABLE: Gerente Nacional de Procesos")
    )

    response = await send(orgchart, text.encode())

    (finding,) = [f for f in response.json()["findings"] if f["code"] == "contradicts-stored-fact"]
    assert finding["severity"] == "warning"
    assert "5.5" in finding["detail"]
    assert "responsible_post" in finding["detail"]
    assert (await orgchart.get("/rof/units/5.5"))["responsible_post"] == "Gerente Nacional de Procesos"
