"""The two merged lists keep the rules of every list: fields, total, sort, exports; unknown values are refused."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from gateway.transactions import transaction
from services.kit.writing import Event, seal
from tests.gateway.accounts import invited, new_name
from tests.gateway.conftest import RunningGateway

PLAIN = {"Accept-Encoding": "identity"}


async def read(gateway: RunningGateway, path: str, who: str = "auditoria", **headers: str) -> tuple[int, Any]:
    status, _, body = await gateway.call("GET", f"/api/v1/{path}", who, headers=headers)
    return status, body


async def exported(gateway: RunningGateway, path: str, kind: str) -> str:
    headers = {"Authorization": f"Bearer {await gateway.token('auditoria')}", "Accept": kind, **PLAIN}
    async with gateway.http.get(f"{gateway.url}/api/v1/{path}", headers=headers) as answer:
        return await answer.text()


# One action only: refusals of other tests reach the trail up to a second after them.
@pytest.mark.parametrize(
    ("path", "fields"), [("audit-events?action=account.invited&", "actor,position"), ("events?", "type,time")]
)
async def test_a_list_shows_the_fields_asked_for_and_its_total(gateway: RunningGateway, path: str, fields: str) -> None:
    await gateway.token("auditoria")
    for _ in range(3):
        await invited(gateway, new_name())
    _, plain = await read(gateway, f"{path}limit=500")
    status, page = await read(gateway, f"{path}limit=2&fields={fields}&include_total=true")

    assert status == 200, page
    assert page["items"] == [{name: row[name] for name in fields.split(",")} for row in plain["items"][:2]]
    assert page["total"] == len(plain["items"]) > 2


async def test_the_trail_reads_in_both_directions(gateway: RunningGateway) -> None:
    await gateway.token("auditoria")
    newest = (await read(gateway, "audit-events?limit=500&actor=system"))[1]["items"]
    oldest: list[Any] = []
    cursor = ""
    while True:
        page = (await read(gateway, f"audit-events?limit=3&actor=system&sort=occurred_at{cursor}"))[1]
        oldest += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert oldest == newest[::-1]
    assert len(oldest) >= 11


async def test_the_trail_is_exported_whole(gateway: RunningGateway) -> None:
    await gateway.token("auditoria")
    rows = (await read(gateway, "audit-events?limit=500&actor=system"))[1]["items"]

    lines = await exported(gateway, "audit-events?actor=system", "application/x-ndjson")
    table = await exported(gateway, "audit-events?actor=system&fields=actor,action", "text/csv")

    assert [json.loads(line) for line in lines.splitlines()] == rows
    assert list(csv.DictReader(io.StringIO(table))) == [
        {"actor": row["actor"], "action": row["action"]} for row in rows
    ]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("audit-events?sort=actor", "unknown-sort"),
        ("audit-events?fields=password", "unknown-field"),
        ("audit-events?cursor=x", "invalid-cursor"),
        ("events?sort=-time", "unknown-sort"),
        ("events?fields=nothing", "unknown-field"),
        ("events?limit=501", "invalid"),
    ],
)
async def test_what_is_unknown_is_refused(gateway: RunningGateway, path: str, code: str) -> None:
    status, problem = await read(gateway, path)

    assert (status, problem["code"]) == (422, code)


async def test_the_total_of_events_counts_what_the_caller_may_see(gateway: RunningGateway) -> None:
    for who in ("admin", "auditoria"):
        await gateway.token(who)
    await invited(gateway, new_name())
    _, of_admin = await read(gateway, "events?limit=500&include_total=true", "admin")
    _, of_auditor = await read(gateway, "events?limit=500&include_total=true")

    assert of_admin["total"] == len(of_admin["items"])
    assert of_auditor["total"] == len(of_auditor["items"]) > of_admin["total"]


async def test_the_total_of_events_tells_drafts_from_what_is_approved(gateway: RunningGateway) -> None:
    written = [Event(f"plan.{what}", "POA-2027", {}) for what in ("loaded", "created", "approved")]
    async with transaction(gateway.context.database) as connection:
        await seal(connection, "gateway", now=gateway.context.clock.now(), events=written)

    _, page = await read(gateway, "events?limit=500&include_total=true&fields=type", "consulta")

    assert {"plan.loaded", "plan.approved"} <= {event["type"] for event in page["items"]}
    assert page["total"] == len(page["items"])
