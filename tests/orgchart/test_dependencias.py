"""Dependencias, tree, zones and provinces on any date, on the real facts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.orgchart.harness import Orgchart


async def test_there_are_271_derived_provincial_dependencias(loaded: Orgchart) -> None:
    units = await loaded.items("/dependencias", as_of="2019-06-01")

    provincial = [unit for unit in units if unit["code"].startswith("DP-")]
    assert len(provincial) == 271
    assert all(unit["derived"] for unit in provincial)
    assert not any(unit["derived"] for unit in units if not unit["code"].startswith("DP-"))


async def test_before_the_regulation_nothing_is_known(loaded: Orgchart) -> None:
    assert await loaded.items("/dependencias", as_of="2017-05-05") == []
    response = await loaded.call("GET", "/org-tree", as_of="2017-05-05")
    assert (response.status_code, response.json()["code"]) == (404, "unknown-dependencia")


@pytest.mark.parametrize(("level", "units"), [(2, 7 * 12), (1, 17 * 11)])
async def test_a_zone_seat_has_twelve_units_and_another_province_eleven(
    loaded: Orgchart, level: int, units: int
) -> None:
    assert len(await loaded.items("/dependencias", level=level)) == units


async def test_only_zone_seats_have_a_commission(loaded: Orgchart) -> None:
    commissions = await loaded.items("/dependencias", kind="provincial_commission")

    seats = {p["name"] for p in await loaded.items("/provinces") if p["seat"]}
    assert {unit["province"] for unit in commissions} == seats
    assert len(seats) == 7


@pytest.mark.parametrize("q", ["informática", "INFORMATICA", "ínformatica"])
async def test_text_is_found_without_accents_and_case(loaded: Orgchart, q: str) -> None:
    names = [unit["name"] for unit in await loaded.items("/dependencias", q=q)]

    assert "Subdirección Nacional de Seguridad Informática" in names


@pytest.mark.parametrize("name", ["Cañar", "CANAR", "cañar"])
async def test_a_province_is_found_without_accents_and_case(loaded: Orgchart, name: str) -> None:
    assert len(await loaded.items("/dependencias", province=name)) == 11


async def test_wildcards_in_a_search_are_plain_characters(loaded: Orgchart) -> None:
    assert await loaded.items("/dependencias", q="%") == []
    assert await loaded.items("/dependencias", q="_") == []


async def test_a_loose_name_finds_the_unit_by_its_alias(loaded: Orgchart) -> None:
    found = await loaded.items("/dependencias", q="Dirección Nacional de Tecnología de la Información")

    assert [unit["code"] for unit in found] == ["DNTI"]


async def test_ancestors_lead_to_the_institution_nearest_first(loaded: Orgchart) -> None:
    codes = [unit["code"] for unit in await loaded.items("/dependencias/DP-AZUAY-SSC/ancestors")]

    assert codes == ["DP-AZUAY", "DG", "CD", "IESS"]


async def test_a_subtree_is_the_unit_and_what_hangs_below(loaded: Orgchart) -> None:
    subtree = {unit["code"] for unit in await loaded.items("/dependencias/DP-AZUAY/subtree")}
    children = {unit["code"] for unit in await loaded.items("/dependencias/DP-AZUAY/children")}

    assert subtree == children | {"DP-AZUAY"}
    assert len(subtree) == 12


async def test_a_numeral_moves_and_the_unit_stays(loaded: Orgchart) -> None:
    before = await loaded.get("/dependencias/SNP", as_of="2019-05-21")
    after = await loaded.get("/dependencias/SNP", as_of="2019-05-22")
    versions = await loaded.items("/dependencias/SNP/history")

    assert (before["numeral"], after["numeral"]) == ("5.4.1", "5.4.2")
    assert before["rof_unit_id"] == after["rof_unit_id"]
    assert [(v["valid_from"], v["valid_to"]) for v in versions] == [("2017-05-06", "2019-05-21"), ("2019-05-22", None)]
    assert versions[1]["introduced_by"]["resolution"] == "C.D. 583"


async def test_the_tree_holds_every_unit_in_force_once(loaded: Orgchart) -> None:
    def codes(node: dict[str, Any]) -> list[str]:
        return [node["code"], *(code for child in node["children"] for code in codes(child))]

    tree = await loaded.get("/org-tree", as_of="2019-06-01")

    listed = [unit["code"] for unit in await loaded.items("/dependencias", as_of="2019-06-01")]
    assert sorted(codes(tree)) == sorted(listed)


async def test_the_tree_can_be_cut_at_a_depth(loaded: Orgchart) -> None:
    tree = await loaded.get("/org-tree", root="DP-AZUAY", depth=0)

    assert tree == {
        "code": "DP-AZUAY",
        "name": "Dirección Provincial Azuay",
        "kind": "provincial_directorate",
        "children": [],
    }


async def test_zones_hold_the_twenty_four_provinces(loaded: Orgchart) -> None:
    zones = await loaded.items("/zones")

    names = [province for zone in zones for province in zone["provinces"]]
    assert (len(zones), len(names), len(set(names))) == (7, 24, 24)
    assert sorted(names) == sorted(p["name"] for p in await loaded.items("/provinces"))


async def test_province_codes_are_inec_and_iso(loaded: Orgchart) -> None:
    codes = {p["name"]: (p["inec_code"], p["iso_code"]) for p in await loaded.items("/provinces")}

    assert codes["Azuay"] == ("01", "EC-A")
    assert codes["Pichincha"] == ("17", "EC-P")
    assert codes["Galápagos"] == ("20", "EC-W")
    assert {inec for inec, _ in codes.values()} == {f"{n:02}" for n in range(1, 25)}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"as_of": "2019-02-30"}, 422),
        *[({"as_of": day}, 422) for day in ("ayer", "0", "86400", "2019-02-01T00:00:00", "2019-02-01T00:00:00Z")],
        ({"level": 3}, 422),
        ({"zone": 10**12}, 422),
        ({"limit": 501}, 422),
        *[({"limit": number}, 422) for number in ("1_0", "+5", " 5", "5.0", "٥")],
        ({"zone": "1.0"}, 422),
        ({"nope": 1}, 422),
        ({"kind": "ministerio"}, 422),
    ],
)
async def test_malformed_parameters_are_refused(loaded: Orgchart, query: dict[str, Any], status: int) -> None:
    assert (await loaded.call("GET", "/dependencias", **query)).status_code == status


async def test_an_unchanged_resource_answers_304(loaded: Orgchart) -> None:
    first = await loaded.call("GET", "/dependencias/DP-AZUAY")

    again = await loaded.call("GET", "/dependencias/DP-AZUAY", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


async def test_the_snapshot_holds_what_a_replica_needs(loaded: Orgchart) -> None:
    snapshot = await loaded.get("/snapshot")

    records = {record["code"]: record for record in snapshot["dependencias"]}
    assert len(records["SNP"]["versions"]) == 2
    assert records["DP-AZUAY"]["parent_id"] == records["DG"]["id"]
    assert records["IESS"]["parent_id"] is None
