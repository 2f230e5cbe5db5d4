"""A dependencia answers for the periods in which it exists: it owes none from before or after, and none are taken."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from iesspr.postgres import DatabaseUrls
from tests.indicators.harness import PLANNER, Indicators, indicators_service, reporter
from tests.indicators.reorganising import Desk, reorganise
from tests.indicators.test_assigning import NEW
from tests.indicators.test_intake import monthly_rows, outcomes

AUGUST = datetime(2019, 8, 15, 17, tzinfo=UTC)
YEAR: dict[str, Any] = {"plan": "POA-2019", "period": "2019"}


async def austro(service: Indicators, urls: DatabaseUrls, day: date) -> str:
    """Azuay ends the day before, and a new unit begins; returns the new unit's only assignment. It is 15 August."""
    desk = Desk(day)
    desk.create("DP-AUSTRO", "DG")
    desk.end("DP-AZUAY", {"DP-AUSTRO": "1"})
    service.clock.instant = AUGUST
    await reorganise(urls.owner, desk, service.clock)
    made = await service.by(PLANNER).call("POST", "/assignments", {**NEW, "dependencia": "DP-AUSTRO"})
    assert made.status_code == 201, made.text
    return str(made.json()["code"])


async def test_a_new_unit_owes_nothing_from_before_its_first_day(indicators_db: DatabaseUrls) -> None:
    async with indicators_service(indicators_db) as service:
        code = await austro(service, indicators_db, date(2019, 7, 1))

        (row,) = (await service.get("/scorecards/DP-AUSTRO", **YEAR))["indicators"]
        quality = await service.get("/data-quality/DP-AUSTRO", **YEAR)
        owed = await service.items("/missing-measurements", dependencia="DP-AUSTRO", plan="POA-2019")
        line = await service.get("/series", indicator=row["indicator"], dependencia="DP-AUSTRO", lineage="false")
        states = {p: (await service.get(f"/measurements/{code}/2019-{p}"))["state"] for p in ("06", "07", "08")}
        known = service.clock.now().isoformat()
        (then,) = (await service.get("/scorecards/DP-AUSTRO", **YEAR, known_at=known))["indicators"]

    assert (row["state"], row["reported"], row["expected"]) == ("missing", 0, 1)
    assert then == row
    assert (quality["due"], [cell["period"] for cell in owed]) == (1, ["2019-07"])
    assert [point["period"] for point in line["points"]] == ["2019-07"]
    assert states == {"06": "not_due", "07": "missing", "08": "not_due"}


async def test_the_feed_of_deadlines_has_those_of_a_units_life(indicators_db: DatabaseUrls) -> None:
    async with indicators_service(indicators_db) as service:
        await austro(service, indicators_db, date(2019, 7, 1))
        known = service.clock.now().isoformat()

        found: dict[tuple[str, bool], list[str]] = {}
        for code in ("DP-AUSTRO", "DP-AZUAY"):
            for then in ({}, {"known_at": known}):
                query: dict[str, Any] = {"plan": "POA-2019", "dependencia": code, **then}
                feed = await service.call("GET", "/calendar/deadlines.ics", **query)
                uids = [line for line in feed.text.splitlines() if line.startswith(f"UID:POA-2019.{code}.2019-")]
                found[code, bool(then)] = sorted({uid.split(".")[2].removesuffix("@iesspr") for uid in uids})

    months = {code: [period for period in found[code, False] if period[5].isdigit()] for code, _ in found}
    assert months["DP-AUSTRO"] == [f"2019-{month:02}" for month in range(7, 13)]
    assert months["DP-AZUAY"] == [f"2019-{month:02}" for month in range(1, 6)], "June falls due in July"
    assert all(found[code, True] == found[code, False] for code in months)


@pytest.mark.parametrize("note", [None, "con nota"])
async def test_periods_outside_a_units_life_are_not_taken(indicators_db: DatabaseUrls, note: str | None) -> None:
    async with indicators_service(indicators_db) as service:
        old = (await monthly_rows(service.by(reporter("DP-AZUAY"))))[0]["assignment"]
        new = await austro(service, indicators_db, date(2019, 7, 1))

        found = {}
        for code, province in ((old, "DP-AZUAY"), (new, "DP-AUSTRO")):
            for period in ("2019-06", "2019-07"):
                row = {"assignment": code, "period": period, "value": "5", "note": note}
                found[province, period] = outcomes((await service.by(reporter(province)).push([row])).json())

    assert found == {
        ("DP-AZUAY", "2019-06"): ["created"],
        ("DP-AZUAY", "2019-07"): ["period-not-open"],
        ("DP-AUSTRO", "2019-06"): ["period-not-open"],
        ("DP-AUSTRO", "2019-07"): ["created"],
    }


async def test_the_month_in_which_one_ends_and_the_other_begins_is_taken_of_both(indicators_db: DatabaseUrls) -> None:
    async with indicators_service(indicators_db) as service:
        old = (await monthly_rows(service.by(reporter("DP-AZUAY"))))[0]["assignment"]
        new = await austro(service, indicators_db, date(2019, 7, 15))

        rows = [{"assignment": code, "period": "2019-07", "value": "5"} for code in (old, new)]
        found = [
            outcomes((await service.by(reporter(province)).push([row])).json())
            for province, row in zip(("DP-AZUAY", "DP-AUSTRO"), rows, strict=True)
        ]

    assert found == [["created"], ["created"]]


async def test_of_what_the_regulation_found_nobody_knows_when_it_began(indicators: Indicators) -> None:
    """Before 6 May 2017 nothing is known: what a province reports of 2016 is taken, and it owes what it does not."""
    rule = {"opens_after_days": 1, "due_business_day": 5}
    calendar = {"plan": "POA-2016", "first_year": 2016, "last_year": 2016, "rules": {"monthly": rule}, "reason": "Ayer"}
    assert (await indicators.by(PLANNER).call("POST", "/calendar", calendar)).status_code == 201
    code = (await indicators.by(PLANNER).call("POST", "/assignments", {**NEW, "plan": "POA-2016"})).json()["code"]

    row = {"assignment": code, "period": "2016-02", "value": "95"}
    pushed = await indicators.by(reporter("DP-AZUAY")).push([row])
    (shown,) = (await indicators.get("/scorecards/DP-AZUAY", plan="POA-2016", period="2016"))["indicators"]

    assert outcomes(pushed.json()) == ["created"]
    assert (shown["reported"], shown["expected"]) == (1, 12)
