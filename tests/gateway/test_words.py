"""`me/can` in words: stand-ins, delegations, closed units, grants of yesterday and tomorrow. Days are inclusive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.kit.clock import FixedClock
from tests.gateway.accounts import active_user, give
from tests.gateway.conftest import MakeGateway, RunningGateway
from tests.gateway.test_following import appointment, execute, follow

NOON = datetime(2026, 3, 10, 17, tzinfo=UTC)


async def can(gateway: RunningGateway, who: str, permission: str, place: str = "DP-AZUAY") -> tuple[bool, str]:
    _, _, verdict = await gateway.call("GET", f"/api/v1/me/can?permission={permission}&dependencia={place}", who)
    return verdict["allowed"], verdict["because"]


async def at(gateway: RunningGateway, clock: FixedClock, instant: datetime, *ask: str) -> tuple[bool, str]:
    """What somebody may at another moment, with a token of that moment."""
    clock.instant = instant
    gateway.tokens.clear()
    return await can(gateway, *ask)


async def test_a_grant_is_told_with_its_first_and_last_day_both_inclusive(make_gateway: MakeGateway) -> None:
    clock = FixedClock(NOON)
    gateway = await make_gateway(clock=clock)
    name = await active_user(gateway)
    days = {"valid_from": "2026-03-11", "valid_to": "2026-03-12"}
    await give(gateway, name, role="reporter", **days)
    question, midnight = (name, "measurement:submit"), datetime(2026, 3, 11, 5, tzinfo=UTC)
    none = "Ninguna de sus concesiones vigentes incluye el permiso «measurement:submit»."

    before = await at(gateway, clock, midnight - timedelta(seconds=1), *question)
    first = await at(gateway, clock, midnight, *question)
    last = await at(gateway, clock, midnight + timedelta(days=2, seconds=-1), *question)
    after = await at(gateway, clock, midnight + timedelta(days=2), *question)

    what = "concesión de Reporte (reporter) en DP-AZUAY y sus subordinadas"
    held = f"Por su {what}, vigente desde el 11 de marzo de 2026 hasta el 12 de marzo de 2026 inclusive."
    assert before == (False, f"{none} Su {what} empieza el 11 de marzo de 2026.")
    assert first == last == (True, held)
    assert after == (False, f"{none} Su {what} rigió hasta el 12 de marzo de 2026 inclusive.")


async def test_who_stands_in_is_told_for_whom(make_gateway: MakeGateway) -> None:
    clock = FixedClock(NOON)
    gateway = await make_gateway(clock=clock)
    await follow(gateway, "appointment.changed", **appointment())
    question = ("consulta", "measurement:approve")

    during = await can(gateway, *question)
    over = await at(gateway, clock, datetime(2026, 3, 13, 5, tzinfo=UTC), *question)

    assert during == (
        True,
        "Por su designación en lugar de azuay.titular: la concesión de Titular del plan (plan_owner) en DP-AZUAY y sus "
        "subordinadas, desde el 10 de marzo de 2026 hasta el 12 de marzo de 2026 inclusive.",
    )
    assert over[0] is False


async def test_a_delegation_names_its_giver_and_says_when_it_has_fallen(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(clock=FixedClock(NOON))
    giver, helper = await active_user(gateway), await active_user(gateway)
    own = await give(gateway, giver, role="reporter")
    body = {"subject": helper, "role": "reporter", "dependencia": "DP-AZUAY-CAC", "valid_to": "2026-12-31"}
    assert (await gateway.call("POST", "/api/v1/me/delegations", giver, json=body))[0] == 201

    before = await can(gateway, helper, "measurement:submit", "DP-AZUAY-CAC")
    await gateway.call("DELETE", f"/api/v1/grants/{own['id']}", "admin", headers={"If-Match": "*"})
    after = await can(gateway, helper, "measurement:submit", "DP-AZUAY-CAC")
    ended = await can(gateway, giver, "measurement:submit")

    what = "concesión de Reporte (reporter) en DP-AZUAY-CAC"
    assert before == (
        True,
        f"Por delegación de {giver}: la {what}, "
        "desde el 10 de marzo de 2026 hasta el 31 de diciembre de 2026 inclusive.",
    )
    assert after[1].endswith(f"La {what} que le delegó {giver} no da nada: quien delegó ya no la tiene.")
    assert ended[1].endswith("y sus subordinadas fue terminada el 10 de marzo de 2026.")


async def test_a_unit_that_has_ended_is_said_to_have_ended(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(clock=FixedClock(NOON))
    name = await active_user(gateway)
    await give(gateway, name, role="reporter", dependencia="DP-AZUAY-CAC", subtree=False)
    closing = """UPDATE gateway.org_units SET valid_to = '{}' WHERE code = 'DP-AZUAY-CAC';
        UPDATE gateway.access_stamp SET version = version + 1"""

    await execute(gateway, closing.format("2026-03-10"))
    last_day = await can(gateway, name, "measurement:submit", "DP-AZUAY-CAC")
    await execute(gateway, closing.format("2026-03-09"))
    after = await can(gateway, name, "measurement:submit", "DP-AZUAY-CAC")
    above = await can(gateway, "azuay.reporte", "measurement:submit", "DP-AZUAY-CAC")
    everybody = await can(gateway, name, "organisation:read", "DP-AZUAY-CAC")

    existed = "la dependencia existió hasta el 9 de marzo de 2026 inclusive."
    assert last_day[0] is True
    assert after[0] is False
    assert after[1].endswith(f"en DP-AZUAY-CAC no da nada: {existed}")
    for allowed, why in (above, everybody):
        assert allowed is True
        assert why.endswith(f" L{existed[1:]}")


async def test_approvals_that_wait_for_a_second_factor_say_so(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(second_factor_roles=["plan_owner"])

    allowed, why = await can(gateway, "azuay.titular", "measurement:approve")

    assert allowed is False
    assert "Las aprobaciones del rol Titular del plan esperan" in why
    assert "me/second-factor" in why


@pytest.mark.parametrize(
    ("permission", "place", "words"),
    [
        (
            "measurement:aprove",
            "DP-AZUAY",
            "Ningún rol incluye el permiso «measurement:aprove»: revise cómo se escribe.",
        ),
        ("measurement:submit", "NADA", "no alcanza a NADA: no se la conoce."),
        ("measurement:submit", "DP-GUAYAS", "en DP-AZUAY y sus subordinadas, pero no alcanza a DP-GUAYAS."),
    ],
)
async def test_what_is_misspelt_is_told_apart_from_what_is_out_of_reach(
    gateway: RunningGateway, permission: str, place: str, words: str
) -> None:
    allowed, why = await can(gateway, "azuay.reporte", permission, place)

    assert allowed is False
    assert why.endswith(words)


async def test_a_review_of_unused_grants_counts_days_of_the_institution_and_leaves_new_ones(
    make_gateway: MakeGateway,
) -> None:
    clock = FixedClock(NOON)
    gateway = await make_gateway(clock=clock)
    name = await active_user(gateway)
    old = await give(gateway, name, role="reporter", valid_from="2026-01-01")
    # On 12 March at 23:30 in Guayaquil, which is the 13th in UTC.
    clock.instant = datetime(2026, 3, 13, 4, 30, tzinfo=UTC)
    gateway.tokens.clear()
    await gateway.token(name)
    clock.instant = datetime(2026, 6, 1, 17, tzinfo=UTC)
    gateway.tokens.clear()
    new = await give(gateway, name, role="viewer", dependencia="DP-GUAYAS")
    future = await give(gateway, name, role="viewer", dependencia="DG", valid_from="2026-09-01")

    async def unused(since: str) -> set[str]:
        path = f"/api/v1/grants?subject={name}&limit=500&unused_since={since}"
        page: dict[str, Any] = (await gateway.call("GET", path, "auditoria"))[2]
        return {row["id"] for row in page["items"]}

    assert await unused("2026-03-12") == set()
    assert await unused("2026-03-13") == {old["id"]}
    assert await unused("2026-06-02") == {old["id"], new["id"]}
    assert await unused("2026-09-02") == {old["id"], new["id"], future["id"]}
