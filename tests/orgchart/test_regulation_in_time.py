"""Differences between days, search, competence, the history of a literal, the export."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.orgchart.domain.search_terms import highlighted, stems
from services.orgchart.domain.text_diff import Entry, compare
from tests.orgchart.harness import Orgchart

ENTRIES = st.lists(
    st.builds(
        Entry, st.none(), st.sampled_from([None, "A", "B"]), st.sampled_from(["a", "b", "c", None]), st.text(max_size=8)
    ),
    max_size=8,
)


@given(ENTRIES)
def test_a_list_does_not_differ_from_itself(entries: list[Entry]) -> None:
    assert compare(entries, entries).is_empty


@given(ENTRIES, ENTRIES)
def test_a_difference_read_backwards_swaps_added_and_removed(one: list[Entry], two: list[Entry]) -> None:
    there, back = compare(one, two), compare(two, one)

    assert {c.after for c in there.added} == {c.before for c in back.removed}
    assert {(c.before, c.after) for c in there.changed} == {(c.after, c.before) for c in back.changed}


def test_punctuation_case_and_accents_are_no_change() -> None:
    before = [Entry(None, None, "a", "Emitir la Gestión;")]
    after = [Entry(None, None, "a", "emitir la gestion.")]

    assert compare(before, after).is_empty


def test_a_scanned_letter_is_reported_as_such() -> None:
    before = [Entry(None, None, "a", "Controlar et cumplimiento de las políticas del seguro social en la provincia")]
    after = [Entry(None, None, "a", "Controlar el cumplimiento de las políticas del seguro social en la provincia")]

    (change,) = compare(before, after).changed
    assert change.ocr_suspected


def test_search_words_ignore_accents_plurals_and_small_words() -> None:
    wanted = stems("los Planes de la AFILIACIÓN")

    assert wanted == ("plan", "afiliacion")
    assert highlighted("Plan de Afiliación y afán", wanted) == "«Plan» de «Afiliación» y afán"


async def test_the_first_reform_added_three_units(imported: Orgchart) -> None:
    found = await imported.get("/rof/diff", **{"from": "2017-06-07", "to": "2017-06-08"})

    assert [unit["numeral"] for unit in found["added"]] == ["3.1.3.1.6", "3.1.5.3", "3.1.6.3"]
    assert (found["removed"], found["renumbered"]) == ([], [])


async def test_the_second_reform_added_one_unit_and_renumbered_two(imported: Orgchart) -> None:
    found = await imported.get("/rof/diff", **{"from": "2019-05-21", "to": "2019-05-22"})

    assert [unit["numeral"] for unit in found["added"]] == ["5.4.1"]
    assert [(r["from"], r["to"]) for r in found["renumbered"]] == [("5.4.1", "5.4.2"), ("5.4.2", "5.4.3")]
    assert [unit["numeral"] for unit in found["modified"]] == ["5.4"]


async def test_a_reprinted_literal_is_not_a_change(imported: Orgchart) -> None:
    found = await imported.get("/rof/diff", **{"from": "2017-06-07", "to": "2017-06-08"})

    risks = next(unit for unit in found["modified"] if unit["numeral"] == "3.1.5")
    reported = {change["letter"] for change in risks["attributions"]["changed"] if not change["ocr_suspected"]}
    unit = await imported.get("/rof/units/3.1.5", as_of="2017-06-08")
    assert len(reported) < len(unit["attributions"]) / 2
    assert set(risks["facts"]) == {"mission"}


async def test_an_added_literal_says_when_its_text_stood_under_another_letter(imported: Orgchart) -> None:
    found = await imported.get("/rof/diff", **{"from": "2017-06-07", "to": "2017-06-08"})

    health = next(unit for unit in found["modified"] if unit["numeral"] == "3.1.3")
    (added,) = health["attributions"]["added"]
    assert (added["letter"], added["same_text_as"]) == ("ss", "rr")
    assert [change["letter"] for change in health["attributions"]["changed"]] == ["pp", "rr"]


async def test_nothing_differs_between_a_day_and_itself(imported: Orgchart) -> None:
    found = await imported.get("/rof/diff", **{"from": "2018-01-01", "to": "2019-01-01"})

    assert (found["added"], found["removed"], found["renumbered"], found["modified"]) == ([], [], [], [])


async def test_a_difference_needs_its_days_in_order(imported: Orgchart) -> None:
    response = await imported.call("GET", "/rof/diff?from=2019-06-01&to=2017-06-01")

    assert (response.status_code, response.json()["errors"][0]["code"]) == (422, "date-order")


async def test_search_finds_words_without_accents_and_marks_them(imported: Orgchart) -> None:
    found = await imported.get("/rof/search", q="plan estrategico consejo", as_of="2019-06-01")

    first = found["items"][0]
    assert "«Plan»" in first["highlight"]
    assert all(item["valid_from"] <= "2019-06-01" for item in found["items"])


async def test_search_pages_do_not_overlap(imported: Orgchart) -> None:
    first = await imported.get("/rof/search", q="informes", limit=40)
    second = await imported.get("/rof/search", q="informes", limit=40, cursor=first["next_cursor"])

    seen = [(i["unit_id"], i["section"], i["group"], i["label"], i["text"]) for i in first["items"] + second["items"]]
    assert len(seen) == 80


async def test_who_is_competent_depends_on_the_day(imported: Orgchart) -> None:
    async def first(day: str) -> str:
        found = await imported.get("/rof/competent-units", q="codificación de resoluciones", as_of=day)
        return str([unit["numeral"] for unit in found["items"]])

    assert "'5.4.1'" in await first("2019-06-01")
    assert "'5.4.1'" not in await first("2019-05-01")


async def test_the_unit_whose_name_says_it_leads(imported: Orgchart) -> None:
    found = await imported.get("/rof/competent-units", q="compras públicas", limit=3)

    assert found["items"][0]["numeral"] == "4.3.2"
    assert found["next_cursor"] is not None


async def test_a_search_of_small_words_only_is_refused(imported: Orgchart) -> None:
    response = await imported.call("GET", "/rof/search", q="de la")

    assert (response.status_code, response.json()["code"]) == (422, "nothing-to-search")


async def test_a_literal_has_a_history(imported: Orgchart) -> None:
    found = (await imported.get("/rof/units/3.1.4/attributions/t/history"))["items"]

    assert [(v["valid_from"], v["valid_to"], v["operation"]) for v in found] == [
        ("2017-05-06", "2017-06-07", "original"),
        ("2017-06-08", None, "replaced"),
    ]
    assert found[0]["closed_by"]["provision"] == "Disposición Reformatoria Décima Séptima"


async def test_the_regulation_can_be_exported_as_of_a_day(imported: Orgchart) -> None:
    document = await imported.get("/rof/export", as_of="2017-05-10")
    text = await imported.call("GET", "/rof/export", as_of="2017-05-10", format="markdown")

    assert len(document["units"]) == 89
    assert text.headers["content-type"].startswith("text/markdown")
    assert text.text.count("\n## ") == 89


async def test_dispositions_have_validity_too(imported: Orgchart) -> None:
    before = await imported.items("/rof/provisions", kind="disposition", subkind="transitory", as_of="2017-06-07")
    after = await imported.items("/rof/provisions", kind="disposition", subkind="transitory", as_of="2017-06-08")

    assert [d["label"] for d in before] == ["PRIMERA", "SEGUNDA", "TERCERA", "CUARTA", "QUINTA", "SEXTA"]
    assert [d["label"] for d in after] == ["PRIMERA", "SEGUNDA", "CUARTA", "QUINTA", "SEXTA"]


async def test_the_two_levels_of_provinces_have_their_competences(imported: Orgchart) -> None:
    two = await imported.items("/rof/provisions", kind="competence", subkind="2")
    one = await imported.items("/rof/provisions", kind="competence", subkind="1")

    assert [c["label"] for c in two] == list("abcdefghij")
    assert [c["label"] for c in one if c["label"]] == ["a", "b"]
