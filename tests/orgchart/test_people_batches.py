"""Batches from human resources: row results, partial and atomic, dry run, idempotence, receipts."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import httpx
import pytest

from tests.orgchart.harness import Orgchart, grant
from tests.orgchart.people import appoint, cedula, make_person

_keys = count()


def row(number: int = 1, **facts: Any) -> dict[str, Any]:
    """A complete row: person `number` holds the responsible post of Azuay from 2024."""
    return {
        "cedula": cedula(number), "given_names": f"Nombre {number}", "family_names": f"Apellido {number}",
        "dependencia": "DP-AZUAY", "kind": "holder", "valid_from": "2024-01-01", **facts,
    }  # fmt: skip


async def push(orgchart: Orgchart, *rows: dict[str, Any], key: str | None = None, **query: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key or f"lote-{next(_keys)}"}
    body = {"source": "sys-talento-humano", "rows": list(rows)}
    return await orgchart.call("POST", "/appointment-batches", body, headers=headers, **query)


def outcomes(response: httpx.Response) -> list[str]:
    return [item.get("code", item["outcome"]) for item in response.json()["rows"]]


async def test_a_batch_registers_persons_and_appoints_them(orgchart: Orgchart) -> None:
    response = await push(orgchart, row(1, subject="ana.azuay"), row(2, dependencia="DP-GUAYAS", email="a@b.ec"))

    assert response.status_code == 201
    body = response.json()
    assert (body["received"], body["created"], body["rejected"]) == (2, 2, 0)
    assert response.headers["location"] == f"/api/v1/appointment-batches/{body['batch_id']}"
    people = {person["cedula"]: person for person in await orgchart.items("/persons")}
    assert people[cedula(2)]["dependencia"] == "DP-GUAYAS"
    (made,) = await orgchart.items("/appointments", dependencia="DP-AZUAY")
    assert (made["person"], made["subject"]) == (people[cedula(1)]["person_id"], "ana.azuay")
    assert (await orgchart.call("GET", f"/appointment-batches/{body['batch_id']}")).json() == body


async def test_the_same_row_again_is_unchanged_and_a_new_last_day_an_update(orgchart: Orgchart) -> None:
    await push(orgchart, row(1, document="Acción 1", subject="ana.azuay"))

    again = await push(orgchart, row(1))
    ended = await push(orgchart, row(1, valid_to="2024-05-31"))

    assert (outcomes(again), outcomes(ended)) == (["unchanged"], ["updated"])
    (made,) = await orgchart.items("/appointments")
    assert (made["valid_to"], made["document"], made["subject"]) == ("2024-05-31", "Acción 1", "ana.azuay")
    history = await orgchart.items(f"/appointments/{made['appointment_id']}/history")
    assert [revision["batch_id"] for revision in history][1] == ended.json()["batch_id"]


async def test_one_holder_ends_and_another_begins_in_one_batch_in_any_order(orgchart: Orgchart) -> None:
    await push(orgchart, row(1))

    changed = await push(orgchart, row(2, valid_from="2024-06-01"), row(1, valid_to="2024-05-31"), mode="atomic")

    assert (changed.status_code, outcomes(changed)) == (201, ["created", "updated"])


async def test_a_rejected_end_takes_what_rested_on_it_along(orgchart: Orgchart) -> None:
    await push(orgchart, row(1), row(3, kind="substitute", valid_from="2024-06-10", valid_to="2024-06-20"))

    changed = await push(orgchart, row(2, valid_from="2024-06-15"), row(1, valid_to="2024-05-31"))

    assert (changed.status_code, outcomes(changed)) == (422, ["appointment-overlap", "substitute-left-outside"])


async def test_good_rows_land_and_each_bad_one_says_why(orgchart: Orgchart) -> None:
    rows = [
        row(1),
        row(2, cedula="0100000018"),
        row(3, post="DP-AZUAY.99", dependencia=None),
        row(4, dependencia="NADA"),
        row(5, kind="jefe"),
        row(6, valid_from="01/02/2024"),
        row(7, valid_to="2023-12-31"),
        row(8, given_names=None),
        row(9, given_names=None, family_names=None),
        row(10, subject="Con Espacio"),
        row(11, email="nada"),
        row(12, dependencia="DP-LOJA", valid_from="2017-01-01"),
        row(13, dependencia="DP-LOJA"),
        row(13, dependencia="DP-LOJA"),
        row(14, kind="substitute", dependencia="DP-CARCHI"),
        row(15, document="x" * 201),
        row(16, person="no"),
        {
            "person": "6f0b0a4e-6e0f-4d9c-9b65-0d5b8a2d7a11",
            "post": "CD.01",
            "kind": "holder",
            "valid_from": "2024-01-01",
        },
        row(17, post="CD.01"),
        row(18, dependencia="DP-EL-ORO", given_names="Ana"),
        row(18, dependencia="DP-NAPO", given_names="Eva"),
        row(19, given_names="\u200b"),
        row(20, family_names="Andrade\u202eaveuN"),
    ]

    response = await push(orgchart, *rows)

    assert response.status_code == 201
    assert outcomes(response) == [
        "created", "invalid-cedula", "unknown-post", "unknown-dependencia", "invalid-kind", "invalid-date",
        "invalid-date", "person-incomplete", "person-incomplete", "invalid-subject", "invalid-email",
        "outside-post-validity", "duplicate-row", "duplicate-row", "substitute-outside", "invalid-text",
        "unknown-person", "unknown-person", "unknown-post", "person-mismatch", "person-mismatch",
        "invalid-text", "invalid-text",
    ]  # fmt: skip
    assert all(item["detail"] and item["field"] for item in response.json()["rows"] if item["outcome"] == "rejected")
    assert [person["cedula"] for person in await orgchart.items("/persons")] == [cedula(1)]


async def test_atomic_lands_nothing_when_one_row_is_bad(orgchart: Orgchart) -> None:
    response = await push(orgchart, row(1), row(2, kind="jefe"), mode="atomic")

    assert (response.status_code, response.json()["code"]) == (422, "batch-rejected")
    assert outcomes(response) == ["not_applied", "invalid-kind"]
    assert [response.json()[name] for name in ("created", "updated", "unchanged", "rejected")] == [0, 0, 0, 1]
    assert await orgchart.items("/persons") == []
    assert await orgchart.items("/appointments") == []


async def test_a_dry_run_answers_the_same_and_changes_nothing(orgchart: Orgchart) -> None:
    rows = [row(1), row(2), row(3, dependencia="DP-LOJA"), row(3, dependencia="DP-LOJA", kind="jefe")]

    tried = await push(orgchart, *rows, dry_run="true", key="uno")
    assert (tried.status_code, await orgchart.items("/persons")) == (200, [])
    real = await push(orgchart, *rows, key="uno")

    assert tried.json()["rows"] == real.json()["rows"]
    assert (real.status_code, real.json()["created"]) == (201, 1)


async def test_the_same_key_answers_the_same_bytes_once(orgchart: Orgchart) -> None:
    first = await push(orgchart, row(1), key="una")
    again = await push(orgchart, row(1), key="una")
    other = await push(orgchart, row(2), key="una")
    missing = await orgchart.call("POST", "/appointment-batches", {"source": "x", "rows": [row(1)]})

    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency-key-missing")


async def test_two_new_rows_that_clash_are_both_named_and_what_stood_stays(orgchart: Orgchart) -> None:
    clash = await push(orgchart, row(1), row(2, valid_from="2024-02-01"))
    await push(orgchart, row(3))
    against = await push(orgchart, row(3), row(2, valid_from="2024-02-01"))

    assert outcomes(clash) == ["appointment-overlap", "appointment-overlap"]
    assert outcomes(against) == ["unchanged", "appointment-overlap"]


async def test_names_are_corrected_by_the_source(orgchart: Orgchart) -> None:
    await push(orgchart, row(1))

    corrected = await push(orgchart, row(1, given_names="Nueva", email="n@b.ec"))

    assert outcomes(corrected) == ["updated"]
    (person,) = await orgchart.items("/persons", q="nueva")
    assert (person["given_names"], person["email"], person["version"]) == ("Nueva", "n@b.ec", 2)


async def test_rows_outside_of_the_senders_reach_are_rejected(orgchart: Orgchart) -> None:
    await make_person(orgchart, 5, "DP-GUAYAS")
    azuay = orgchart.by(grant("person:read person:write appointment:push", "DP-AZUAY"))

    response = await push(azuay, row(1), row(2, dependencia="DP-GUAYAS"), row(5, dependencia="DP-AZUAY-AF"))

    assert outcomes(response) == ["created", "not-in-scope", "not-in-scope"]
    receipt = f"/appointment-batches/{response.json()['batch_id']}"
    other = orgchart.by(grant("person:read appointment:push", "DP-GUAYAS"), subject="otra")
    assert (await other.call("GET", receipt)).status_code == 404
    assert (await push(orgchart.by(grant("appointment:read")), row(1))).status_code == 403


async def test_lines_and_csv_give_what_json_gives(orgchart: Orgchart) -> None:
    rows = [row(1), row(2, dependencia="DP-LOJA", kind="jefe")]
    lines = "\n".join(json.dumps(item) for item in rows).encode()
    names = list(rows[0])
    table = "\ufeff" + ";".join(names) + "\r\n" + "\r\n".join(";".join(item[n] for n in names) for item in rows)

    async def send(body: bytes, kind: str) -> httpx.Response:
        headers = {"Idempotency-Key": f"otro-{next(_keys)}", "content-type": kind}
        return await orgchart.call("POST", "/appointment-batches", body, headers=headers, dry_run="true")

    expected = (await push(orgchart, *rows, dry_run="true")).json()["rows"]
    assert (await send(lines, "application/x-ndjson")).json()["rows"] == expected
    assert (await send(table.encode(), "text/csv")).json()["rows"] == expected


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "invalid-json"),
        (b'{"source":"x","rows":[{"nope":1}]}', "application/json", 422, "invalid-batch"),
        (b'{"source":"x","rows":[]}', "application/json", 422, "invalid-batch"),
        (b'{"source":"","rows":[{}]}', "application/json", 422, "invalid-batch"),
        (b'{"source":"x","rows":[{"kind":"\xff"}]}', "application/json", 400, "invalid-encoding"),
        (
            b'{"source":"x","rows":[{"kind":' + b"[" * 30 + b"]" * 30 + b"}]}",
            "application/json",
            400,
            "json-too-deep",
        ),
        (
            b'{"source":"x","rows":[{"kind":' + b"[" * 5000 + b"]" * 5000 + b"}]}",
            "application/json",
            400,
            "json-too-deep",
        ),
        (b'{"kind":1}\n{"kind"', "application/x-ndjson", 400, "invalid-json"),
        (b"kind,valid_from,valid_to\nholder,2026-01-01", "text/csv", 422, "invalid-batch"),
        (b"nope\n1", "text/csv", 422, "invalid-batch"),
        (b"kind,kind\n1,2", "text/csv", 422, "invalid-batch"),
        (b"kind\n1,2", "text/csv", 422, "invalid-batch"),
        (b"kind\n\xff", "text/csv", 400, "invalid-encoding"),
        (b"x", "text/plain", 415, "unsupported-media-type"),
        (b'{"source":"x","rows":[' + b"{}," * 100_000 + b"{}]}", "application/json", 413, "too-many-rows"),
    ],
)
async def test_a_batch_that_cannot_be_read_is_refused_whole(
    loaded: Orgchart, body: bytes, kind: str, status: int, code: str
) -> None:
    headers = {"Idempotency-Key": "ilegible", "content-type": kind}

    response = await loaded.call("POST", "/appointment-batches", body, headers=headers)

    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_neither_receipt_nor_feed_nor_audit_names_anybody(orgchart: Orgchart) -> None:
    await push(orgchart, row(1, email="ana@b.ec"), row(2, cedula="0100000018"))
    await appoint(orgchart, await make_person(orgchart, 3), post="DP-LOJA.01")

    rows = await orgchart.app.state.database.pool.fetch(
        """SELECT row_to_json(e)::text FROM orgchart.events e UNION ALL
           SELECT row_to_json(a)::text FROM orgchart.audit_events a UNION ALL
           SELECT convert_from(body, 'UTF8') FROM orgchart.appointment_batches"""
    )

    for value in (cedula(1), cedula(3), "0100000018", "Nombre", "Apellido", "ana@b.ec"):
        assert not any(value in row[0] for row in rows)


async def test_ten_thousand_rows_are_judged_together(orgchart: Orgchart) -> None:
    codes = [unit["code"] for unit in await orgchart.items("/dependencias", derived="true")]
    rows = [
        row(n, dependencia=codes[n % 271], valid_from=f"20{20 + n // 271 % 7}-{1 + n // 1897:02}-01",
            valid_to=f"20{20 + n // 271 % 7}-{1 + n // 1897:02}-28")
        for n in range(10_000)
    ]  # fmt: skip

    response = await push(orgchart, *rows)

    body = response.json()
    assert body["created"] + body["rejected"] == 10_000
    assert {item["code"] for item in body["rows"] if item["outcome"] == "rejected"} <= {"appointment-overlap"}
    assert body["created"] > 9_000


@pytest.mark.parametrize("day", ["9999-12-31", "3000-01-01", "2024-01-01T00:00:00", "20240101", 86400])
async def test_a_row_with_a_day_that_is_none_is_rejected(orgchart: Orgchart, day: object) -> None:
    response = await push(orgchart, row(1, valid_to=day))

    assert (response.status_code, outcomes(response)) == (422, ["invalid-date"])
