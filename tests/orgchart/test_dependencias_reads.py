"""Dependencias on any date: dependence of both kinds, levels, zones, relatives."""

from __future__ import annotations

from tests.orgchart.harness import Orgchart


async def test_before_the_regulation_ruled_nothing_is_known(loaded: Orgchart) -> None:
    assert await loaded.items("/dependencias", as_of="2017-05-05") == []
    assert await loaded.items("/provinces", as_of="2017-05-05") == []


async def test_provincial_units_depend_twice(loaded: Orgchart) -> None:
    technical = await loaded.items("/dependencias", technical_parent="DNPL")
    administrative = await loaded.items("/dependencias", parent="DP-AZUAY")

    assert {unit["numeral"] for unit in technical} == {"6.3.3"}
    assert len(technical) == 24
    assert len(administrative) == 11


async def test_a_unit_may_report_to_several_national_units(loaded: Orgchart) -> None:
    unit = await loaded.get("/dependencias/DP-AZUAY-PRFD")
    risks = await loaded.items("/dependencias", technical_parent="DSGRT")

    assert unit["technical_parent"] == "DSP"
    assert unit["other_technical_parents"] == ["DNFTSD", "DSGRT"]
    assert {found["numeral"] for found in risks} == {"6.2.6"}


async def test_levels_and_zones_filter_the_provinces(loaded: Orgchart) -> None:
    seats = await loaded.items("/dependencias", kind="provincial_directorate", level="2")
    zone = await loaded.items("/dependencias", kind="provincial_directorate", zone="5")

    assert len(seats) == 7
    assert {unit["province"] for unit in zone} == {"Guayas", "Los Ríos", "Santa Elena", "Bolívar", "Galápagos"}


async def test_a_renumbered_unit_is_found_by_the_numeral_of_the_day(loaded: Orgchart) -> None:
    before = await loaded.items("/dependencias", numeral="5.4.1", as_of="2019-05-21")
    after = await loaded.items("/dependencias", numeral="5.4.1", as_of="2019-05-22")

    assert [unit["code"] for unit in before] == ["SNP"]
    assert [unit["code"] for unit in after] == ["SPG"]


async def test_aliases_find_what_documents_call_by_another_name(loaded: Orgchart) -> None:
    found = await loaded.items("/dependencias", q="tecnologia de la información")

    assert "DNTI" in {unit["code"] for unit in found}


async def test_units_only_the_plan_of_2025_names_begin_then(loaded: Orgchart) -> None:
    assert (await loaded.call("GET", "/dependencias/DNSI", as_of="2024-12-31")).status_code == 404
    assert (await loaded.get("/dependencias/DNSI", as_of="2025-01-01"))["source"] == "POA 2025"
