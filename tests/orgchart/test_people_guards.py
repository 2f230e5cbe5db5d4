"""What stands even when the rules of the code are not asked: constraints, races, the end of a dependencia."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from services.kit.database import asyncpg_arguments
from services.orgchart.appointments.closing import end_appointments
from services.orgchart.posts.deriving import derive_posts
from tests.orgchart.harness import EVERYTHING, ROOT, Orgchart, grant
from tests.orgchart.people import appoint, cedula, make_person

OWN = ROOT.subject
KEY = {"Idempotency-Key": "guards"}
NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)


@pytest_asyncio.fixture
async def connection(orgchart: Orgchart) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(**asyncpg_arguments(orgchart.app.state.database.url))
    yield connection
    await connection.close()


async def insert(connection: Any, person: str, post: str, kind: str, first: date, last: date | None) -> None:
    await connection.execute(
        """INSERT INTO orgchart.appointments
               (id, post_id, collegiate, person_id, kind, valid_from, valid_to, version, recorded_at)
           SELECT $1, p.id, p.collegiate, $2, $4, $5, $6, 1, $7 FROM orgchart.posts p WHERE p.code = $3""",
        uuid4(),
        UUID(person),
        post,
        kind,
        first,
        last,
        NOW,
    )


@pytest.mark.parametrize(("one", "other"), [("holder", "acting"), ("acting", "acting"), ("substitute", "substitute")])
async def test_the_database_itself_refuses_two_in_one_post_on_one_day(
    orgchart: Orgchart, connection: Any, one: str, other: str
) -> None:
    ana, eva = [await make_person(orgchart, n) for n in range(2)]
    await insert(connection, ana, "DP-AZUAY.01", one, date(2024, 1, 1), date(2024, 6, 30))

    with pytest.raises(asyncpg.ExclusionViolationError):
        await insert(connection, eva, "DP-AZUAY.01", other, date(2024, 6, 30), None)

    await insert(connection, eva, "DP-AZUAY.01", other, date(2024, 7, 1), None)


async def test_the_database_lets_members_of_a_collegiate_body_share_days(orgchart: Orgchart, connection: Any) -> None:
    for number in range(3):
        await insert(connection, await make_person(orgchart, number), "CD.01", "holder", date(2024, 1, 1), None)


async def test_a_post_with_several_members_cannot_stop_being_collegiate(orgchart: Orgchart) -> None:
    for number in range(2):
        await appoint(orgchart, await make_person(orgchart, number), post="CD.01")
    facts = {"name": None, "collegiate": False, "valid_from": None, "valid_to": None}

    refused = await orgchart.call("PUT", "/posts/CD.01", facts, headers={"If-Match": "*"})
    shorter = {**facts, "collegiate": True, "valid_from": "2024-01-02"}
    cut = await orgchart.call("PUT", "/posts/CD.01", shorter, headers={"If-Match": "*"})

    assert (refused.status_code, refused.json()["code"]) == (409, "post-in-use")
    assert (cut.status_code, cut.json()["code"]) == (409, "post-in-use")


async def test_of_many_who_want_a_post_at_once_one_gets_it(orgchart: Orgchart) -> None:
    people = [await make_person(orgchart, number) for number in range(8)]
    body = {"post": "DP-AZUAY.01", "kind": "holder", "valid_from": "2024-01-01"}

    answers = await asyncio.gather(
        *(orgchart.call("POST", "/appointments", {**body, "person": person}) for person in people)
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len(await orgchart.items("/appointments")) == 1


async def test_a_person_sent_in_many_batches_at_once_is_registered_once(orgchart: Orgchart) -> None:
    row = {"cedula": cedula(1), "given_names": "Ana", "family_names": "Uno", "kind": "holder",
           "valid_from": "2024-01-01"}  # fmt: skip

    answers = await asyncio.gather(
        *(
            orgchart.call(
                "POST",
                "/appointment-batches",
                {"source": "x", "rows": [{**row, "dependencia": dependencia}]},
                headers={"Idempotency-Key": dependencia},
            )
            for dependencia in ("DP-AZUAY", "DP-LOJA", "DP-CARCHI", "DP-NAPO")
        )
    )

    assert [answer.status_code for answer in answers] == [201] * 4
    assert len(await orgchart.items("/persons")) == 1
    assert len(await orgchart.items("/appointments")) == 4


async def test_the_end_of_a_dependencia_ends_what_hangs_on_its_posts(orgchart: Orgchart, connection: Any) -> None:
    ana, eva, luz = [await make_person(orgchart, n) for n in range(3)]
    running = await appoint(orgchart, ana, valid_to="2026-12-31")
    over = await appoint(orgchart, luz, valid_from="2023-01-01", valid_to="2023-12-31")
    later = await appoint(orgchart, eva, valid_from="2027-01-01")
    unit = await connection.fetchval("SELECT id FROM orgchart.dependencias WHERE code = 'DP-AZUAY'")

    async with connection.transaction():
        events = await end_appointments(connection, [unit], date(2026, 6, 30), actor="raiz", reason="C.D. 700", now=NOW)

    states = {
        item["appointment_id"]: item for item in await orgchart.items("/appointments", state=["over", "in_force"])
    }
    assert states[running["appointment_id"]]["valid_to"] == "2026-06-30"
    assert states[over["appointment_id"]]["version"] == 1
    assert later["appointment_id"] not in states
    assert {(event.subject, event.data["ended"], event.data["valid_to"]) for event in events} == {
        (running["appointment_id"], False, "2026-06-30"),
        (later["appointment_id"], True, None),
    }
    history = await orgchart.items(f"/appointments/{running['appointment_id']}/history")
    assert history[-1]["reason"] == "C.D. 700"


async def test_a_new_dependencia_gets_its_post_once(orgchart: Orgchart, connection: Any) -> None:
    await connection.execute(
        """INSERT INTO orgchart.dependencias (id, code, derived, aliases, aliases_folded)
           VALUES (9001, 'NUEVA', false, '{}', '{}')"""
    )
    await connection.execute(
        """INSERT INTO orgchart.dependencia_versions (dependencia_id, valid_from, name, name_folded, kind, parent_id,
               other_technical_parent_ids, responsible_post, operation, source, lines)
           VALUES (9001, '2026-01-01', 'Nueva', 'nueva', 'office', 1, '{}', 'Miembros de Nueva', 'added', 't', '{}')"""
    )

    assert [await derive_posts(connection), await derive_posts(connection)] == [1, 0]
    post = await orgchart.get("/posts/NUEVA.01")
    assert (post["name"], post["collegiate"], post["valid_from"]) == ("Miembros de Nueva", True, "2026-01-01")


async def test_nobody_stands_in_by_their_own_hand(orgchart: Orgchart) -> None:
    """Who stands in receives the holder's grants (domain §6: nobody grants to themselves), by whichever call."""
    ana, eva = [await make_person(orgchart, number) for number in range(2)]
    await appoint(orgchart, ana, subject="ana.azuay")
    days = {"valid_from": "2026-03-01", "valid_to": "2026-03-15"}
    wish: dict[str, Any] = {"person": eva, "kind": "substitute", **days, "subject": OWN}

    refused = await appoint(orgchart, **wish, status=422)
    row = {"cedula": cedula(1), "dependencia": "DP-AZUAY", **days, "kind": "substitute", "subject": OWN}
    pushed = await orgchart.call("POST", "/appointment-batches", {"source": "hr", "rows": [row]}, headers=KEY)
    made = await appoint(orgchart, **{**wish, "subject": "eva.azuay"})
    path, change = f"/appointments/{made['appointment_id']}", {"subject": OWN, "reason": "para mí"}
    changed = await orgchart.call("PATCH", path, change, headers={"If-Match": "*"})
    other = await appoint(orgchart.by(grant(EVERYTHING), subject="otra"), eva, subject="raiz", post="DP-GUAYAS.01")

    assert [error["code"] for error in refused["errors"]] == ["own-account"]
    assert pushed.json()["rows"][0]["code"] == "own-account"
    assert (changed.status_code, changed.json()["errors"][0]["code"]) == (422, "own-account")
    assert other["subject"] == "raiz"
