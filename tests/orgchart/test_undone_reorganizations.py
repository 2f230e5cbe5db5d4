"""What is undone, and what cannot be any more, on the real organisation in a real database."""

from __future__ import annotations

from typing import Any

import pytest

from tests.orgchart.harness import Orgchart
from tests.orgchart.reorganising import CREATE, RENAME, pictures, wanted, with_peers

pytestmark = pytest.mark.usefixtures("no_grants")


async def test_undo_restores_byte_equal_answers(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    before = await pictures(orgchart)
    operations: list[dict[str, Any]] = [
        CREATE,
        {"op": "merge", "sources": ["DNPR", "DNCS"], "into": "DNC"},
        {"op": "move", "code": "SNSE", "parent": "DG"},
        {"op": "renumber", "code": "DNTI", "numeral": "4.9"},
        {"op": "change_level", "dependencia": "DP-NAPO", "level": 2},
    ]
    applied = await orgchart.post("/reorganizations", wanted(*operations))
    during = await pictures(orgchart)

    undone = await orgchart.post(f"/reorganizations/{applied['id']}/undo", None, status=200)

    assert during != before
    assert undone["status"] == "undone"
    assert await pictures(orgchart) == before
    response = await orgchart.call("POST", "/reorganizations", wanted(operations[0], effective_on="2026-08-01"))
    assert response.json()["errors"][0]["code"] == "code-taken"


async def test_a_resolution_lives_while_one_act_under_it_stands(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    before = await orgchart.items("/resolutions")
    first = await orgchart.post("/reorganizations", wanted(RENAME, CREATE, resolution_date="2026-05-05"))
    move = {"op": "move", "code": "SNSE", "parent": "DG"}
    second = await orgchart.post("/reorganizations", wanted(move, effective_on="2026-08-01"))

    await orgchart.post(f"/reorganizations/{first['id']}/undo", None, status=200)
    left = [found for found in await orgchart.items("/resolutions") if found not in before]
    await orgchart.post(f"/reorganizations/{second['id']}/undo", None, status=200)

    (told,) = left
    assert (told["date"], told["in_force_from"], told["changes"]) == ("2026-08-01", "2026-08-01", 1)
    assert await orgchart.items("/resolutions") == before


async def test_what_a_later_reorganisation_changed_cannot_be_undone(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    first = await orgchart.post("/reorganizations", wanted(RENAME))
    other = {**RENAME, "name": "Dirección Nacional Digital"}
    await orgchart.post("/reorganizations", wanted(other, effective_on="2026-09-01"))

    response = await orgchart.call("POST", f"/reorganizations/{first['id']}/undo")

    assert (response.status_code, response.json()["code"]) == (409, "reorganization-not-undoable")


@pytest.mark.parametrize(
    ("first", "later"),
    [
        # It would hang from what hangs from it.
        ({"op": "move", "code": "SNSE", "parent": "DG"}, {"op": "move", "code": "DNPL", "parent": "SNSE"}),
        # It would answer again to who has ended.
        (
            {"op": "move", "code": "DP-NAPO-CS", "parent": "DP-NAPO", "technical_parent": "DNTI"},
            {"op": "merge", "sources": ["DNCS"], "into": "DNPR"},
        ),
        # Somebody would be succeeded by, or answer to, who never was.
        (CREATE, {"op": "dissolve", "code": "DNPR", "successors": [{"code": "DNC"}]}),
        (CREATE, {"op": "move", "code": "DP-NAPO-CS", "parent": "DP-NAPO", "technical_parent": "DNC"}),
    ],
)
async def test_what_a_later_reorganisation_builds_upon_cannot_be_undone(
    orgchart: Orgchart, first: dict[str, Any], later: dict[str, Any]
) -> None:
    with_peers(orgchart)
    applied = await orgchart.post("/reorganizations", wanted(first))
    second = await orgchart.post("/reorganizations", wanted(later, effective_on="2026-09-01"))
    before = await pictures(orgchart)

    response = await orgchart.call("POST", f"/reorganizations/{applied['id']}/undo")

    assert (response.status_code, response.json()["code"]) == (409, "reorganization-not-undoable")
    assert await pictures(orgchart) == before
    for number in (second["id"], applied["id"]):
        await orgchart.post(f"/reorganizations/{number}/undo", None, status=200)
