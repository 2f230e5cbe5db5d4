"""Whatever is read of the organisation on a day, by whichever call, agrees with every other reading of that day."""

from __future__ import annotations

from typing import Any

import pytest

from tests.orgchart.harness import Orgchart
from tests.orgchart.reorganising import wanted, with_peers

pytestmark = pytest.mark.usefixtures("no_grants")

DAYS = ("2026-06-30", "2026-07-01", "2027-12-31", "2028-02-29", "2999-12-31")


async def named_by_the_regulation(orgchart: Orgchart, day: str) -> dict[str, str | None]:
    """The dependencia that each unit of the regulation names on a day, by numeral; list, detail and export agree."""
    listed = {unit["numeral"]: unit["dependencia"] for unit in await orgchart.items("/rof/units", as_of=day)}
    exported = (await orgchart.get("/rof/export", as_of=day))["units"]
    assert {unit["numeral"]: unit["dependencia"] for unit in exported} == listed
    for numeral in ("2.1", "2.4", "4.2"):
        assert (await orgchart.get(f"/rof/units/{numeral}", as_of=day))["dependencia"] == listed[numeral]
    for unit in (await orgchart.get("/rof/competent-units", q="planificación", as_of=day))["items"]:
        assert unit["dependencia"] == listed[unit["numeral"]]
    return listed


async def test_the_regulation_names_only_dependencias_of_the_day(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    before = await named_by_the_regulation(orgchart, "2026-07-01")
    (numeral,) = [numeral for numeral, code in before.items() if code == "DNPL"]
    merge = {"op": "merge", "sources": ["DNPL"], "into": "DNPR"}
    halves = [{"code": code, "share": "0.5"} for code in ("DNTI", "DNCS")]
    moves: list[dict[str, Any]] = [
        {"op": "move", "code": unit["code"], "parent": "DNTI"}
        for unit in await orgchart.items("/dependencias", parent="DNPR", limit="500")
        + await orgchart.items("/dependencias", parent="DNPL", limit="500")
    ]
    answer_elsewhere: list[dict[str, Any]] = [
        {"op": "move", "code": unit["code"], "parent": unit["parent"], "technical_parent": "DNTI"}
        for unit in await orgchart.items("/dependencias", technical_parent="DNPR", limit="500")
        + await orgchart.items("/dependencias", technical_parent="DNPL", limit="500")
    ]
    await orgchart.post("/reorganizations", wanted(merge))
    split = {"op": "split", "code": "DNPR", "into": halves}
    await orgchart.post("/reorganizations", wanted(*moves, *answer_elsewhere, split, effective_on="2028-02-29"))

    found = [await named_by_the_regulation(orgchart, day) for day in DAYS]

    assert [named[numeral] for named in found] == ["DNPL", "DNPR", "DNPR", None, None]
    for day, named in zip(DAYS, found, strict=True):
        alive = {unit["code"] for unit in await orgchart.items("/dependencias", as_of=day, limit="500")}
        assert {code for code in named.values() if code is not None} <= alive
        assert {number: code for number, code in named.items() if code != before[number]}.keys() <= {
            number for number, code in before.items() if code in ("DNPL", "DNPR")
        }
