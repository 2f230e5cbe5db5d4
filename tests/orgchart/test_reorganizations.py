"""Reorganisations through the API, on the real organisation in a real database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from services.kit.clients import PeerUnavailable
from services.orgchart.reorganizations.acknowledging import note_acknowledgements
from tests.orgchart.harness import Orgchart, grant
from tests.orgchart.reorganising import MERGE, RENAME, Peer, pictures, wanted, with_peers

pytestmark = pytest.mark.usefixtures("no_grants")


async def test_a_preview_says_what_would_change_and_changes_nothing(orgchart: Orgchart) -> None:
    with_peers(orgchart, objectives__DNPR=2, assignments__DNPR=3)
    before = await pictures(orgchart)

    found = await orgchart.post("/reorganizations", wanted(MERGE, RENAME), status=200, dry_run="true")

    assert (found["id"], found["status"]) == (None, "previewed")
    assert {(u["code"], u["change"]) for u in found["impact"]["units"]} == {
        ("DNPR", "ended"), ("DNPL", "merged"), ("DNTI", "renamed"),
    }  # fmt: skip
    assert found["impact"]["hanging"]["items"] == [
        {"dependencia": "DNPR", "objectives": 2, "assignments": 3, "grants": 1}
    ]
    assert found["impact"]["tree_before"] != found["impact"]["tree_after"]
    assert await pictures(orgchart) == before


async def test_a_merge_and_a_rename_act_on_their_date_and_not_before(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    applied = await orgchart.post("/reorganizations", wanted(MERGE, RENAME))

    assert applied["status"] == "propagating"
    assert (await orgchart.call("GET", "/dependencias/DNPR", as_of="2026-07-01")).status_code == 404
    assert (await orgchart.get("/dependencias/DNTI", as_of="2026-07-01"))["name"].endswith("Transformación Digital")
    succession = (await orgchart.get("/dependencias/DNPR/succession"))["items"]
    assert [(s["predecessor"], s["successor"], s["share"]) for s in succession] == [("DNPR", "DNPL", "1")]


async def test_the_succession_of_what_never_was_is_not_found(orgchart: Orgchart) -> None:
    assert (await orgchart.get("/dependencias/DNPR/succession"))["items"] == []
    assert (await orgchart.call("GET", "/dependencias/NO-HAY/succession")).status_code == 404


async def test_answers_for_earlier_days_never_change(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    paths = [
        f"{path}as_of={day}"
        for day in ("2017-05-10", "2019-06-01", "2026-03-02", "2026-06-30")
        for path in (
            "/dependencias?limit=500&",
            "/dependencias/DNPR?",
            "/org-tree?",
            "/provinces?",
            "/rof/units?limit=500&",
        )
    ]
    before = [(await orgchart.call("GET", path)).content for path in paths]

    await orgchart.post("/reorganizations", wanted(MERGE, {"op": "change_level", "dependencia": "DP-NAPO", "level": 2}))

    assert [(await orgchart.call("GET", path)).content for path in paths] == before
    history = (await orgchart.get("/dependencias/DNPR/history"))["items"]
    assert [version["valid_to"] for version in history] == ["2026-06-30"]


async def test_every_follower_must_acknowledge_before_it_is_complete(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    applied = await orgchart.post("/reorganizations", wanted(RENAME))
    reader = orgchart.by(grant("internal:read"), subject="svc-plans")
    feed = (await reader.call("GET", "/feed?after=0&limit=1000")).json()

    statuses = []
    for subjects in (["svc-plans"], ["svc-plans", "svc-indicators"], ["svc-plans", "svc-indicators", "gateway"]):
        for subject in subjects:
            follower = orgchart.by(grant("internal:read"), subject=subject)
            await follower.call("GET", f"/feed?after={feed['position']}")
        async with orgchart.app.state.database.engine.begin() as transaction:
            driver = (await transaction.get_raw_connection()).driver_connection
            await transaction.exec_driver_sql("SELECT 1")
            await note_acknowledgements(orgchart.app, driver)
        statuses.append((await orgchart.get(f"/reorganizations/{applied['id']}"))["status"])

    assert statuses == ["propagating", "propagating", "complete"]
    changed = [e["subject"] for e in feed["items"] if e["type"] == "dependencia.changed"]
    assert changed == ["DNTI"]


async def test_a_preview_refuses_the_texts_that_applying_would_refuse(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    for text in ("Dirección\x00Nueva", "Dirección\nNueva", "Dirección \u202eaveuN"):
        for path in ("/reorganizations", "/reorganizations?dry_run=true"):
            response = await orgchart.call("POST", path, wanted({**RENAME, "name": text}))

            assert response.status_code == 422
            assert [error["pointer"] for error in response.json()["errors"]] == ["/operations/0/name"]


async def test_a_province_that_rises_gets_the_units_of_its_level(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    change = {"op": "change_level", "dependencia": "DP-NAPO", "level": 2}
    await orgchart.post("/reorganizations", wanted(change))

    children = (await orgchart.get("/dependencias/DP-NAPO/children", as_of="2026-07-01"))["items"]
    (napo,) = [p for p in await orgchart.items("/provinces", as_of="2026-07-01") if p["name"] == "Napo"]
    assert len(children) == 11
    assert {c["management_level"] for c in children} == {2}
    assert (await orgchart.get("/dependencias/DP-NAPO-AJ", as_of="2026-07-01"))["name"] == (
        "Coordinación Provincial de Asesoría Jurídica - Napo"
    )
    assert napo["management_level"] == 2


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ({"op": "move", "code": "DG", "parent": "DNPL"}, "cycle"),
        ({"op": "dissolve", "code": "DNPL"}, "orphaned-child"),
        ({"op": "rename", "code": "NADIE", "name": "Nadie más"}, "unknown-dependencia"),
    ],
)
async def test_refusals_name_the_operation_or_the_whole(
    orgchart: Orgchart, operation: dict[str, Any], code: str
) -> None:
    with_peers(orgchart)
    response = await orgchart.call("POST", "/reorganizations", wanted(operation))

    assert (response.status_code, response.json()["code"]) == (422, "reorganization-refused")
    assert code in {error["code"] for error in response.json()["errors"]}


async def test_a_unit_with_pending_items_needs_a_successor(orgchart: Orgchart) -> None:
    with_peers(orgchart, objectives__DNCRI=1)
    alone = await orgchart.call("POST", "/reorganizations", wanted({"op": "dissolve", "code": "DNCRI"}))
    followed = {"op": "dissolve", "code": "DNCRI", "successors": [{"code": "DG", "share": "1"}]}

    assert alone.json()["errors"][0]["code"] == "open-items-without-successor"
    assert (await orgchart.call("POST", "/reorganizations", wanted(followed))).status_code == 201


async def test_nothing_ends_while_nobody_knows_what_hangs_on_it(orgchart: Orgchart) -> None:
    class Down(Peer):
        async def get(self, path: str, *, params: Mapping[str, Any] | None = None, **_: Any) -> Any:
            raise PeerUnavailable("plans")

    orgchart.app.state.clients.update(plans=Down({}), indicators=Down({}))
    response = await orgchart.call("POST", "/reorganizations", wanted({"op": "dissolve", "code": "DNCRI"}))

    assert (response.status_code, response.json()["code"]) == (503, "pending-unknown")


async def test_the_same_request_twice_reorganises_once(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    key = {"Idempotency-Key": "una-vez"}
    first = await orgchart.call("POST", "/reorganizations", wanted(RENAME), headers=key)
    again = await orgchart.call("POST", "/reorganizations", wanted(RENAME), headers=key)

    assert first.json()["id"] == again.json()["id"]
    assert again.headers["idempotency-replayed"] == "true"
    assert len((await orgchart.get("/reorganizations"))["items"]) == 1


async def test_a_past_date_before_the_last_change_is_refused(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    response = await orgchart.call(
        "POST",
        "/reorganizations",
        wanted({"op": "rename", "code": "SNP", "name": "Patrocinio"}, effective_on="2019-05-22"),
    )

    assert response.json()["errors"][0]["code"] == "effective-before-last-change"


async def test_only_who_holds_it_for_the_whole_institution_reorganises(orgchart: Orgchart) -> None:
    local = orgchart.by(grant("reorganization:apply organisation:read", "DP-AZUAY"))

    assert (await local.call("POST", "/reorganizations", wanted(RENAME))).status_code == 403


async def test_malformed_operations_are_refused_by_pointer(orgchart: Orgchart) -> None:
    response = await orgchart.call("POST", "/reorganizations", wanted({"op": "explode", "code": "DNPL"}))

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"].startswith("/operations/0")


def test_the_clock_of_these_tests_is_before_their_dates() -> None:
    assert datetime(2026, 3, 2, tzinfo=UTC).date().isoformat() < "2026-07-01"


async def test_a_created_unit_is_told_with_its_province_on_every_day(orgchart: Orgchart) -> None:
    with_peers(orgchart)
    create = {"op": "create", "code": "DP-SUR", "name": "Dirección del Sur", "kind": "provincial_directorate",
              "parent": "DG"}  # fmt: skip
    over = {"op": "merge", "sources": ["DP-LOJA"], "into": "DP-SUR"}
    await orgchart.post("/reorganizations", wanted(create, over))
    move = {"op": "move", "code": "DP-SUR", "parent": "DG", "province": "Zamora Chinchipe"}
    await orgchart.post("/reorganizations", wanted(move, effective_on="2027-01-01"))

    found = [
        (await orgchart.get("/dependencias/DP-SUR", as_of=day))["province"] for day in ("2026-07-01", "2027-01-01")
    ]
    told = {record["code"]: record for record in (await orgchart.get("/snapshot"))["dependencias"]}

    assert found == ["Loja", "Zamora Chinchipe"]
    assert [version["province"] for version in told["DP-SUR"]["versions"]] == found


async def test_a_province_is_named_as_the_list_of_provinces_does(orgchart: Orgchart) -> None:
    create = {"op": "create", "code": "OTRA", "name": "Otra unidad", "kind": "provincial_unit", "parent": "DG"}

    refused = await orgchart.call("POST", "/reorganizations", wanted(create | {"province": "Macondo"}))

    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown-province")
