"""Persons: checked numbers, personal data only for those in scope, nothing of it in feed and audit."""

from __future__ import annotations

from typing import Any

import pytest

from services.orgchart.domain.national_ids import InvalidNationalId, cedula_of
from tests.orgchart.harness import Orgchart, grant
from tests.orgchart.people import cedula

MARIA = {
    "cedula": "0100000017",
    "given_names": "María José",
    "family_names": "Pérez Andrade",
    "email": "maria.perez@example.gob.ec",
    "dependencia": "DP-AZUAY",
}


@pytest.mark.parametrize("text", ["0100000017", "010000001-7", " 0100000017 ", "0100000017001", "０１００００００１７"])
def test_a_cedula_and_the_ruc_of_a_natural_person_name_the_same_person(text: str) -> None:
    assert cedula_of(text) == "0100000017"


@pytest.mark.parametrize(
    "text",
    ["", "0100000018", "010000001", "2500000017", "1792060346001", "0100000017000", "abc"],
)
def test_other_numbers_name_nobody(text: str) -> None:
    with pytest.raises(InvalidNationalId):
        cedula_of(text)


async def test_a_person_is_registered_once(orgchart: Orgchart) -> None:
    registered = await orgchart.post("/persons", MARIA)

    again = await orgchart.post("/persons", {**MARIA, "cedula": "0100000017001"}, status=409)

    assert again["code"] == "person-already-registered"
    assert await orgchart.get(f"/persons/{registered['person_id']}") == registered
    assert {key: registered[key] for key in MARIA} == MARIA


async def test_the_same_key_registers_once(orgchart: Orgchart) -> None:
    key = {"Idempotency-Key": "alta-1"}
    first = await orgchart.call("POST", "/persons", MARIA, headers=key)
    again = await orgchart.call("POST", "/persons", MARIA, headers=key)

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"


async def test_what_is_kept_for_a_repetition_tells_nobody_about_the_person(orgchart: Orgchart) -> None:
    key = {"Idempotency-Key": "alta-1"}
    await orgchart.call("POST", "/persons", MARIA, headers=key)
    other = await orgchart.call("POST", "/persons", {**MARIA, "given_names": "Ana"}, headers=key)

    sql = "SELECT t::text || encode(body, 'escape') FROM orgchart.idempotency_keys t"
    (kept,) = [row[0] for row in await orgchart.app.state.database.pool.fetch(sql)]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert not [word for word in ("alta-1", *MARIA.values()) if word != "DP-AZUAY" and word in kept]


@pytest.mark.parametrize(
    "change",
    [
        {"cedula": "0100000018"},
        {"cedula": 100000017},
        {"email": "no es correo"},
        {"given_names": " "},
        {"dependencia": "NADA"},
        {"phone": "099"},
        {"family_names": "\u200b\u2060"},
        {"given_names": "Ana\u202eaveuN"},
    ],
)
async def test_a_person_that_cannot_be_is_refused(orgchart: Orgchart, change: dict[str, Any]) -> None:
    assert (await orgchart.call("POST", "/persons", {**MARIA, **change})).status_code == 422


async def test_names_are_found_without_accents_and_case(orgchart: Orgchart) -> None:
    await orgchart.post("/persons", MARIA)

    assert [p["cedula"] for p in await orgchart.items("/persons", q="PEREZ andrade maria")] == [MARIA["cedula"]]
    assert await orgchart.items("/persons", q="%%") == []


async def test_a_person_is_visible_only_where_person_read_reaches(orgchart: Orgchart) -> None:
    person = (await orgchart.post("/persons", MARIA))["person_id"]
    own = orgchart.by(grant("person:read", "DP-AZUAY"))
    cousin = orgchart.by(grant("person:read person:write", "DP-GUAYAS"))

    assert (await own.call("GET", f"/persons/{person}")).status_code == 200
    assert (await cousin.call("GET", f"/persons/{person}")).status_code == 404
    assert await cousin.items("/persons") == []
    refused = await cousin.call("PATCH", f"/persons/{person}", {"email": None}, headers={"If-Match": "*"})
    assert refused.status_code == 404
    assert (await orgchart.by(grant("organisation:read")).call("GET", "/persons")).status_code == 403


async def test_a_person_is_looked_up_by_number_within_reach(orgchart: Orgchart) -> None:
    person = await orgchart.post("/persons", MARIA)
    cousin = orgchart.by(grant("person:read", "DP-GUAYAS"))

    found = await orgchart.post("/persons/lookup", {"cedula": "0100000017001"}, status=200)
    foreign = await cousin.post("/persons/lookup", {"cedula": MARIA["cedula"]}, status=404)
    missing = await cousin.post("/persons/lookup", {"cedula": cedula(9)}, status=404)

    assert found == person
    assert {**foreign, "request_id": None} == {**missing, "request_id": None}


async def test_a_file_is_not_opened_nor_moved_outside_of_reach(orgchart: Orgchart) -> None:
    azuay = orgchart.by(grant("person:read person:write", "DP-AZUAY"))
    person = (await azuay.post("/persons", MARIA))["person_id"]

    moved = await azuay.call("PATCH", f"/persons/{person}", {"dependencia": "DP-GUAYAS"}, headers={"If-Match": "*"})
    opened = await azuay.call("POST", "/persons", {**MARIA, "cedula": cedula(7), "dependencia": "DP-GUAYAS"})

    assert (moved.status_code, opened.status_code) == (403, 403)


async def test_a_correction_needs_the_version_that_was_read(orgchart: Orgchart) -> None:
    person = (await orgchart.post("/persons", MARIA))["person_id"]
    read = await orgchart.call("GET", f"/persons/{person}")
    tag = {"If-Match": read.headers["etag"]}

    missing = await orgchart.call("PATCH", f"/persons/{person}", {"email": None})
    changed = await orgchart.call("PATCH", f"/persons/{person}", {"email": None}, headers=tag)
    stale = await orgchart.call("PATCH", f"/persons/{person}", {"family_names": "Otra"}, headers=tag)
    emptied = await orgchart.call("PATCH", f"/persons/{person}", {"given_names": None}, headers={"If-Match": "*"})

    assert (missing.status_code, changed.status_code, stale.status_code) == (428, 200, 412)
    assert (changed.json()["email"], changed.json()["family_names"]) == (None, MARIA["family_names"])
    assert (emptied.status_code, emptied.json()["code"]) == (422, "value-required")


async def test_feed_and_audit_know_the_opaque_id_only(orgchart: Orgchart) -> None:
    person = (await orgchart.post("/persons", MARIA))["person_id"]
    await orgchart.call("PATCH", f"/persons/{person}", {"given_names": "Ana"}, headers={"If-Match": "*"})

    rows = await orgchart.app.state.database.pool.fetch(
        """SELECT row_to_json(e)::text FROM orgchart.events e WHERE subject = $1
           UNION ALL SELECT row_to_json(a)::text FROM orgchart.audit_events a WHERE target = 'persons/' || $1""",
        person,
    )

    assert len(rows) == 4
    for value in (MARIA["cedula"], "María", "Pérez", "maria.perez", "Ana"):
        assert not any(value in row[0] for row in rows)


async def test_openapi_marks_personal_data(orgchart: Orgchart) -> None:
    schemas = orgchart.app.openapi()["components"]["schemas"]

    for name in ("cedula", "given_names", "family_names", "email"):
        shown = str(schemas["PersonOut"]["properties"][name])
        assert "'x-personal-data': True" in shown, name
