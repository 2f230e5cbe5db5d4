"""Assigning indicators and setting what a plan left open."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.kit.access import Caller
from tests.indicators.harness import OFFICE, PLANNER, Indicators, grant, reporter
from tests.indicators.test_scorecards import card
from tests.indicators.test_sheets import RELIABILITY

NEW = {
    "plan": "POA-2019", "dependencia": "DP-AZUAY", "indicator": RELIABILITY, "level": "N4",
    "statement": "Fiabilidad de la unidad", "frequency": "monthly", "target": {"value": "95"}, "reason": "Prueba",
}  # fmt: skip


async def assign(service: Indicators, caller: Caller = PLANNER, **changes: Any) -> httpx.Response:
    return await service.by(caller).call("POST", "/assignments", {**NEW, **changes})


async def patch(service: Indicators, code: str, **changes: Any) -> httpx.Response:
    read = await service.by(PLANNER).call("GET", f"/assignments/{code}")
    headers = {"If-Match": read.headers["etag"]}
    return await service.by(PLANNER).call(
        "PATCH", f"/assignments/{code}", {"reason": "Prueba", **changes}, headers=headers
    )


async def test_a_new_assignment_takes_the_next_code_and_can_be_reported(indicators: Indicators) -> None:
    answer = await assign(indicators)

    made = answer.json()
    assert (answer.status_code, made["code"]) == (201, "POA-2019.DP-AZUAY.037")
    assert (made["unit"], len(made["targets"]), made["targets"][0]["value"]) == ("percent", 12, "95")
    azuay = indicators.by(reporter("DP-AZUAY"))
    pushed = await azuay.push([{"assignment": made["code"], "period": "2019-01", "value": "95"}])
    assert pushed.json()["created"] == 1
    cells = {item["assignment"]: item for item in (await card(azuay))["indicators"]}
    assert cells[made["code"]]["traffic_light"] == "green"


async def test_a_new_plan_year_needs_a_calendar_and_assignments_only(indicators: Indicators) -> None:
    indicators.clock.instant = datetime(2027, 2, 3, 17, tzinfo=UTC)
    rule = {"opens_after_days": 1, "due_business_day": 5, "lock_business_day": 10}
    calendar = {
        "plan": "POA-2027", "first_year": 2027, "last_year": 2027, "rules": {"monthly": rule}, "reason": "Año nuevo",
    }  # fmt: skip
    await indicators.by(PLANNER).call("POST", "/calendar", calendar)
    code = (await assign(indicators, plan="POA-2027")).json()["code"]
    azuay = indicators.by(reporter("DP-AZUAY"))

    pushed = await azuay.push([{"assignment": code, "period": "2027-01", "value": "76"}])
    found = await azuay.get("/scorecards/DP-AZUAY", plan="POA-2027", period="2027-01")

    assert (code, pushed.json()["created"]) == ("POA-2027.DP-AZUAY.001", 1)
    assert (found["summary"]["amber"], found["score"], found["coverage"]) == (1, "80.0000", "1.0000")


async def test_the_office_sets_the_frequency_a_plan_left_out(indicators: Indicators) -> None:
    annual = (await indicators.items("/assignments", plan="POA-2025", level="N1"))[0]

    answer = await patch(indicators, annual["code"], frequency="quarterly")

    assert answer.status_code == 200, answer.text
    assert [t["period"] for t in answer.json()["targets"]] == ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"]
    assert {t["value"] for t in answer.json()["targets"]} == {annual["targets"][0]["value"]}


async def test_a_frequency_stays_once_there_are_measurements(indicators: Indicators) -> None:
    code = (await assign(indicators)).json()["code"]
    await indicators.by(reporter("DP-AZUAY")).push([{"assignment": code, "period": "2019-01", "value": "95"}])

    answer = await patch(indicators, code, frequency="quarterly")

    assert (answer.status_code, answer.json()["code"]) == (409, "has-measurements")


async def test_tolerance_weight_and_source_are_set_and_act(indicators: Indicators) -> None:
    code = (await assign(indicators)).json()["code"]

    changed = await patch(indicators, code, tolerance="5", weight="2.5", feed_source="budget")
    pushed = await indicators.by(reporter("DP-AZUAY")).push([{"assignment": code, "period": "2019-01", "value": "1"}])

    assert (changed.json()["tolerance"], changed.json()["weight"]) == ("5", "2.5")
    assert pushed.json()["rows"][0]["code"] == "fed-by-source"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"dependencia": "DP-NADA"}, 422, "unknown-part"),
        ({"plan": "POA-1999"}, 422, "unknown-part"),
        ({"indicator": "nada"}, 422, "unknown-part"),
        ({"target": {"value": "1", "value_to": "2"}}, 422, "range-mismatch"),
        ({"frequency": "weekly"}, 422, "invalid"),
        ({"unit": "kg"}, 422, "invalid"),
        ({"unit": " percent"}, 422, "invalid"),
        ({"weight": "-1"}, 422, "invalid"),
        ({"nada": 1}, 422, "invalid"),
    ],
)
async def test_an_assignment_that_makes_no_sense_is_refused(
    indicators: Indicators, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = await assign(indicators, **changes)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert len(await indicators.items("/assignments", dependencia="DP-AZUAY", plan="POA-2019")) == 36


async def test_a_change_needs_the_version_read_and_something_to_change(indicators: Indicators) -> None:
    path = "/assignments/POA-2019.DP-AZUAY.001"
    planner = indicators.by(PLANNER)

    without = await planner.call("PATCH", path, {"reason": "Prueba", "weight": "2"})
    stale = await planner.call("PATCH", path, {"reason": "Prueba", "weight": "2"}, headers={"If-Match": '"x"'})
    nothing = await patch(indicators, "POA-2019.DP-AZUAY.001")

    assert (without.status_code, stale.status_code, nothing.status_code) == (428, 412, 422)


async def test_an_office_assigns_only_in_its_own_scope(indicators: Indicators) -> None:
    local = Caller("local", "user", "Local", (grant(OFFICE, "DP-GUAYAS"),))
    reads = Caller("lee", "user", "Lee", (grant(OFFICE, "DP-GUAYAS"), grant("assignment:read", "IESS")))

    assert (await assign(indicators, local)).status_code == 422
    assert (await assign(indicators, reads)).status_code == 403
