"""What the contract promises about the regulation, on the seeded facts."""

from __future__ import annotations

import pytest

from tests.orgchart.harness import Orgchart

FIELDS = {
    "unit_id", "numeral", "name", "process_name", "kind", "process_type", "parent_numeral", "responsible_post",
    "attribution_count", "product_count", "valid_from", "valid_to", "introduced_by",
}  # fmt: skip


@pytest.mark.parametrize(
    ("day", "units"),
    [("2017-05-01", 0), ("2017-05-06", 89), ("2017-05-10", 89), ("2017-06-10", 92), ("2019-06-01", 93)],
)
async def test_units_in_force_are_counted_by_date(loaded: Orgchart, day: str, units: int) -> None:
    found = await loaded.items("/rof/units", as_of=day)

    assert len(found) == units
    assert all(set(unit) >= FIELDS for unit in found)


async def test_attributions_are_counted_before_the_prose_is_imported(loaded: Orgchart) -> None:
    found = await loaded.items("/rof/units", as_of="2017-05-10")

    assert sum(unit["attribution_count"] for unit in found) == 1056


@pytest.mark.parametrize(
    ("numeral", "day", "name"),
    [
        ("5.4.1", "2019-05-21", "PATROCINIO"),
        ("5.4.1", "2019-05-22", "SUBPROCURADURÍA"),
        ("5.4.2", "2019-05-21", "ASESORÍA LEGAL"),
        ("5.4.2", "2019-05-22", "PATROCINIO"),
        ("5.4.3", "2019-05-22", "ASESORÍA LEGAL"),
        ("1.1", "2019-05-22", "CONSEJO DIRECTIVO"),
        ("6.1.1", "2019-05-22", "DIRECCIÓN PROVINCIAL"),
    ],
)
async def test_a_numeral_names_what_the_law_said_on_the_day(
    loaded: Orgchart, numeral: str, day: str, name: str
) -> None:
    unit = await loaded.get(f"/rof/units/{numeral}", as_of=day)

    assert name in unit["name"]


@pytest.mark.parametrize(("numeral", "day"), [("5.4.3", "2018-01-01"), ("5.6", "2017-05-05"), ("9.9", "2019-06-01")])
async def test_a_numeral_that_names_nothing_that_day_is_not_found(loaded: Orgchart, numeral: str, day: str) -> None:
    response = await loaded.call("GET", f"/rof/units/{numeral}", as_of=day)

    assert response.status_code == 404
    assert response.json()["code"] == "unknown-numeral"


async def test_a_unit_keeps_its_identity_when_it_is_renumbered(loaded: Orgchart) -> None:
    before = await loaded.get("/rof/units/5.4.1", as_of="2019-05-21")
    after = await loaded.get("/rof/units/5.4.2", as_of="2019-05-22")

    assert before["unit_id"] == after["unit_id"]
    assert after["introduced_by"] == {"resolution": "C.D. 583", "provision": "artículo 3"}


async def test_history_is_oldest_first_and_can_follow_one_unit(loaded: Orgchart) -> None:
    everything = (await loaded.get("/rof/units/5.4.1/history"))["items"]
    patrocinio = (await loaded.get("/rof/units/5.4.1/history", as_of="2018-01-01"))["items"]

    assert [version["valid_from"] for version in everything] == ["2017-05-06", "2019-05-22", "2019-05-22"]
    assert [(v["numeral"], v["valid_to"]) for v in patrocinio] == [("5.4.1", "2019-05-21"), ("5.4.2", None)]


async def test_units_are_found_without_regard_to_accents_and_case(loaded: Orgchart) -> None:
    found = await loaded.items("/rof/units", as_of="2019-06-01", q="PLANIFICACION")

    assert {unit["numeral"] for unit in found} == {"5.6", "6.3.3"}


async def test_three_resolutions_made_the_organisation(loaded: Orgchart) -> None:
    found = (await loaded.get("/resolutions"))["items"]

    assert [(r["code"], r["in_force_from"]) for r in found] == [
        ("C.D. 535", "2017-05-06"),
        ("C.D. 553", "2017-06-08"),
        ("C.D. 583", "2019-05-22"),
    ]


async def test_a_heavy_list_is_not_sent_twice(loaded: Orgchart) -> None:
    first = await loaded.call("GET", "/rof/units", limit=500)
    again = await loaded.call("GET", "/rof/units", limit=500, headers={"If-None-Match": first.headers["etag"]})

    assert again.status_code == 304
    assert again.content == b""


async def test_the_regulation_needs_a_login(loaded: Orgchart) -> None:
    assert (await loaded.anonymous.call("GET", "/rof/units")).status_code == 401
