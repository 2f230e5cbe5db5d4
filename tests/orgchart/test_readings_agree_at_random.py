"""Random reorganisations, then every reading of random days held against one list of who there was on it.

What is expected is worked out here from the plain list: nothing of the service's SQL or rules is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from tests.orgchart.harness import Orgchart
from tests.orgchart.reorganising import wanted, with_peers
from tests.support.examples import examples

pytestmark = pytest.mark.usefixtures("no_grants")

FIRST, LAST = date(2017, 5, 6), date(2031, 12, 31)
DATES = ("2020-02-29", "2021-01-01", "2021-01-01", "2024-12-31", "2026-03-02", "2028-02-29", "2030-06-15")
Row = Mapping[str, Any]


async def on(orgchart: Orgchart, day: str) -> dict[str, Row]:
    return {unit["code"]: unit for unit in await orgchart.items("/dependencias", as_of=day, limit="500")}


async def tree(orgchart: Orgchart, day: str) -> bytes:
    return (await orgchart.call("GET", "/org-tree", as_of=day)).content


def operation(chance: Random, number: int, codes: list[str]) -> dict[str, Any]:
    one, other, third = chance.sample(codes, 3)
    heirs = [{"code": code, "share": "0.5"} for code in (other, third)]
    return chance.choice(
        [
            {"op": "rename", "code": one, "name": f"Unidad Ñandú {number}"},
            {"op": "move", "code": one, "parent": other},
            {"op": "renumber", "code": one, "numeral": f"9.{number}"},
            {"op": "create", "code": f"X{number}", "name": f"Nueva {number}", "kind": "directorate", "parent": one},
            {"op": "merge", "sources": [one], "into": other},
            {"op": "split", "code": one, "into": heirs},
            {"op": "dissolve", "code": one, "successors": [{"code": other}]},
        ]
    )


async def reorganised(orgchart: Orgchart, chance: Random, times: int) -> list[str]:
    """Ids of what was applied. What is refused changes nothing, and no act changes a day before its own."""
    done: list[str] = []
    for number in range(times):
        day = chance.choice(DATES)
        eve = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
        before, standing = await tree(orgchart, eve), await on(orgchart, day)
        body = wanted(operation(chance, number, sorted(standing)), effective_on=day)
        answer = await orgchart.call("POST", "/reorganizations", body)
        assert answer.status_code in (201, 422), answer.text
        assert await tree(orgchart, eve) == before
        if answer.status_code == 201:
            done.append(answer.json()["id"])
        else:
            assert await on(orgchart, day) == standing
    return done


def nested(node: Row, parent: str | None = None) -> list[tuple[str, str, str | None]]:
    inner = [found for child in node["children"] for found in nested(child, node["code"])]
    return [(node["code"], node["name"], parent), *inner]


async def check_day(orgchart: Orgchart, chance: Random, day: str) -> None:
    there = await on(orgchart, day)
    children: dict[str, list[str]] = {code: [] for code in there}
    for code, unit in there.items():
        if unit["parent"] is not None:
            children[unit["parent"]].append(code)
    nodes = nested(await orgchart.get("/org-tree", as_of=day))
    assert sorted(nodes) == sorted((code, unit["name"], unit["parent"]) for code, unit in there.items())
    for code in chance.sample(sorted(there), 2):
        await check_unit(orgchart, code, day, there, children)
    for province in await orgchart.items("/provinces", as_of=day):
        assert province["dependencia"] is None or province["dependencia"] in there
    units = {unit["numeral"]: unit["dependencia"] for unit in await orgchart.items("/rof/units", as_of=day)}
    assert set(units.values()) - {None} <= there.keys()
    exported = (await orgchart.get("/rof/export", as_of=day))["units"]
    assert {unit["numeral"]: unit["dependencia"] for unit in exported} == units
    for found in await orgchart.items("/rof/competent-units", q="planificación", as_of=day):
        assert found["dependencia"] == units[found["numeral"]]


async def check_unit(
    orgchart: Orgchart, code: str, day: str, there: Mapping[str, Row], children: Mapping[str, list[str]]
) -> None:
    unit = there[code]
    detail = await orgchart.get(f"/dependencias/{code}", as_of=day)
    assert {name: detail[name] for name in unit} == unit
    above = [unit["parent"]]
    while above[-1] is not None:
        above.append(there[above[-1]]["parent"])
    below = [code]
    for one in below:
        below += children[one]
    paths = {"children": sorted(children[code]), "subtree": sorted(below)}
    for path, expected in paths.items():
        assert sorted(await codes(orgchart, f"/dependencias/{code}/{path}", as_of=day)) == expected
    assert await codes(orgchart, f"/dependencias/{code}/ancestors", as_of=day) == above[:-1]
    assert sorted(await codes(orgchart, "/dependencias", parent=code, as_of=day)) == sorted(children[code])
    assert code in await codes(orgchart, "/dependencias", q=unit["name"].upper(), as_of=day)
    versions = await orgchart.items(f"/dependencias/{code}/history")
    (told,) = [v for v in versions if v["valid_from"] <= day and (v["valid_to"] is None or day <= v["valid_to"])]
    assert (told["name"], told["parent"], told["numeral"]) == (unit["name"], unit["parent"], unit["numeral"])


async def codes(orgchart: Orgchart, path: str, **query: str) -> list[str]:
    return [unit["code"] for unit in await orgchart.items(path, limit="500", **query)]


async def test_every_reading_of_a_day_agrees_whatever_was_reorganised(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    chance = Random(examples(1))  # The proofs walk another way than the tests.
    start = {day: await on(orgchart, day) for day in ("2019-06-01", DATES[-1])}

    done = await reorganised(orgchart, chance, examples(8))
    some_day = FIRST + timedelta(days=chance.randint(0, (LAST - FIRST).days))
    for day in (chance.choice(DATES), some_day.isoformat()):
        await check_day(orgchart, chance, day)
    assert len(done) >= 3
    for number in reversed(done):
        await orgchart.post(f"/reorganizations/{number}/undo", None, status=200)

    assert {day: await on(orgchart, day) for day in start} == start
