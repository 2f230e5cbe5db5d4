"""Scorecards of one dependencia: lights, states, score, coverage, and who may read them."""

from decimal import Decimal
from typing import Any

import pytest

from tests.indicators.harness import AUDITOR, PLANNER, Indicators, owner, reporter
from tests.indicators.test_intake import monthly_rows


async def card(service: Indicators, dependencia: str = "DP-AZUAY", status: int = 200, **query: Any) -> Any:
    return await service.get(f"/scorecards/{dependencia}", status, **{"plan": "POA-2019", "period": "2019-01", **query})


async def test_before_anything_came_nothing_is_red(indicators: Indicators) -> None:
    empty = await card(indicators)

    assert empty["summary"]["not_due"] == 36
    assert (empty["score"], empty["coverage"]) == (None, None)


async def test_after_the_due_day_what_did_not_come_is_missing(indicators: Indicators) -> None:
    indicators.clock.instant = indicators.clock.instant.replace(day=20)

    late = await card(indicators)

    assert (late["summary"]["missing"], late["summary"]["not_due"]) == (26, 10)
    assert (late["score"], late["coverage"]) == (None, "0.0000")


async def test_met_targets_are_green_and_make_a_full_score(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    rows = await monthly_rows(azuay)
    await azuay.push(rows[:13])
    indicators.clock.instant = indicators.clock.instant.replace(day=20)

    half = await card(azuay)

    assert (half["summary"]["green"], half["summary"]["missing"]) == (13, 13)
    assert (half["score"], half["coverage"]) == ("100.0000", "0.5000")
    cell = next(i for i in half["indicators"] if i["assignment"] == rows[0]["assignment"])
    assert (cell["value"], cell["achievement"], cell["traffic_light"]) == (rows[0]["value"], "100.0000", "green")


async def test_a_years_card_adds_the_months_up_by_each_indicators_rule(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    indicators.clock.instant = indicators.clock.instant.replace(month=3)
    found = await azuay.items("/assignments", plan="POA-2019", dependencia="DP-AZUAY", frequency="monthly")
    sheets = {sheet["code"]: sheet for sheet in await azuay.items("/indicators")}
    summed = next(a for a in found if sheets[a["indicator"]["code"]]["time_aggregation"] == "sum")
    averaged = next(a for a in found if sheets[a["indicator"]["code"]]["time_aggregation"] == "mean")
    rows = [
        {"assignment": a["code"], "period": period, "value": value}
        for a in (summed, averaged)
        for period, value in (("2019-01", "10"), ("2019-02", "20"))
    ]
    answer = await azuay.push(rows)
    assert answer.json()["created"] == 4, answer.text

    year = {item["assignment"]: item for item in (await card(azuay, period="2019"))["indicators"]}

    target = int(summed["targets"][0]["value"].split(".")[0])
    assert (year[summed["code"]]["value"], year[summed["code"]]["target"][: len(str(target * 2))]) == (
        "30",
        str(target * 2),
    )
    assert (year[averaged["code"]]["value"], year[averaged["code"]]["target"]) == (
        "15.0000",
        f"{Decimal(averaged['targets'][0]['value']):.4f}",
    )


async def test_an_accumulated_card_adds_the_year_up_to_its_period_and_no_further(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    indicators.clock.instant = indicators.clock.instant.replace(month=4)
    found = await azuay.items("/assignments", plan="POA-2019", dependencia="DP-AZUAY", frequency="monthly")
    sheets = {sheet["code"]: sheet for sheet in await azuay.items("/indicators")}
    summed = next(a for a in found if sheets[a["indicator"]["code"]]["time_aggregation"] == "sum")
    values = {"2019-01": "10", "2019-02": "20", "2019-03": "40"}
    await azuay.push([{"assignment": summed["code"], "period": p, "value": v} for p, v in values.items()])

    february = await card(azuay, period="2019-02", accumulated="true")

    item = next(i for i in february["indicators"] if i["assignment"] == summed["code"])
    assert (february["from"], february["to"]) == ("2019-01-01", "2019-02-28")
    assert (item["value"], item["reported"], item["expected"]) == ("30", 2, 2)


async def test_a_result_without_a_target_is_not_held_against_the_target_of_another_month(
    indicators: Indicators,
) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    indicators.clock.instant = indicators.clock.instant.replace(month=4)
    assignment = (await monthly_rows(azuay))[0]["assignment"]
    unclear = {"kind": "ambiguous", "value": "40", "reason": "El texto permite dos lecturas"}
    await indicators.by(PLANNER).call("PUT", f"/targets/{assignment}/2019-02", unclear, headers={"If-Match": "*"})
    await azuay.push([{"assignment": assignment, "period": "2019-02", "value": "10"}])

    year = {item["assignment"]: item for item in (await card(azuay, period="2019"))["indicators"]}[assignment]

    assert (year["value"], year["reported"], year["expected"]) == ("10", 1, 2)
    assert (year["target"], year["achievement"], year["traffic_light"]) == (None, None, None)


@pytest.mark.parametrize("status", [404])
async def test_a_foreign_card_does_not_exist(indicators: Indicators, status: int) -> None:
    guayas = indicators.by(owner("DP-GUAYAS"))

    foreign = await guayas.call("GET", "/scorecards/DP-AZUAY", plan="POA-2019", period="2019-01")
    unknown = await guayas.call("GET", "/scorecards/DP-NADA", plan="POA-2019", period="2019-01")

    assert (foreign.status_code, unknown.status_code) == (status, status)
    assert {**foreign.json(), "request_id": "", "instance": ""} == {
        **unknown.json(),
        "request_id": "",
        "instance": "",
    }


@pytest.mark.parametrize("query", [{"period": "2019-13"}, {"period": "x"}, {"scope": "all"}, {"nada": "1"}])
async def test_a_wrong_parameter_is_named(loaded: Indicators, query: dict[str, Any]) -> None:
    answer = await loaded.by(AUDITOR).call(
        "GET", "/scorecards/DP-AZUAY", **{"plan": "POA-2019", "period": "2019-01", **query}
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"query/{next(iter(query))}"


async def test_the_same_card_is_not_sent_twice(loaded: Indicators) -> None:
    first = await loaded.call("GET", "/scorecards/DP-AZUAY", plan="POA-2019", period="2019-01")
    again = await loaded.call(
        "GET",
        "/scorecards/DP-AZUAY",
        headers={"If-None-Match": first.headers["etag"]},
        plan="POA-2019",
        period="2019-01",
    )

    assert (again.status_code, again.content) == (304, b"")
