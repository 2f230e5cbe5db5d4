"""Appointments: who is in a post on which days, and who answers for a dependencia on a date."""

from __future__ import annotations

from typing import Any

import pytest

from tests.orgchart.harness import Orgchart, grant
from tests.orgchart.people import appoint, make_person


async def responsible(orgchart: Orgchart, day: str, code: str = "DP-AZUAY") -> tuple[str, str] | None:
    """Person and kind of who answers on a day; the list and the detail must agree."""
    detail = (await orgchart.get(f"/dependencias/{code}", responsible_on=day))["responsible"]
    (listed,) = [unit for unit in await orgchart.items("/dependencias", responsible_on=day) if unit["code"] == code]
    assert listed["responsible"] == detail
    return None if detail is None else (detail["person"], detail["kind"])


async def patch(orgchart: Orgchart, appointment: dict[str, Any], **changes: Any) -> Any:
    return await orgchart.call(
        "PATCH", f"/appointments/{appointment['appointment_id']}", changes, headers={"If-Match": "*"}
    )


async def test_a_substitute_answers_before_who_acts_and_who_acts_before_the_holder(orgchart: Orgchart) -> None:
    ana, eva, luz = [await make_person(orgchart, n) for n in range(3)]
    await appoint(orgchart, ana, valid_to="2024-06-30")
    await appoint(orgchart, luz, kind="acting", valid_from="2024-07-01")
    await appoint(orgchart, eva, kind="substitute", valid_from="2024-03-01", valid_to="2024-03-15")

    assert await responsible(orgchart, "2023-12-31") is None
    assert await responsible(orgchart, "2024-02-29") == (ana, "holder")
    assert await responsible(orgchart, "2024-03-01") == (eva, "substitute")
    assert await responsible(orgchart, "2024-03-15") == (eva, "substitute")
    assert await responsible(orgchart, "2024-03-16") == (ana, "holder")
    assert await responsible(orgchart, "2024-07-01") == (luz, "acting")


async def test_who_answers_is_told_only_when_asked(orgchart: Orgchart) -> None:
    assert "responsible" not in await orgchart.get("/dependencias/DP-AZUAY")
    assert (await orgchart.get("/dependencias/DP-AZUAY", responsible_on="2024-01-01"))["responsible"] is None


async def test_a_remembered_answer_moves_with_the_appointment(orgchart: Orgchart) -> None:
    person = await make_person(orgchart, 1)
    before = await responsible(orgchart, "2024-05-01")
    await appoint(orgchart, person)

    assert (before, await responsible(orgchart, "2024-05-01")) == (None, (person, "holder"))


@pytest.mark.parametrize("kind", ["holder", "acting"])
@pytest.mark.parametrize(("first", "last"), [("2024-06-30", None), ("2023-01-01", "2024-01-01"), ("2024-02-01", None)])
async def test_holder_and_acting_never_share_a_day(orgchart: Orgchart, kind: str, first: str, last: str | None) -> None:
    ana, eva = [await make_person(orgchart, n) for n in range(2)]
    await appoint(orgchart, ana, valid_to="2024-06-30")

    refused = await appoint(orgchart, eva, kind=kind, valid_from=first, valid_to=last, status=409)

    assert refused["code"] == "appointment-overlap"
    assert await appoint(orgchart, eva, kind=kind, valid_from="2024-07-01")


async def test_members_of_a_collegiate_body_hold_one_post_together(orgchart: Orgchart) -> None:
    ana, eva = [await make_person(orgchart, n) for n in range(2)]
    await appoint(orgchart, ana, post="CD.01")
    await appoint(orgchart, eva, post="CD.01")
    twice = await appoint(orgchart, eva, post="CD.01", valid_from="2025-01-01", status=409)

    assert twice["code"] == "appointment-overlap"
    assert len(await orgchart.items("/dependencias/CD/appointments", as_of="2024-05-01")) == 2
    assert await responsible(orgchart, "2024-05-01", "CD") is None


@pytest.mark.parametrize(
    ("first", "last"), [("2023-12-31", "2024-01-10"), ("2024-06-01", "2024-07-01"), ("2024-02-01", None)]
)
async def test_a_substitute_lies_inside_an_appointment(orgchart: Orgchart, first: str, last: str | None) -> None:
    ana, eva = [await make_person(orgchart, n) for n in range(2)]
    await appoint(orgchart, ana, valid_to="2024-06-30")

    refused = await appoint(orgchart, eva, kind="substitute", valid_from=first, valid_to=last, status=409)

    assert refused["code"] == "substitute-outside"


async def test_nobody_substitutes_for_themselves_or_for_nobody(orgchart: Orgchart) -> None:
    ana, eva = [await make_person(orgchart, n) for n in range(2)]
    days: dict[str, Any] = {"kind": "substitute", "valid_from": "2024-02-01", "valid_to": "2024-02-10"}

    alone = await appoint(orgchart, eva, **days, status=409)
    await appoint(orgchart, ana)
    oneself = await appoint(orgchart, ana, **days, status=409)

    assert (alone["code"], oneself["code"]) == ("substitute-outside", "substitute-outside")


async def test_an_absence_carries_a_substitute_over_two_appointments_of_one_person(orgchart: Orgchart) -> None:
    ana, eva = [await make_person(orgchart, n) for n in range(2)]
    await appoint(orgchart, ana, valid_to="2024-06-30")
    await appoint(orgchart, ana, valid_from="2024-07-01")
    days: dict[str, Any] = {"kind": "substitute", "valid_from": "2024-06-20", "valid_to": "2024-07-10"}

    refused = await appoint(orgchart, eva, **days, status=409)
    path = f"/persons/{ana}/absences"
    absence = await orgchart.post(path, {"valid_from": "2024-06-15", "valid_to": "2024-07-15"})
    await appoint(orgchart, eva, **days)

    assert refused["code"] == "substitute-outside"
    change = {"If-Match": "*"}
    shorter = await orgchart.call(
        "PATCH", f"{path}/{absence['absence_id']}", {"valid_to": "2024-07-09"}, headers=change
    )
    enough = await orgchart.call("PATCH", f"{path}/{absence['absence_id']}", {"valid_to": "2024-07-10"}, headers=change)
    assert (shorter.status_code, shorter.json()["code"]) == (409, "substitute-left-outside")
    assert (enough.status_code, enough.json()["version"]) == (200, 2)
    assert [item["valid_to"] for item in await orgchart.items(path)] == ["2024-07-10"]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2024-06-10", "2024-06-20"),
        ("2024-06-12", "2024-06-12"),
        ("2024-06-20", "2024-06-20"),
        ("2024-06-01", "2024-06-10"),
        ("2024-06-01", None),
    ],
)
async def test_nobody_is_absent_twice_on_one_day(orgchart: Orgchart, first: str, last: str | None) -> None:
    ana, eva = [await make_person(orgchart, n) for n in range(2)]
    path = f"/persons/{ana}/absences"
    kept = await orgchart.post(path, {"valid_from": "2024-06-10", "valid_to": "2024-06-20"})
    days = {"valid_from": first, "valid_to": last}

    refused = await orgchart.post(path, days, status=409)
    await orgchart.post(f"/persons/{eva}/absences", days)

    assert (refused["code"], refused["errors"][0]["pointer"]) == ("absence-overlap", "/valid_from")
    assert [item["absence_id"] for item in await orgchart.items(path)] == [kept["absence_id"]]


async def test_an_absence_is_not_prolonged_into_the_next(orgchart: Orgchart) -> None:
    ana = await make_person(orgchart, 1)
    path = f"/persons/{ana}/absences"
    first = await orgchart.post(path, {"valid_from": "2024-06-10", "valid_to": "2024-06-20"})
    await orgchart.post(path, {"valid_from": "2024-06-25"})
    place = f"{path}/{first['absence_id']}"

    found = [
        await orgchart.call("PATCH", place, {"valid_to": last}, headers={"If-Match": "*"})
        for last in ("2024-06-25", None, "2024-06-24")
    ]

    assert [answer.status_code for answer in found] == [409, 409, 200]
    assert found[0].json()["errors"][0]["pointer"] == "/valid_to"
    assert [item["valid_to"] for item in await orgchart.items(path)] == [None, "2024-06-24"]


async def test_an_absence_that_goes_on_in_another_carries_a_substitute_over_both(orgchart: Orgchart) -> None:
    ana, eva = [await make_person(orgchart, n) for n in range(2)]
    await appoint(orgchart, ana, valid_to="2024-06-30")
    await appoint(orgchart, ana, valid_from="2024-07-01")
    path = f"/persons/{ana}/absences"
    await orgchart.post(path, {"valid_from": "2024-06-20", "valid_to": "2024-06-30"})
    later = await orgchart.post(path, {"valid_from": "2024-07-02", "valid_to": "2024-07-10"})
    days: dict[str, Any] = {"kind": "substitute", "valid_from": "2024-06-25", "valid_to": "2024-07-05"}

    with_a_hole = await appoint(orgchart, eva, **days, status=409)
    await orgchart.post(path, {"valid_from": "2024-07-01", "valid_to": "2024-07-01"})
    await appoint(orgchart, eva, **days)
    shorter = await orgchart.call(
        "PATCH", f"{path}/{later['absence_id']}", {"valid_to": "2024-07-04"}, headers={"If-Match": "*"}
    )

    assert with_a_hole["code"] == "substitute-outside"
    assert (shorter.status_code, shorter.json()["code"]) == (409, "substitute-left-outside")


async def test_an_early_end_frees_the_post_from_the_next_day(orgchart: Orgchart) -> None:
    ana, eva = [await make_person(orgchart, n) for n in range(2)]
    appointment = await appoint(orgchart, ana)

    ended = await patch(orgchart, appointment, valid_to="2024-05-31", reason="renuncia")
    await appoint(orgchart, eva, valid_from="2024-06-01")

    assert (ended.status_code, ended.json()["state"], ended.json()["version"]) == (200, "over", 2)
    history = await orgchart.items(f"/appointments/{appointment['appointment_id']}/history")
    assert [(r["version"], r["valid_to"], r["reason"]) for r in history] == [
        (1, None, None),
        (2, "2024-05-31", "renuncia"),
    ]


async def test_an_end_that_would_leave_a_substitute_alone_is_refused(orgchart: Orgchart) -> None:
    ana, eva = [await make_person(orgchart, n) for n in range(2)]
    holder = await appoint(orgchart, ana)
    substitute = await appoint(orgchart, eva, kind="substitute", valid_from="2024-03-01", valid_to="2024-03-15")

    refused = await patch(orgchart, holder, valid_to="2024-03-14")
    revoked = await orgchart.call(
        "POST", f"/appointments/{substitute['appointment_id']}/revocation", {"reason": "no viajó"}
    )
    allowed = await patch(orgchart, holder, valid_to="2024-03-14")

    assert (refused.status_code, refused.json()["code"]) == (409, "substitute-left-outside")
    assert (revoked.status_code, revoked.json()["state"]) == (200, "revoked")
    assert allowed.status_code == 200


async def test_a_revoked_appointment_counts_no_more_but_is_remembered(orgchart: Orgchart) -> None:
    ana, eva = [await make_person(orgchart, n) for n in range(2)]
    appointment = await appoint(orgchart, ana)
    path = f"/appointments/{appointment['appointment_id']}"

    await orgchart.call("POST", f"{path}/revocation", {"reason": "error de registro"})

    assert await responsible(orgchart, "2024-02-01") is None
    assert await orgchart.items("/appointments", person=ana) == []
    assert len(await orgchart.items("/appointments", person=ana, state="revoked")) == 1
    assert (await patch(orgchart, appointment, valid_to="2025-01-01")).json()["code"] == "appointment-revoked"
    await appoint(orgchart, eva)


@pytest.mark.parametrize(
    ("facts", "status", "code"),
    [
        ({"post": "DP-AZUAY.99"}, 422, "unknown-post"),
        ({"post": None, "dependencia": "NADA"}, 422, "unknown-dependencia"),
        ({"dependencia": "DP-AZUAY"}, 422, "unknown-post"),
        ({"valid_to": "2023-12-31"}, 422, "invalid-date"),
        ({"person": "6f0b0a4e-6e0f-4d9c-9b65-0d5b8a2d7a11"}, 422, "unknown-person"),
        ({"valid_from": "2017-05-05"}, 409, "outside-post-validity"),
        ({"kind": "boss"}, 422, "unknown-value"),
        ({"subject": "Con Espacio"}, 422, "invalid-text"),
    ],
)
async def test_an_appointment_that_cannot_be_is_refused(
    orgchart: Orgchart, facts: dict[str, Any], status: int, code: str
) -> None:
    body = {"person": await make_person(orgchart, 1), **facts}

    refused = await appoint(orgchart, body.pop("person"), **body, status=status)

    assert [error["code"] for error in refused["errors"]] == [code]


async def test_the_responsible_post_is_found_by_its_dependencia(orgchart: Orgchart) -> None:
    made = await appoint(orgchart, await make_person(orgchart, 1), post=None, dependencia="DNTI")

    assert (made["post"], made["post_name"]) == ("DNTI.01", "Director(a) Nacional de Tecnologías de la Información")


async def test_lists_are_narrowed_by_place_kind_and_days(orgchart: Orgchart) -> None:
    ana, eva = [await make_person(orgchart, n) for n in range(2)]
    await appoint(orgchart, ana, valid_to="2024-06-30")
    await appoint(orgchart, eva, post="DP-AZUAY-AF.01", kind="acting", valid_from="2024-07-01")

    async def names(**query: Any) -> list[str]:
        return [item["person"] for item in await orgchart.items("/appointments", **query)]

    assert await names() == [ana, eva]
    assert await names(dependencia="DP-AZUAY") == [ana]
    assert await names(dependencia="DP-AZUAY", subtree="true") == [ana, eva]
    assert await names(dependencia="DP-GUAYAS", subtree="true") == []
    assert await names(kind="acting") == [eva]
    assert await names(as_of="2024-06-30") == [ana]
    assert await names(in_force_from="2024-07-01") == [eva]
    assert await names(in_force_to="2024-06-30") == [ana]
    assert await names(state="over") == [ana]
    vacant = {post["code"] for post in await orgchart.items("/posts", vacant="true", as_of="2024-07-01")}
    assert "DP-AZUAY.01" in vacant
    assert "DP-AZUAY-AF.01" not in vacant


async def test_only_who_pushes_appointments_there_makes_them(orgchart: Orgchart) -> None:
    person = await make_person(orgchart, 1)
    azuay = orgchart.by(grant("appointment:read person:read appointment:push", "DP-AZUAY"))
    reader = orgchart.by(grant("appointment:read"))

    assert (await appoint(azuay, person, post="DP-GUAYAS.01", status=403))["code"] == "forbidden"
    made = await appoint(azuay, person, subject="ana.azuay")
    assert (await appoint(reader, person, status=403))["code"] == "forbidden"
    # Who signs in as whom is for those who may read persons there.
    assert made["subject"] == "ana.azuay"
    (seen,) = await reader.items("/appointments", person=person)
    assert (seen["subject"], seen["name"]) == (None, "Nombre 1 Apellido 1")
    guayas = orgchart.by(grant("appointment:read person:read appointment:push", "DP-GUAYAS"))
    assert (await patch(guayas, made, valid_to="2024-02-01")).status_code == 403
    assert (await appoint(guayas, person, post="DP-GUAYAS.01", status=422))["errors"][0]["code"] == "unknown-person"


async def test_the_feed_tells_the_gateway_whose_grants_for_which_days(orgchart: Orgchart) -> None:
    ana, eva = [await make_person(orgchart, n) for n in range(2)]
    holder = await appoint(orgchart, ana, subject="ana.azuay")
    substitute = await appoint(
        orgchart, eva, kind="substitute", subject="eva.azuay", valid_from="2026-03-01", valid_to="2026-03-15"
    )
    await patch(orgchart, holder, subject="ana.nueva")

    feed = await orgchart.get("/feed", limit=1000)
    told = [item for item in feed["items"] if item["type"] == "appointment.changed"]
    assert [(i["subject"], i["data"]["version"], i["data"]["in_place_of"]) for i in told] == [
        (holder["appointment_id"], 1, None),
        (substitute["appointment_id"], 1, "ana.azuay"),
        (holder["appointment_id"], 2, None),
        (substitute["appointment_id"], 1, "ana.nueva"),
    ]
    assert told[1]["dependencia"] == "DP-AZUAY"
    assert told[1]["data"] == {
        "appointment_id": substitute["appointment_id"], "version": 1, "person": eva, "subject": "eva.azuay",
        "kind": "substitute", "dependencia": "DP-AZUAY", "post": "DP-AZUAY.01", "responsible": True,
        "collegiate": False, "valid_from": "2026-03-01", "valid_to": "2026-03-15", "ended": False,
        "in_place_of": "ana.azuay",
    }  # fmt: skip
    snapshot = await orgchart.get("/snapshot")
    assert [event["data"] for event in snapshot["events"]] == [told[2]["data"], told[3]["data"]]


@pytest.mark.parametrize("day", ["9999-12-31", "3000-01-01", "0001-01-01"])
async def test_a_day_that_the_database_takes_for_no_day_is_refused(orgchart: Orgchart, day: str) -> None:
    ana = await make_person(orgchart, 0)

    problem = await appoint(orgchart, ana, valid_to=day, status=422)

    assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [("/valid_to", "invalid-value")]
