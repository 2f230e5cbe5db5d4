"""Posts: derived from the regulation, added and renamed by those who keep people."""

from __future__ import annotations

from typing import Any

import pytest

from tests.orgchart.harness import Orgchart, grant


async def test_every_unit_has_the_post_that_answers_for_it(loaded: Orgchart) -> None:
    units = await loaded.items("/dependencias", fields="code,kind,responsible_post")
    posts = await loaded.items("/posts", responsible="true")

    named = {unit["code"]: unit["responsible_post"] for unit in units if unit["kind"] != "institution"}
    assert {post["dependencia"]: post["name"] for post in posts} == named
    assert all(post["code"] == f"{post['dependencia']}.01" for post in posts)


async def test_a_post_that_the_regulation_does_not_name_is_there_without_a_name(loaded: Orgchart) -> None:
    post = await loaded.get("/posts/DNSI.01")

    assert (post["name"], post["naming"]) == (None, "missing")
    assert post["dependencia"] in {p["dependencia"] for p in await loaded.items("/posts", naming="missing")}


async def test_councils_and_commissions_are_collegiate(loaded: Orgchart) -> None:
    collegiate = {post["dependencia"] for post in await loaded.items("/posts", collegiate="true")}

    assert {"CD", "CNA", "DP-AZUAY-CPC"} <= collegiate
    assert "DP-AZUAY" not in collegiate
    assert len(collegiate) == 2 + 7


async def test_a_post_lives_as_long_as_its_dependencia(loaded: Orgchart) -> None:
    before = await loaded.items("/posts", dependencia="SPG", as_of="2019-05-21")
    after = await loaded.items("/posts", dependencia="SPG", as_of="2019-05-22")

    assert [post["valid_from"] for post in [*before, *after]] == ["2019-05-22"]


async def test_a_further_post_takes_the_next_number(orgchart: Orgchart) -> None:
    new = {"dependencia": "DP-AZUAY", "name": "Asistente", "valid_from": "2024-01-01"}

    first = await orgchart.post("/posts", new)
    second = await orgchart.post("/posts", new)

    assert (first["code"], second["code"]) == ("DP-AZUAY.02", "DP-AZUAY.03")
    assert (first["naming"], first["responsible"], first["valid_to"]) == ("manual", False, None)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"dependencia": "NADA"}, "dependencia-not-found"),
        ({"valid_from": "2016-01-01"}, "post-life-invalid"),
        ({"valid_to": "2023-12-31"}, "post-life-invalid"),
        ({"name": "x"}, "invalid"),
        ({"nope": 1}, "invalid"),
    ],
)
async def test_a_post_that_cannot_be_is_refused(orgchart: Orgchart, change: dict[str, Any], code: str) -> None:
    new = {"dependencia": "DP-AZUAY", "name": "Asistente", "valid_from": "2024-01-01"}

    refused = await orgchart.post("/posts", {**new, **change}, status=422)

    assert refused["code"] == code


async def test_the_manual_may_name_what_the_regulation_does_not(orgchart: Orgchart) -> None:
    first = await orgchart.call("GET", "/posts/DNSI.01")
    facts = {"name": "Director(a) de Servicios", "collegiate": False, "valid_from": None, "valid_to": None}

    changed = await orgchart.call("PUT", "/posts/DNSI.01", facts, headers={"If-Match": first.headers["etag"]})
    stale = await orgchart.call("PUT", "/posts/DNSI.01", facts, headers={"If-Match": first.headers["etag"]})

    assert (changed.json()["name"], changed.json()["naming"]) == ("Director(a) de Servicios", "manual")
    assert changed.headers["etag"] == (await orgchart.call("GET", "/posts/DNSI.01")).headers["etag"]
    assert stale.status_code == 412


async def test_who_keeps_people_of_one_province_changes_posts_of_that_province_only(orgchart: Orgchart) -> None:
    azuay = orgchart.by(grant("organisation:read"), grant("person:write", "DP-AZUAY"))
    new = {"name": "Asistente", "valid_from": "2024-01-01"}

    assert (await azuay.call("POST", "/posts", {**new, "dependencia": "DP-AZUAY-AF"})).status_code == 201
    assert (await azuay.call("POST", "/posts", {**new, "dependencia": "DP-GUAYAS-AF"})).status_code == 403
    assert (await orgchart.by(grant("organisation:read")).call("POST", "/posts", new)).status_code == 403
