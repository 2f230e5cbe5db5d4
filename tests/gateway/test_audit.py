"""The trail: append-only for the application, and any edit, deletion, swap or cut tail is found."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from gateway.identity.failures import FREE
from iesspr.postgres import DatabaseUrls
from services.kit.clock import FixedClock
from services.kit.database import asyncpg_arguments
from tests.gateway.accounts import active_user, session_of
from tests.gateway.conftest import MakeGateway, RunningGateway, running_gateway

NOON = datetime(2026, 3, 10, 17, tzinfo=UTC)


async def as_owner(gateway: RunningGateway, sql: str) -> None:
    connection = await asyncpg.connect(**asyncpg_arguments(gateway.database.owner))
    await connection.execute(sql)
    await connection.close()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE gateway.audit_events SET actor = 'x'",
        "DELETE FROM gateway.audit_events",
        "TRUNCATE gateway.audit_events",
        "DROP TABLE gateway.audit_events",
        "ALTER TABLE gateway.audit_events ADD COLUMN x int",
    ],
)
async def test_the_application_cannot_rewrite_the_trail(gateway: RunningGateway, sql: str) -> None:
    connection = await asyncpg.connect(**asyncpg_arguments(gateway.database.app))

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(sql)
    await connection.close()


TAMPERING = {
    "an edited actor": "UPDATE gateway.audit_events SET actor = 'x' WHERE position = 3",
    "an edited detail": "UPDATE gateway.audit_events SET detail = '{}' WHERE position = 3",
    "an edited time": "UPDATE gateway.audit_events SET occurred_at = occurred_at + interval '1 s' WHERE position = 3",
    "an edited outcome": "UPDATE gateway.audit_events SET outcome = 'refused' WHERE position = 3",
    "a row deleted in the middle": "DELETE FROM gateway.audit_events WHERE position = 4",
    "the first row deleted": "DELETE FROM gateway.audit_events WHERE position = 1",
    "two rows swapped": """UPDATE gateway.audit_events SET position = CASE position WHEN 3 THEN -4 ELSE -3 END
        WHERE position IN (3, 4); UPDATE gateway.audit_events SET position = -position WHERE position < 0""",
    "a row slipped in": """INSERT INTO gateway.audit_events SELECT 999999, gen_random_uuid(), occurred_at, 'x',
        acting_for, action, target, dependencia, request_id, reason, before_digest, after_digest, outcome, detail,
        hash, hash FROM gateway.audit_events ORDER BY position DESC LIMIT 1""",
    "a cut tail": "DELETE FROM gateway.audit_events WHERE position > 5",
}


@pytest.mark.parametrize("name", TAMPERING)
async def test_verify_finds_tampering(make_gateway: MakeGateway, name: str) -> None:
    gateway = await make_gateway()
    await gateway.token("auditoria")
    _, _, before = await gateway.call("GET", "/api/v1/audit-events/verify", "auditoria")

    await as_owner(gateway, TAMPERING[name])
    _, _, after = await gateway.call("GET", f"/api/v1/audit-events/verify?head={before['head']}", "auditoria")

    assert before["intact"] is True
    assert after["intact"] is False


async def test_the_trail_pages_newest_first_without_gaps(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway()
    await gateway.token("auditoria")
    seen: list[int] = []
    cursor = ""

    while True:
        _, _, page = await gateway.call("GET", f"/api/v1/audit-events?limit=4{cursor}", "auditoria")
        seen += [row["position"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == list(range(len(seen), 0, -1))
    assert len(seen) >= 12


async def test_refusals_of_a_disabled_account_and_of_addresses_that_are_not_there_name_their_subject(
    gateway: RunningGateway,
) -> None:
    name = await active_user(gateway)
    await gateway.call("GET", "/api/v1/users/nobody", "admin")
    await gateway.token(name)
    await gateway.call(
        "PATCH", f"/api/v1/users/{name}", "admin", json={"status": "disabled"}, headers={"If-Match": "*"}
    )

    for path in ("plans", "me"):
        assert (await gateway.call("GET", f"/api/v1/{path}", name))[0] == 401

    _, _, listed = await gateway.call("GET", "/api/v1/audit-events?action=request.refused&limit=500", "auditoria")
    seen = {(row["actor"], row["target"], row["detail"].get("status")) for row in listed["items"]}
    assert {(name, "GET plans/plans", 401), (name, "GET gateway", 401), ("admin", "GET gateway", 404)} <= seen


async def test_refused_sign_ins_and_requests_are_in_the_trail(gateway: RunningGateway) -> None:
    await gateway.call("POST", "/api/v1/auth/login", json={"username": "guayas.reporte", "password": "wrong"})
    await gateway.call("POST", "/api/v1/auth/login", json={"username": "my-secret-password", "password": "x"})
    await gateway.call("GET", "/api/v1/users", "sys-finanzas")

    _, _, failed = await gateway.call("GET", "/api/v1/audit-events?action=auth.refused&limit=500", "auditoria")
    _, _, refused = await gateway.call("GET", "/api/v1/audit-events?actor=sys-finanzas", "auditoria")

    assert "guayas.reporte" in {row["actor"] for row in failed["items"]}
    assert "my-secret-password" not in str(failed)
    assert ("request.refused", "GET gateway", "refused", 403) in {
        (row["action"], row["target"], row["outcome"], row["detail"].get("status")) for row in refused["items"]
    }
    _, _, filtered = await gateway.call("GET", "/api/v1/audit-events?actor=sys-finanzas&outcome=refused", "auditoria")
    assert filtered["items"]


@pytest.mark.parametrize("offset", ["Z", "-05:00", "+00:00"])
async def test_the_trail_is_narrowed_by_instants_with_their_zone(make_gateway: MakeGateway, offset: str) -> None:
    gateway = await make_gateway()
    await gateway.token("auditoria")

    answers = [
        await gateway.call(
            "GET",
            "/api/v1/audit-events",
            "auditoria",
            params={name: f"{day}T00:00:00{offset}", "include_total": "true"},
        )
        for name in ("occurred_from", "occurred_to")
        for day in ("2001-01-01", "2201-01-01")
    ]

    assert [status for status, _, _ in answers] == [200] * 4
    since, after, before, until = (page["total"] for _, _, page in answers)
    assert (after, before) == (0, 0)
    assert since == until > 0


@pytest.mark.parametrize(
    "text", ["2026-01-01", "2026-01-01T00:00Z", "2026-01-01T00:00:00", "0", "٢٠٢٦-01-01T00:00:00Z"]
)
async def test_the_trail_takes_no_other_spelling_of_an_instant(gateway: RunningGateway, text: str) -> None:
    status, _, problem = await gateway.call("GET", "/api/v1/audit-events", "auditoria", params={"occurred_from": text})

    assert (status, problem["code"]) == (422, "invalid")
    assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [("query/occurred_from", "invalid-instant")]


async def test_a_refusal_of_the_last_moment_is_in_the_trail(gateway_db: DatabaseUrls, tmp_path: Path) -> None:
    async with running_gateway(gateway_db, tmp_path) as gateway:
        await gateway.token("consulta")
        _, headers, _ = await gateway.call("GET", "/api/v1/users", "consulta")

    owner = await asyncpg.connect(**asyncpg_arguments(gateway_db.owner))
    rows = await owner.fetch("SELECT target, request_id FROM gateway.audit_events WHERE action = 'request.refused'")
    await owner.close()

    assert ("GET gateway", headers["x-request-id"]) in {(row["target"], row["request_id"]) for row in rows}


async def test_counted_refusals_wait_while_the_database_is_away(
    make_gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = await make_gateway()
    database, refusals = gateway.context.database, gateway.app._refusals

    def nobody_there() -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as away:
        away.setattr(database, "sessions", nobody_there)
        for request_id in ("first", "second"):
            refusals.note("ana", 403, "GET", "plans/plans", request_id, None)
            await refusals.flush()
    await refusals.flush()

    rows = await database.pool.fetch(
        "SELECT request_id, detail FROM gateway.audit_events WHERE action = 'request.refused' AND actor = 'ana'"
    )
    assert [(row["request_id"], json.loads(row["detail"])) for row in rows] == [("first", {"status": 403, "times": 2})]


@pytest.mark.parametrize("head", ["{0}", "{0},{1}"])
async def test_a_head_is_compared_with_every_chain_it_names(gateway: RunningGateway, head: str) -> None:
    path = "/api/v1/audit-events/verify"
    _, _, verdict = await gateway.call("GET", path, "auditoria")
    whole = verdict["head"].split(",")

    good = await gateway.call("GET", f"{path}?head={head.format(*whole)}", "auditoria")
    unknown = await gateway.call("GET", f"{path}?head={head.format(*whole)},gatewey:1:{'0' * 64}", "auditoria")
    twice = await gateway.call("GET", f"{path}?head=gateway:1:{'0' * 64},{head.format(*whole)}", "auditoria")

    assert (good[0], good[2]["intact"]) == (200, True)
    assert (unknown[0], twice[0]) == (422, 422)


async def test_signing_in_and_out_tells_what_became_of_the_session(gateway: RunningGateway) -> None:
    name = await active_user(gateway)
    signed_in = await gateway.sign_in(name)
    session = session_of(signed_in)
    form = {"grant_type": "refresh_token", "refresh_token": signed_in["refresh_token"]}
    await gateway.call("POST", "/api/v1/auth/token", data=form)
    reused = await gateway.call("POST", "/api/v1/auth/token", data=form)
    again = await gateway.call("POST", "/api/v1/auth/token", data=form)

    _, _, page = await gateway.call("GET", f"/api/v1/audit-events?actor={name}&sort=occurred_at", "auditoria")

    rows = [row for row in page["items"] if row["action"].startswith("auth.")]
    assert (reused[0], again[0]) == (401, 401)
    assert [(row["action"], row["outcome"], row["reason"]) for row in rows] == [
        ("auth.signed-in", "done", None),
        ("auth.refreshed", "done", None),
        ("auth.session-ended", "done", "refresh-token-reused"),
        ("auth.refused", "refused", "refresh-token-reused"),
    ]
    assert rows[0]["detail"] == {"session": session}
    # One state leads to the next, and what is refused changes nothing.
    assert [row["before_digest"] for row in rows] == [None, *(row["after_digest"] for row in rows[:-1])]
    assert rows[2]["after_digest"] == rows[3]["after_digest"]
    assert len({row["after_digest"] for row in rows}) == 3


async def test_who_is_not_even_heard_is_in_the_trail(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(clock=FixedClock(NOON))  # so that no pause is over before the next attempt
    name = await active_user(gateway)
    body = {"username": name, "password": "no es esta frase"}
    answers = [await gateway.call("POST", "/api/v1/auth/login", json=body) for _ in range(12)]

    _, _, page = await gateway.call("GET", f"/api/v1/audit-events?actor={name}&outcome=refused", "auditoria")

    assert [status for status, _, _ in answers] == [401] * FREE + [401, 429]
    assert page["items"][0]["reason"] == "too-many-failures"
    assert len(page["items"]) == 12
