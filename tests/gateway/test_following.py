"""What reorganisations and appointments do to grants, on exactly their dates."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from gateway.grants.following import HANDLERS
from services.kit.clock import FixedClock
from services.kit.database import asyncpg_arguments
from tests.gateway.conftest import MakeGateway, RunningGateway

NOON = datetime(2026, 3, 10, 17, tzinfo=UTC)


async def follow(gateway: RunningGateway, event_type: str, **facts: Any) -> None:
    connection = await asyncpg.connect(**asyncpg_arguments(gateway.database.app))
    try:
        async with connection.transaction():
            await HANDLERS[event_type](connection, {"type": event_type, "data": facts})
    finally:
        await connection.close()


async def execute(gateway: RunningGateway, sql: str) -> None:
    connection = await asyncpg.connect(**asyncpg_arguments(gateway.database.owner))
    await connection.execute(sql)
    await connection.close()


def appointment(**changes: Any) -> dict[str, Any]:
    facts = {
        "appointment_id": str(uuid4()),
        "version": 1,
        "person": "p",
        "subject": "consulta",
        "kind": "acting",
        "dependencia": "DP-AZUAY",
        "post": "x",
        "responsible": True,
        "collegiate": False,
        "valid_from": "2026-03-10",
        "valid_to": "2026-03-12",
        "ended": False,
        "in_place_of": "azuay.titular",
    }
    return {**facts, **changes}


async def may_approve(gateway: RunningGateway) -> bool:
    question = "/api/v1/me/can?permission=measurement:approve&dependencia=DP-AZUAY-CAC"
    status, _, verdict = await gateway.call("GET", question, "consulta")
    assert status == 200, verdict
    return bool(verdict["allowed"])


async def test_a_stand_in_has_the_holders_grants_on_exactly_the_dates(make_gateway: MakeGateway) -> None:
    clock = FixedClock(NOON - timedelta(days=1))
    gateway = await make_gateway(clock=clock, access_token_s=3_600)
    await execute(gateway, "UPDATE gateway.grants SET valid_from = '2020-01-01'")
    await follow(gateway, "appointment.changed", **appointment())
    answers = []

    for _ in range(5):
        gateway.tokens.clear()
        answers.append(await may_approve(gateway))
        clock.advance(timedelta(days=1))

    assert answers == [False, True, True, True, False]


@pytest.mark.parametrize(
    ("instant", "allowed"),
    [
        (datetime(2026, 3, 10, 4, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 10, 5, 0, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 13, 4, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 13, 5, 0, 0, tzinfo=UTC), False),
    ],
)
async def test_the_dates_begin_and_end_at_midnight_in_ecuador(
    make_gateway: MakeGateway, instant: datetime, allowed: bool
) -> None:
    clock = FixedClock(instant)
    gateway = await make_gateway(clock=clock)
    await execute(gateway, "UPDATE gateway.grants SET valid_from = '2020-01-01'")
    await follow(gateway, "appointment.changed", **appointment())

    assert await may_approve(gateway) is allowed


async def test_what_a_stand_in_does_names_the_holder_in_the_trail(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(clock=FixedClock(NOON))
    await follow(gateway, "appointment.changed", **appointment(dependencia="IESS", in_place_of="admin"))

    for who in ("consulta", "admin"):
        body = {"username": f"nueva.{who}", "name": "Nueva"}
        assert (await gateway.call("POST", "/api/v1/users", who, json=body))[0] == 201
    _, _, seen = await gateway.call("GET", "/api/v1/plans", "consulta")
    token = dict(seen["headers"])["Authorization" if "Authorization" in dict(seen["headers"]) else "authorization"]
    _, _, trail = await gateway.call("GET", "/api/v1/audit-events?action=account.created&acting_for=admin", "auditoria")

    assert [(row["actor"], row["target"]) for row in trail["items"]] == [("consulta", "account:nueva.consulta")]
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert {place.get("for") for place in claims["grants"]} == {None, "admin"}


async def test_a_revoked_appointment_gives_nothing_at_the_next_request(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(clock=FixedClock(NOON))
    facts = appointment()
    await follow(gateway, "appointment.changed", **facts)
    before = await may_approve(gateway)

    await follow(gateway, "appointment.changed", **{**facts, "ended": True, "version": 2})

    assert (before, await may_approve(gateway)) == (True, False)


async def test_a_grant_taken_from_the_holder_is_taken_from_the_stand_in(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(clock=FixedClock(NOON))
    await follow(gateway, "appointment.changed", **appointment())
    before = await may_approve(gateway)
    _, _, listed = await gateway.call("GET", "/api/v1/grants?subject=azuay.titular", "admin")

    path = f"/api/v1/grants/{listed['items'][0]['id']}"
    ended = await gateway.call("DELETE", path, "admin", headers={"If-Match": "*"})

    assert (before, ended[0], await may_approve(gateway)) == (True, 204, False)


async def test_an_appointment_elsewhere_or_in_ones_own_place_gives_nothing(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(clock=FixedClock(NOON))

    await follow(gateway, "appointment.changed", **appointment(dependencia="DP-GUAYAS"))
    await follow(gateway, "appointment.changed", **appointment(in_place_of="consulta"))
    await follow(gateway, "appointment.changed", **appointment(kind="holder"))
    await follow(gateway, "appointment.changed", **appointment(subject=None))
    await follow(gateway, "appointment.changed", **appointment(in_place_of=None))

    assert await may_approve(gateway) is False


async def test_a_grant_on_a_unit_that_ended_gives_nothing_at_the_next_request(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(clock=FixedClock(NOON))
    question = "/api/v1/me/can?permission=measurement:submit&dependencia=DP-AZUAY"
    before = await gateway.call("GET", question, "azuay.reporte")
    await execute(gateway, "UPDATE gateway.org_units SET valid_to = '2026-03-09' WHERE code = 'DP-AZUAY'")

    await follow(gateway, "dependencia.changed", code="DP-AZUAY")
    after = await gateway.call("GET", question, "azuay.reporte")
    me = await gateway.call("GET", "/api/v1/me", "azuay.reporte")

    assert (before[2]["allowed"], after[2]["allowed"], me[2]["grants"]) == (True, False, [])


async def test_a_service_counts_the_grants_of_dependencias(gateway: RunningGateway) -> None:
    body = {"client_id": "svc-plans", "client_secret": "plans-secret", "dependencias": ["NO-SUCH", "DP-GUAYAS"]}

    status, _, answer = await gateway.call("POST", "/internal/dependencia-grants", json=body)
    wrong, _, _ = await gateway.call("POST", "/internal/dependencia-grants", json={**body, "client_secret": "x"})

    assert (status, wrong) == (200, 401)
    assert answer["items"][0] == {"dependencia": "NO-SUCH", "grants": 0}
    assert answer["items"][1]["grants"] >= 2


async def test_a_grant_on_a_unit_that_ended_is_not_listed_as_in_force(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(clock=FixedClock(NOON))
    await execute(gateway, "UPDATE gateway.grants SET valid_from = '2020-01-01'")
    path = "/api/v1/grants?subject=azuay.reporte&in_force="
    _, _, before = await gateway.call("GET", path + "true", "auditoria")
    await execute(gateway, "UPDATE gateway.org_units SET valid_to = '2026-03-09' WHERE code = 'DP-AZUAY'")

    _, _, after = await gateway.call("GET", path + "true", "auditoria")
    _, _, others = await gateway.call("GET", path + "false", "auditoria")

    assert (len(before["items"]), after["items"], len(others["items"])) == (1, [], 1)
