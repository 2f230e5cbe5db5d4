"""What a request decides, what `me/can` says and what auditors are told are one and the same, whatever is granted."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import asyncpg
import pytest

from services.kit.clock import FixedClock
from services.kit.database import asyncpg_arguments
from tests.gateway.accounts import active_user, give
from tests.gateway.conftest import MakeGateway, RunningGateway
from tests.gateway.matrix.oracle import holds
from tests.gateway.stand_in import UNITS
from tests.gateway.test_following import appointment, follow

DAY = date(2026, 3, 10)
NOON = datetime(2026, 3, 10, 17, tzinfo=UTC)
PARENTS = {code: next((c for i, c, _ in UNITS if i == parent), None) for _, code, parent in UNITS}
PEOPLE = ("dnpl.metodologia", "azuay.reporte", "azuay.titular", "guayas.reporte", "consulta")
ROLES = ("viewer", "reporter", "plan_owner", "authority", "methodologist")
ASKED = (
    "organisation:read", "measurement:read", "measurement:submit", "measurement:approve", "plan:approve",
    "project:approve", "plan:write", "pac:write", "target:write", "grant:write",
)  # fmt: skip
SECOND_FACTOR = ("authority",)


@dataclass(frozen=True)
class Given:
    """A row of gateway.grants, as the test wrote it."""

    subject: str
    role: str
    place: str
    subtree: bool
    first: date
    last: date | None
    ended: bool
    source: str
    by: str

    def runs(self) -> bool:
        return not self.ended and self.first <= DAY and (self.last is None or self.last >= DAY)


@dataclass(frozen=True)
class Standing:
    subject: str
    holder: str
    place: str
    first: date
    last: date | None


@dataclass
class Situation:
    grants: list[Given]
    stand_ins: list[Standing]
    dead: set[str]
    disabled: set[str]
    with_factor: set[str]

    def gives(self, grant: Given) -> bool:
        if not grant.runs() or grant.place in self.dead:
            return False
        if grant.source != "delegation":
            return True
        return grant.by not in self.disabled and any(
            other.subject == grant.by
            and other.source == "manual"
            and other.role == grant.role
            and self.gives(other)
            and (other.subtree or not grant.subtree)
            and reaches(other, grant.place)
            for other in self.grants
        )

    def allows(self, subject: str, permission: str, place: str) -> bool:
        """From the words of the domain: own grants, and those of whoever one stands in for."""
        if subject in self.disabled:
            return False
        if holds(None, permission):
            return True
        mine = [g for g in self.grants if g.subject == subject]
        for one in self.stand_ins:
            if one.subject == subject and one.first <= DAY and (one.last is None or one.last >= DAY):
                mine += [
                    g for g in self.grants if g.subject == one.holder and g.place == one.place and g.source == "manual"
                ]
        return any(
            self.gives(g)
            and holds(g.role, permission)
            and reaches(g, place)
            and not (g.role in SECOND_FACTOR and permission.endswith(":approve") and subject not in self.with_factor)
            for g in mine
        )


def reaches(grant: Given, place: str) -> bool:
    at: str | None = place
    while at is not None:
        if at == grant.place and (at == place or grant.subtree):
            return True
        at = PARENTS[at]
    return False


def some_days(random: Random) -> tuple[date, date | None]:
    first = DAY + timedelta(days=random.choice((-400, -1, -1, 0, 0, 1)))
    last = random.choice((None, first, DAY - timedelta(days=1), DAY, DAY + timedelta(days=1)))
    return first, None if last is None else max(first, last)


def some_situation(random: Random) -> Situation:
    places = list(PARENTS)
    grants: list[Given] = []
    for _ in range(14):
        source = random.choice(("manual", "manual", "delegation"))
        subject, by = random.sample(PEOPLE, 2)
        role, place = random.choice(ROLES), random.choice(places)
        if source == "delegation" and grants and random.random() < 0.8:
            known = random.choice(grants)
            by, role = known.subject, known.role
            subject = random.choice([name for name in PEOPLE if name != by])
        first, last = some_days(random)
        is_subtree, has_ended = random.random() < 0.6, random.random() < 0.15
        grants.append(Given(subject, role, place, is_subtree, first, last, has_ended, source, by))
    stand_ins = []
    for _ in range(5):
        subject, holder = random.sample(PEOPLE, 2)
        stand_ins.append(Standing(subject, holder, random.choice(grants).place, *some_days(random)))
    dead = {place for place in ("DG", "DP-AZUAYO", "DP-AZUAY-CAC") if random.random() < 0.3}
    disabled = {name for name in PEOPLE if random.random() < 0.15}
    return Situation(grants, stand_ins, dead, disabled, {name for name in PEOPLE if random.random() < 0.5})


async def store(gateway: RunningGateway, situation: Situation) -> None:
    connection = await asyncpg.connect(**asyncpg_arguments(gateway.database.owner))
    async with connection.transaction():
        await connection.execute(
            f"""DELETE FROM gateway.grants WHERE account_id IN (SELECT id FROM gateway.accounts
                    WHERE subject = ANY('{{{",".join(PEOPLE)}}}'));
                DELETE FROM gateway.appointments;
                UPDATE gateway.org_units SET valid_to = NULL;
                UPDATE gateway.accounts SET status = 'active', totp_confirmed_at = NULL;
                UPDATE gateway.access_stamp SET version = version + 1"""
        )
        await connection.execute(
            "UPDATE gateway.org_units SET valid_to = $2 WHERE code = ANY($1)", list(situation.dead), DAY - timedelta(1)
        )
        await connection.execute(
            "UPDATE gateway.accounts SET status = 'disabled' WHERE subject = ANY($1)", list(situation.disabled)
        )
        await connection.execute(
            "UPDATE gateway.accounts SET totp_confirmed_at = $2 WHERE subject = ANY($1)",
            list(situation.with_factor),
            NOON,
        )
        for grant in situation.grants:
            await connection.execute(
                """INSERT INTO gateway.grants (id, account_id, role, feed, dependencia, subtree, valid_from, valid_to,
                       source, granted_by, granted_at, ended_at, ended_by, version)
                   SELECT nextval('gateway.grant_ids'), id, $2, '', $3, $4, $5, $6, $7, $8, $9,
                       CASE WHEN $10 THEN $9::timestamptz END, CASE WHEN $10 THEN 'admin' END, 1
                   FROM gateway.accounts WHERE subject = $1""",
                grant.subject, grant.role, grant.place, grant.subtree, grant.first, grant.last, grant.source, grant.by,
                NOON, grant.ended,
            )  # fmt: skip
        for one in situation.stand_ins:
            await connection.execute(
                """INSERT INTO gateway.appointments VALUES (gen_random_uuid(), 1, $1, $2, $3, 'acting', $4, $5)""",
                one.subject, one.holder, one.place, one.first, one.last,
            )  # fmt: skip
    await connection.close()


async def what_services_are_told(gateway: RunningGateway, who: str) -> list[Mapping[str, Any]] | None:
    """The grants of the inner token that reaches a service; None when nobody gets through."""
    status, _, seen = await gateway.call("GET", "/api/v1/plans", who)
    if status != 200:
        assert status == 401, seen
        return None
    sent = {name.lower(): value for name, value in seen["headers"]}["authorization"]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(sent.split(".")[1] + "=="))
    grants: list[Mapping[str, Any]] = claims["grants"]
    return grants


def told(grants: list[Mapping[str, Any]] | None, permission: str, place: str) -> bool:
    ancestors: list[str] = []
    at = PARENTS[place]
    while at is not None:
        ancestors, at = [*ancestors, at], PARENTS[at]
    return any(
        permission in g["permissions"]
        and (g["dependencia"] == place or (g["subtree"] and g["dependencia"] in ancestors))
        for g in grants or ()
    )


@pytest.mark.parametrize("seed", range(4))
async def test_request_me_can_and_auditors_list_agree_with_the_rules(make_gateway: MakeGateway, seed: int) -> None:
    gateway = await make_gateway(clock=FixedClock(NOON), second_factor_roles=list(SECOND_FACTOR))
    for who in PEOPLE:
        await gateway.token(who)
    random = Random(seed)

    for _ in range(4):
        situation = some_situation(random)
        await store(gateway, situation)
        _, _, listed = await gateway.call("GET", "/api/v1/effective-grants?limit=500", "auditoria")
        for who in PEOPLE:
            reality = await what_services_are_told(gateway, who)
            rows = [row for row in listed["items"] if row["subject"] == who]
            for permission in ASKED:
                for place in PARENTS:
                    expected = situation.allows(who, permission, place)
                    case = (seed, who, permission, place, situation)
                    assert told(reality, permission, place) is expected, case
                    assert told(rows, permission, place) is expected, case
            permission, place = random.choice(ASKED), random.choice(list(PARENTS))
            question = f"permission={permission}&dependencia={place}"
            status, _, can = await gateway.call("GET", f"/api/v1/me/can?{question}", who)
            _, _, seers = await gateway.call(
                "GET", f"/api/v1/effective-grants?limit=500&permission={permission}&reaches={place}", "auditoria"
            )
            expected = situation.allows(who, permission, place)
            assert (status == 200 and can["allowed"]) is expected, (seed, who, question, situation)
            assert (who in {row["subject"] for row in seers["items"]}) is expected, (seed, who, question, situation)


async def test_a_stand_in_is_told_with_the_holder_and_the_grant_it_comes_from(make_gateway: MakeGateway) -> None:
    gateway = await make_gateway(clock=FixedClock(NOON))
    await follow(gateway, "appointment.changed", **appointment())
    path = "/api/v1/effective-grants?subject=consulta&reaches=DP-AZUAY-CAC&permission=measurement:approve"

    status, _, page = await gateway.call("GET", path, "auditoria")

    (row,) = page["items"]
    assert (status, row["acting_for"], row["source"], row["role"]) == (
        200,
        "azuay.titular",
        "appointment",
        "plan_owner",
    )
    assert (row["valid_from"], row["valid_to"]) == ("2026-03-10", "2026-03-12")


async def test_a_delegation_falls_with_the_grant_it_was_made_from(gateway: RunningGateway) -> None:
    giver, helper = await active_user(gateway), await active_user(gateway)
    own = await give(gateway, giver, role="reporter")
    body = {"subject": helper, "role": "reporter", "dependencia": "DP-AZUAY-CAC", "valid_to": "2099-01-01"}
    delegated = await gateway.call("POST", "/api/v1/me/delegations", giver, json=body)
    told_to_services = await what_services_are_told(gateway, helper)
    question = "/api/v1/me/can?permission=measurement:submit&dependencia=DP-AZUAY-CAC"
    before = await gateway.call("GET", question, helper)

    ended = await gateway.call("DELETE", f"/api/v1/grants/{own['id']}", "admin", headers={"If-Match": "*"})
    after = await gateway.call("GET", question, helper)

    assert (delegated[0], before[2]["allowed"], ended[0], after[2]["allowed"]) == (201, True, 204, False)
    assert {(g["dependencia"], g.get("for")) for g in told_to_services or ()} == {
        ("IESS", None),
        ("DP-AZUAY-CAC", giver),
    }


async def test_a_delegation_falls_with_its_givers_account(gateway: RunningGateway) -> None:
    giver, helper = await active_user(gateway), await active_user(gateway)
    await give(gateway, giver, role="reporter")
    body = {"subject": helper, "role": "reporter", "dependencia": "DP-AZUAY", "valid_to": "2099-01-01"}
    await gateway.call("POST", "/api/v1/me/delegations", giver, json=body)
    question = "/api/v1/me/can?permission=measurement:submit&dependencia=DP-AZUAY"
    before = await gateway.call("GET", question, helper)

    change = {"json": {"status": "disabled"}, "headers": {"If-Match": "*"}}
    status, _, _ = await gateway.call("PATCH", f"/api/v1/users/{giver}", "admin", **change)
    after = await gateway.call("GET", question, helper)

    assert (before[2]["allowed"], status, after[2]["allowed"]) == (True, 200, False)


async def test_a_local_administrator_is_told_of_its_place_only(gateway: RunningGateway) -> None:
    local = await active_user(gateway)
    await give(gateway, local, role="administrator")

    status, _, page = await gateway.call("GET", "/api/v1/effective-grants?limit=500", local)
    nobody = await gateway.call("GET", "/api/v1/effective-grants", "consulta")

    assert status == 200
    assert {row["dependencia"] for row in page["items"]} <= {"DP-AZUAY", "DP-AZUAY-CAC"}
    assert local in {row["subject"] for row in page["items"]}
    assert nobody[0] == 403
