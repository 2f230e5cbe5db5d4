"""A target that is a change on last year's result follows that result, whenever it comes or is corrected."""

from datetime import timedelta
from typing import Any

import pytest

from tests.indicators.harness import PLANNER, Indicators, reporter
from tests.indicators.test_targets import put

PLAN = "PLAN-BIENAL"


async def two_years(service: Indicators, direction: str = "up") -> str:
    """A monthly assignment of Azuay in a plan of 2018 and 2019."""
    office = service.by(PLANNER)
    rule = {"opens_after_days": 1, "due_business_day": 5}
    calendar = {"plan": PLAN, "first_year": 2018, "last_year": 2019, "rules": {"monthly": rule}, "reason": "prueba"}
    assert (await office.call("POST", "/calendar", calendar)).status_code == 201
    found = await service.items("/assignments", plan="POA-2019", dependencia="DP-AZUAY", frequency="monthly")
    one = {
        "plan": PLAN, "dependencia": "DP-AZUAY", "indicator": found[0]["indicator"]["code"], "level": "N4",
        "statement": "De un año a otro", "frequency": "monthly", "unit": "usd", "direction": direction,
        "reason": "prueba",
    }  # fmt: skip
    added = await office.call("POST", "/assignments", one)
    assert added.status_code == 201, added.text
    return str(added.json()["code"])


async def report(service: Indicators, code: str, period: str, value: str) -> None:
    answer = await service.by(reporter("DP-AZUAY")).push([{"assignment": code, "period": period, "value": value}])
    assert answer.status_code == 201, answer.text


async def target(service: Indicators, code: str) -> Any:
    found = await service.get("/scorecards/DP-AZUAY", plan=PLAN, period="2019-01")
    return next(i["target"] for i in found["indicators"] if i["assignment"] == code)


@pytest.mark.parametrize(
    ("direction", "last_year", "level", "corrected", "later"),
    [("up", "40", "42", "50", "52.5"), ("down", "40", "38", "50", "47.5"), ("up", "-40", "-38", "0", "0")],
)
async def test_the_level_follows_last_years_result(
    indicators: Indicators, direction: str, last_year: str, level: str, corrected: str, later: str
) -> None:
    code = await two_years(indicators, direction)
    kind = "change_on_same_period_last_year"
    assert (await put(indicators, code, kind=kind, value="5")).status_code == 201
    findings = await indicators.get("/targets/findings", plan=PLAN, code="target-without-level")
    unknown = await target(indicators, code)

    await report(indicators, code, "2018-01", last_year)
    indicators.clock.advance(timedelta(seconds=1))
    first, known = await target(indicators, code), indicators.clock.now().isoformat()
    before = (await indicators.call("GET", "/scorecards/DP-AZUAY", plan=PLAN, period="2019-01")).content
    indicators.clock.advance(timedelta(seconds=1))
    await report(indicators, code, "2018-01", corrected)

    assert [finding["assignment"] for finding in findings["items"]] == [code]
    assert (unknown, first, await target(indicators, code)) == (None, level, later)
    again = await indicators.call("GET", "/scorecards/DP-AZUAY", plan=PLAN, period="2019-01", known_at=known)
    assert again.content == before
    listed = await indicators.get(f"/targets/{code}/2019-01")
    assert listed["level"] == later
    found = await indicators.get(f"/measurements/{code}/2019-01/explain")
    assert found["target"] == later
    assert found["inputs"]["target"]["last_year_value"] == corrected


async def test_a_result_of_last_year_that_two_assignments_have_is_nobodys_reference(indicators: Indicators) -> None:
    code = await two_years(indicators)
    office = indicators.by(PLANNER)
    sheet = await indicators.get(f"/assignments/{code}")
    twins = []
    for _ in range(2):
        added = await office.call("POST", "/assignments", {
            "plan": PLAN, "dependencia": "DP-AZUAY", "indicator": sheet["indicator"]["code"], "level": "N4",
            "statement": "Otra fila con el mismo nombre", "frequency": "monthly", "unit": "usd", "reason": "prueba",
        })  # fmt: skip
        twins.append(added.json()["code"])
    await put(indicators, code, kind="change_on_same_period_last_year", value="5")

    await report(indicators, twins[0], "2018-01", "10")
    alone = await target(indicators, code)
    await report(indicators, twins[1], "2018-01", "20")
    between = await target(indicators, code)
    await report(indicators, code, "2018-01", "40")
    own = await target(indicators, code)

    assert (alone, between, own) == ("10.5", None, "42")
