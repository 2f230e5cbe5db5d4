"""The seeded facts: what their files promise, and what a broken row does."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from iesspr.postgres import DatabaseUrls
from services.kit.folding import fold
from services.kit.seeding import SeedError
from services.orgchart.app import create_app
from services.orgchart.seed.load import seed
from tests.orgchart.harness import DATA, settings_for

ORG = DATA / "orgchart"


def rows(name: str, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((ORG / name).read_text())[key]
    return found


DEPENDENCIAS = rows("dependencias.json", "dependencias")
UNITS = rows("rof-units.json", "units")
PROVINCES = rows("provinces.json", "provinces")


def test_codes_and_ids_are_unique_and_short() -> None:
    assert len({d["code"] for d in DEPENDENCIAS}) == len({d["id"] for d in DEPENDENCIAS}) == len(DEPENDENCIAS)
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*", d["code"]) for d in DEPENDENCIAS)


def test_every_central_unit_of_the_regulation_is_one_dependencia() -> None:
    central = Counter(u["dependencia"] for u in UNITS if not u["numeral"].startswith("6."))
    seeded = {d["code"]: d for d in DEPENDENCIAS if d["source"] == "ROF" and d["id"] not in (1,) and d["id"] < 1000}

    assert set(central) == set(seeded)
    for unit in UNITS:
        if unit["dependencia"] is not None:
            assert seeded[unit["dependencia"]]["kind"] == unit["kind"]
            assert seeded[unit["dependencia"]]["rof_unit_id"] == unit["unit_id"]


def test_provincial_dependencias_are_the_template_times_the_provinces() -> None:
    provincial = [d for d in DEPENDENCIAS if d["code"].startswith("DP-")]
    per_province = Counter(d["province"] for d in provincial)

    assert len(provincial) == 271
    assert all(d["derived"] and d["valid_from"] == "2017-05-06" for d in provincial)
    for province in PROVINCES:
        assert per_province[province["name"]] == {1: 11, 2: 12}[province["management_level"]]


def test_only_level_two_has_coordinations_and_the_commission() -> None:
    kinds = {d["kind"] for d in DEPENDENCIAS if d["management_level"] == 1}
    two = {d["kind"] for d in DEPENDENCIAS if d["management_level"] == 2}

    assert kinds == {"provincial_directorate", "provincial_unit"}
    assert two == {"provincial_directorate", "provincial_unit", "provincial_coordination", "provincial_commission"}


def test_provincial_codes_are_the_name_without_accents() -> None:
    for province in PROVINCES:
        assert province["dependencia"] == "DP-" + fold(province["name"]).upper().replace(" ", "-")


def test_units_the_regulation_does_not_know_say_so() -> None:
    others = [d for d in DEPENDENCIAS if d["source"] == "POA 2025"]

    assert {d["code"] for d in others} == {"DNSI", "SNRF", "SNRO", "CAIR"}
    assert all(d["rof_unit_id"] is None and d["numeral"] is None and d["note"] for d in others)
    assert all(d["valid_from"] == "2025-01-01" for d in others)


def test_no_alias_names_two_dependencias() -> None:
    names = Counter(fold(name) for d in DEPENDENCIAS for name in {fold(d["name"]), *map(fold, d["aliases"])})

    assert [name for name, count in names.items() if count > 1] == []


def test_the_seed_carries_facts_and_no_prose() -> None:
    assert not {"mission", "attributions", "products", "text"} & {key for unit in UNITS for key in unit}


async def test_a_broken_row_stops_with_file_and_line_and_loads_nothing(
    orgchart_db: DatabaseUrls, tmp_path: Path
) -> None:
    shutil.copytree(ORG, tmp_path / "orgchart")
    path = tmp_path / "orgchart" / "rof-units.json"
    text = path.read_text().split("\n")
    text[7] = text[7].replace('"2017-05-06"', '"2017-13-06"')
    path.write_text("\n".join(text))
    app = create_app(settings_for(orgchart_db.app, tmp_path))
    await app.state.database.open()
    try:
        with pytest.raises(SeedError, match=r"orgchart/rof-units\.json:8: "):
            await seed(app)

        assert await app.state.database.pool.fetchval("SELECT count(*) FROM orgchart.dependencias") == 0
    finally:
        await app.state.database.close()
