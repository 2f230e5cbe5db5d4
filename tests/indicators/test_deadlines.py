"""Calendars, locks and their exceptions, exemptions, and the list of what is owed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.indicators.harness import AUDITOR, PLANNER, READS, Indicators, grant, owner, reporter
from tests.indicators.test_intake import monthly_rows, outcomes
from tests.support.service import user

AZUAY = reporter("DP-AZUAY")
LOCKING = {"opens_after_days": 1, "due_business_day": 5, "lock_business_day": 10}
ANY_VERSION = {"If-Match": "*"}


async def lock(service: Indicators) -> httpx.Response:
    body = {
        "plan": "POA-2019", "first_year": 2019, "last_year": 2019, "reason": "Cierre mensual",
        "rules": {"monthly": LOCKING, "quarterly": LOCKING},
    }  # fmt: skip
    return await service.by(PLANNER).call("POST", "/calendar", body)


async def excuse(service: Indicators, **changes: Any) -> httpx.Response:
    body = {
        "dependencia": "DP-AZUAY", "plan": "POA-2019", "period": "2019-01", "assignment": None,
        "reason": "Sistema caído", "expires_at": "2019-03-20T00:00:00Z", **changes,
    }  # fmt: skip
    return await service.by(PLANNER).call("POST", "/lock-exceptions", body)


async def test_the_calendar_says_when_each_period_opens_and_falls_due(loaded: Indicators) -> None:
    days = {day["period"]: day for day in await loaded.items("/calendar", plan="POA-2019", year="2019")}

    assert len(days) == 28
    assert (days["2019-01"]["opens_on"], days["2019-01"]["due_on"], days["2019-01"]["locks_on"]) == (
        "2019-02-01",
        "2019-02-07",
        None,
    )
    # Monday 4 and Tuesday 5 March 2019 were carnival.
    assert days["2019-02"]["due_on"] == "2019-03-11"
    assert (days["2019-01"]["state"], days["2019-02"]["state"]) == ("open", "not_open")


async def test_a_period_takes_values_until_the_last_second_of_its_lock_day(indicators: Indicators) -> None:
    assert (await lock(indicators)).status_code == 201
    azuay = indicators.by(AZUAY)
    rows = await monthly_rows(azuay)

    indicators.clock.instant = datetime(2019, 2, 15, 4, 59, 59, tzinfo=UTC)
    in_time = await azuay.push(rows[:1])
    indicators.clock.advance(timedelta(seconds=1))
    too_late = await azuay.push(rows[1:2])

    assert outcomes(in_time.json()) == ["created"]
    assert outcomes(too_late.json()) == ["period-locked"]


async def test_an_exception_opens_a_locked_period_until_it_expires(indicators: Indicators) -> None:
    await lock(indicators)
    azuay = indicators.by(AZUAY)
    rows = await monthly_rows(azuay)
    indicators.clock.instant = datetime(2019, 3, 10, tzinfo=UTC)

    one = await excuse(indicators, assignment=rows[0]["assignment"])
    for_one = await azuay.push(rows[:2])
    await excuse(indicators)
    for_all = await azuay.push(rows[1:2])
    indicators.clock.instant = datetime(2019, 3, 20, tzinfo=UTC)
    expired = await azuay.push(rows[2:3])

    assert one.status_code == 201, one.text
    assert outcomes(for_one.json()) == ["created", "period-locked"]
    assert outcomes(for_all.json()) == ["created"]
    assert outcomes(expired.json()) == ["period-locked"]


async def test_an_exception_can_be_ended_early(indicators: Indicators) -> None:
    await lock(indicators)
    indicators.clock.instant = datetime(2019, 3, 10, tzinfo=UTC)
    number = (await excuse(indicators)).json()["id"]
    indicators.clock.advance(timedelta(minutes=1))

    ended = await indicators.by(PLANNER).call("DELETE", f"/lock-exceptions/{number}", headers=ANY_VERSION)
    rows = await monthly_rows(indicators.by(AZUAY))

    assert ended.status_code == 204
    assert outcomes((await indicators.by(AZUAY).push(rows[:1])).json()) == ["period-locked"]
    assert [x["active"] for x in await indicators.items("/lock-exceptions")] == [False]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"expires_at": "2019-01-01T00:00:00Z"}, 422, "expiry-in-the-past"),
        ({"expires_at": "9999-12-31T23:59:59-05:00"}, 422, "invalid"),
        ({"dependencia": "DP-NADA"}, 404, "not-found"),
        ({"assignment": "POA-2019.DP-GUAYAS.001"}, 404, "not-found"),
        ({"plan": "POA-1999"}, 404, "not-found"),
        ({"period": "2019-13"}, 422, "invalid-period"),
        *[({"expires_at": at}, 422, "invalid") for at in ("2019-03-20T00:00:00", "2019-03-20", 1_553_040_000)],
        ({"nada": 1}, 422, "invalid"),
    ],
)
async def test_an_exception_that_makes_no_sense_is_refused(
    indicators: Indicators, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = await excuse(indicators, **changes)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_only_the_office_grants_exceptions_and_changes_calendars(indicators: Indicators) -> None:
    azuay = indicators.by(AZUAY)

    assert (await azuay.call("POST", "/lock-exceptions", {})).status_code == 403
    assert (await azuay.call("POST", "/calendar", {})).status_code == 403


async def test_exceptions_and_exemptions_are_of_those_who_read_the_measurements(indicators: Indicators) -> None:
    """Calendars are everybody's, as the gateway tells every account; why a province was excused is not."""
    await lock(indicators)
    await excuse(indicators)
    rows = await monthly_rows(indicators.by(AZUAY))
    body = {"assignment": rows[0]["assignment"], "period": "2019-01", "reason": "Unidad cerrada por emergencia"}
    await indicators.by(PLANNER).call("POST", "/calendar/exemptions", body)
    everywhere = grant("calendar:read")
    local = f"{READS} calendar:write lock-exception:write"
    callers = [user(everywhere, grant(local, province)) for province in ("DP-AZUAY", "DP-GUAYAS")]

    seen = [
        [len(await indicators.by(caller).items(path)) for path in ("/calendar/exemptions", "/lock-exceptions")]
        for caller in callers
    ]
    guayas = indicators.by(callers[1])
    foreign = [
        await guayas.call("POST", "/calendar/exemptions", {**body, "period": "2019-02"}),
        await guayas.call("POST", "/calendar/exemptions", {**body, "assignment": "POA-2019.DP-NADA.001"}),
        await guayas.call("DELETE", f"/calendar/exemptions/{rows[0]['assignment']}/2019-01", headers=ANY_VERSION),
        await guayas.call("DELETE", "/lock-exceptions/1", headers=ANY_VERSION),
    ]
    calendars = await indicators.by(user(everywhere)).call("GET", "/calendar")
    nobody = await indicators.by(user(everywhere)).call("GET", "/calendar/exemptions")

    assert seen == [[1, 1], [0, 0]]
    assert [answer.status_code for answer in foreign] == [404, 404, 404, 404]
    assert (calendars.status_code, nobody.status_code) == (200, 403)


async def test_an_exempt_cell_is_neither_missing_nor_expected(indicators: Indicators) -> None:
    rows = await monthly_rows(indicators.by(AZUAY))
    body = {"assignment": rows[0]["assignment"], "period": "2019-01", "reason": "Unidad cerrada por emergencia"}

    added = await indicators.by(PLANNER).call("POST", "/calendar/exemptions", body)
    twice = await indicators.by(PLANNER).call("POST", "/calendar/exemptions", body)
    quarter = await indicators.by(PLANNER).call("POST", "/calendar/exemptions", {**body, "period": "2019-Q1"})
    indicators.clock.instant = datetime(2019, 3, 1, tzinfo=UTC)
    card = await indicators.get("/scorecards/DP-AZUAY", plan="POA-2019", period="2019-01")

    assert (added.status_code, twice.json()["code"], quarter.status_code) == (201, "already-exempt", 422)
    assert (card["summary"]["exempt"], card["summary"]["missing"]) == (1, 25)


async def test_an_exemption_can_be_ended_and_the_past_stays_exempt(indicators: Indicators) -> None:
    row = (await monthly_rows(indicators.by(AZUAY)))[0]
    planner = indicators.by(PLANNER)
    body = {"assignment": row["assignment"], "period": "2019-01", "reason": "Unidad cerrada por emergencia"}
    await planner.call("POST", "/calendar/exemptions", body)
    indicators.clock.instant = datetime(2019, 3, 1, tzinfo=UTC)
    path = f"/measurements/{row['assignment']}/2019-01"
    before = await indicators.get(path)
    indicators.clock.advance(timedelta(minutes=1))

    ended = await planner.call("DELETE", f"/calendar/exemptions/{row['assignment']}/2019-01", headers=ANY_VERSION)
    twice = await planner.call("DELETE", f"/calendar/exemptions/{row['assignment']}/2019-01", headers=ANY_VERSION)

    assert (ended.status_code, twice.status_code) == (204, 404)
    assert (before["state"], (await indicators.get(path))["state"]) == ("exempt", "missing")
    assert await indicators.get(path, known_at="2019-03-01T00:00:00Z") == before
    assert [e["active"] for e in await indicators.items("/calendar/exemptions")] == [False]


async def test_what_is_owed_names_cell_day_and_who_owes_it(indicators: Indicators) -> None:
    azuay = indicators.by(AZUAY)
    rows = await monthly_rows(azuay)
    await azuay.push(rows[:20])
    indicators.clock.instant = datetime(2019, 2, 9, 17, tzinfo=UTC)

    owed = await azuay.items("/missing-measurements", plan="POA-2019")
    national = await indicators.by(AUDITOR).items(
        "/missing-measurements", dependencia="IESS", subtree="true", plan="POA-2019"
    )

    assert len(owed) == 6
    assert {(cell["period"], cell["due_on"], cell["days_late"]) for cell in owed} == {("2019-01", "2019-02-07", 2)}
    assert {cell["dependencia"]["code"] for cell in owed} == {"DP-AZUAY"}
    assert len(national) == 529 - 20


async def test_deadlines_can_be_followed_by_a_calendar_programme(indicators: Indicators) -> None:
    titular = indicators.by(owner("DP-AZUAY"))

    answer = await titular.call("GET", "/calendar/deadlines.ics", plan="POA-2019")

    lines = answer.content.split(b"\r\n")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert (lines[0], lines[-2]) == (b"BEGIN:VCALENDAR", b"END:VCALENDAR")
    assert max(len(line) for line in lines) <= 75
    assert b"UID:POA-2019.DP-AZUAY.2019-01@iesspr" in lines
    assert b"DTSTART;VALUE=DATE:20190207" in lines


async def test_a_due_day_counts_from_the_day_a_holiday_was_moved_to(loaded: Indicators) -> None:
    found = await loaded.items("/calendar", plan="POA-2025", year="2025", frequency="monthly")

    due = {item["period"]: item["due_on"] for item in found}
    # 1 May 2025, a Thursday, was worked and kept on Friday 2: business days 1, 5, 6, 7 and 8.
    assert due["2025-04"] == "2025-05-08"
    assert due["2025-12"] == "2026-01-08"


async def test_the_feed_is_stamped_in_utc_whatever_the_zone_of_the_question(indicators: Indicators) -> None:
    indicators.clock.instant = datetime(2019, 3, 20, 17, tzinfo=UTC)

    answer = await indicators.call(
        "GET", "/calendar/deadlines.ics", plan="POA-2019", dependencia="DP-AZUAY", known_at="2019-03-20T07:30:00-05:00"
    )

    assert "DTSTAMP:20190320T123000Z" in answer.text
    lines = answer.text.split("\r\n")
    assert max(len(line.encode()) for line in lines) <= 75
    assert "\n" not in "".join(lines)


async def test_who_ends_an_exception_or_exemption_has_read_what_it_is_now(indicators: Indicators) -> None:
    assignment = (await monthly_rows(indicators.by(AZUAY)))[0]["assignment"]
    planner = indicators.by(PLANNER)
    cell = {"assignment": assignment, "period": "2019-01", "reason": "Unidad cerrada por emergencia"}
    excused, exempted = await excuse(indicators), await planner.call("POST", "/calendar/exemptions", cell)
    places = [f"/lock-exceptions/{excused.json()['id']}", f"/calendar/exemptions/{assignment}/2019-01"]

    for place, made in zip(places, (excused, exempted), strict=True):
        read = await planner.call("GET", place)
        indicators.clock.advance(timedelta(minutes=1))
        unread = await planner.call("DELETE", place)
        stale = await planner.call("DELETE", place, headers={"If-Match": '"otra"'})
        foreign = await indicators.by(user(grant(READS, "DP-GUAYAS"))).call("GET", place)
        ended = await planner.call("DELETE", place, headers={"If-Match": read.headers["etag"]})
        after = await planner.call("GET", place)

        assert made.headers["location"] == f"/api/v1{place}"
        assert made.headers["etag"] == read.headers["etag"]
        assert (unread.status_code, stale.status_code, foreign.status_code, ended.status_code) == (428, 412, 404, 204)
        assert (read.json()["active"], after.json()["active"]) == (True, False)
        assert after.headers["etag"] != read.headers["etag"]
