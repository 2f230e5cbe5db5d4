"""Which dependencia a province names on every day, whatever became of its directorate."""

from __future__ import annotations

from typing import Any

import pytest

from tests.orgchart.harness import Orgchart
from tests.orgchart.reorganising import wanted, with_peers

pytestmark = pytest.mark.usefixtures("no_grants")

NEW: dict[str, Any] = {
    "op": "create",
    "code": "DP-AUSTRO",
    "name": "Dirección Provincial del Austro",
    "kind": "provincial_directorate",
    "parent": "DG",
}
MERGE = {"op": "merge", "sources": ["DP-CANAR"], "into": "DP-AZUAY"}


async def named(orgchart: Orgchart, province: str, day: str) -> str | None:
    """What the province names on a day. Everything that is named exists on it."""
    provinces = await orgchart.items("/provinces", as_of=day)
    assert len(provinces) == 24
    for found in provinces:
        if found["dependencia"] is not None:
            await orgchart.get(f"/dependencias/{found['dependencia']}", as_of=day)
    (one,) = [found["dependencia"] for found in provinces if found["name"] == province]
    code: str | None = one
    return code


async def test_a_province_names_the_directorate_that_took_over_its_own(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    await orgchart.post("/reorganizations", wanted(MERGE))
    later = [NEW | {"province": "Azuay"}, {"op": "merge", "sources": ["DP-AZUAY"], "into": "DP-AUSTRO"}]
    applied = await orgchart.post("/reorganizations", wanted(*later, effective_on="2028-02-29"))

    days = ("2026-06-30", "2026-07-01", "2028-02-28", "2028-02-29", "2999-12-31")
    found = [await named(orgchart, "Cañar", day) for day in days]
    await orgchart.post(f"/reorganizations/{applied['id']}/undo", None, status=200)

    assert found == ["DP-CANAR", "DP-AZUAY", "DP-AZUAY", "DP-AUSTRO", "DP-AUSTRO"]
    assert await named(orgchart, "Azuay", "2028-02-29") == "DP-AZUAY"


async def test_a_directorate_of_the_province_itself_comes_before_who_took_over_elsewhere(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    await orgchart.post("/reorganizations", wanted(MERGE))
    await orgchart.post("/reorganizations", wanted(NEW | {"province": "Cañar"}, effective_on="2027-01-01"))

    assert await named(orgchart, "Cañar", "2026-12-31") == "DP-AZUAY"
    assert await named(orgchart, "Cañar", "2027-01-01") == "DP-AUSTRO"


async def test_a_province_served_by_two_names_nobody(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    halves = [{"code": code, "share": "0.5"} for code in ("DP-AZUAY", "DP-LOJA")]
    units = await orgchart.items("/dependencias", parent="DP-CANAR", limit=500)
    moves = [{"op": "move", "code": unit["code"], "parent": "DP-AZUAY"} for unit in units]
    split = {"op": "split", "code": "DP-CANAR", "into": halves}
    await orgchart.post("/reorganizations", wanted(*moves, split))

    assert await named(orgchart, "Cañar", "2026-07-01") is None
    listed = await orgchart.items("/provinces", as_of="2026-07-01", zone="6", sort="name")
    assert [found["name"] for found in listed] == ["Azuay", "Cañar", "Morona Santiago"]


async def test_the_level_of_a_province_is_that_of_the_directorate_it_names(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    new = NEW | {"province": "Cañar"}
    await orgchart.post("/reorganizations", wanted(new, {"op": "merge", "sources": ["DP-CANAR"], "into": "DP-AUSTRO"}))
    change = {"op": "change_level", "dependencia": "DP-AUSTRO", "level": 2}
    await orgchart.post("/reorganizations", wanted(change, effective_on="2027-01-01"))

    for day, level in (("2026-06-30", 1), ("2026-07-01", 1), ("2027-01-01", 2)):
        (found,) = [p for p in await orgchart.items("/provinces", as_of=day) if p["name"] == "Cañar"]
        filtered = await orgchart.items("/provinces", as_of=day, level=str(level))
        assert found["management_level"] == level
        assert "Cañar" in [province["name"] for province in filtered]


async def test_what_later_acts_did_with_other_provinces_outlives_an_undoing(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    rename = {"op": "rename", "code": "DNPL", "name": "Dirección Nacional de Planificación y Estrategia"}
    raised: list[dict[str, Any]] = [
        {"op": "change_level", "dependencia": code, "level": 2} for code in ("DP-NAPO", "DP-CARCHI")
    ]
    first = await orgchart.post("/reorganizations", wanted(rename, raised[0]))
    await orgchart.post("/reorganizations", wanted(raised[1], effective_on="2026-07-01", resolution="C.D. 701"))

    await orgchart.post(f"/reorganizations/{first['id']}/undo", None, status=200)

    found = {p["name"]: p["management_level"] for p in await orgchart.items("/provinces", as_of="2026-07-01")}
    assert (found["Napo"], found["Carchi"]) == (1, 2)
    assert (await orgchart.get("/dependencias/DP-CARCHI", as_of="2026-07-01"))["management_level"] == 2
