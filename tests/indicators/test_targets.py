"""Targets: set with a reason, kept when replaced, closed by the office, recomputed from a new baseline."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.indicators.harness import AUDITOR, PLANNER, Indicators, reporter
from tests.indicators.test_intake import monthly_rows
from tests.indicators.test_scorecards import card


async def put(service: Indicators, assignment: str, period: str = "2019-01", **body: Any) -> httpx.Response:
    document = {"kind": "level", "value": "50", "reason": "Ajuste de la oficina", **body}
    return await service.by(PLANNER).call("PUT", f"/targets/{assignment}/{period}", document, headers={"If-Match": "*"})


async def test_a_new_target_judges_from_now_on_and_the_old_one_before(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    row = next(r for r in await monthly_rows(azuay) if r["value"] == "100")
    await azuay.push([row])
    before = await card(azuay)
    instant = indicators.clock.now().isoformat()
    indicators.clock.advance(timedelta(minutes=1))

    changed = await put(indicators, row["assignment"])
    after = {item["assignment"]: item for item in (await card(azuay))["indicators"]}

    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert (after[row["assignment"]]["achievement"], after[row["assignment"]]["traffic_light"]) == ("200.0000", "over")
    assert await card(azuay, known_at=instant) == before


async def test_a_target_is_replaced_only_by_who_has_read_it(indicators: Indicators) -> None:
    row = (await monthly_rows(indicators))[0]
    path = f"/targets/{row['assignment']}/2019-01"
    body = {"kind": "level", "value": "1", "reason": "Prueba"}
    planner = indicators.by(PLANNER)
    etag = (await planner.call("GET", path)).headers["etag"]

    without = await planner.call("PUT", path, body)
    stale = await planner.call("PUT", path, body, headers={"If-Match": '"otra"'})
    fresh = await planner.call("PUT", path, body, headers={"If-Match": etag})

    assert (without.status_code, stale.status_code, fresh.status_code) == (428, 412, 200)
    assert (await planner.call("GET", path)).headers["etag"] == fresh.headers["etag"] != etag


@pytest.mark.parametrize("period", ["2018-12", "2020-01", "2020", "2030"])
async def test_a_target_outside_the_years_of_its_plan_is_refused(loaded: Indicators, period: str) -> None:
    row = (await monthly_rows(loaded))[0]

    refused = await put(loaded, row["assignment"], period)

    assert (refused.status_code, refused.json()["code"]) == (422, "target-period-mismatch")
    assert "plan" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("body", "pointer"), [({"kind": "level", "value": None}, "/value"), ({"value_to": "40"}, "/value_to")]
)
async def test_a_target_that_lacks_something_says_what_in_spanish(
    loaded: Indicators, body: dict[str, Any], pointer: str
) -> None:
    row = (await monthly_rows(loaded))[0]

    refused = await put(loaded, row["assignment"], **body)

    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["pointer"]) == (422, pointer)
    assert " " in error["detail"]


async def test_closed_targets_stay_until_they_are_reopened(indicators: Indicators) -> None:
    row = (await monthly_rows(indicators))[0]
    planner = indicators.by(PLANNER)
    closure = {"plan": "POA-2019", "dependencias": ["DP-AZUAY"], "reason": "Metas aprobadas"}

    closed = await planner.call("POST", "/targets/closures", {"action": "close", **closure})
    refused = await put(indicators, row["assignment"])
    await planner.call("POST", "/targets/closures", {"action": "reopen", **closure})
    accepted = await put(indicators, row["assignment"])

    assert closed.json()["changed"] == 26 * 12 + 8 * 4 + 2 * 2
    assert (refused.status_code, refused.json()["code"]) == (409, "target-closed")
    assert accepted.status_code == 200


async def test_a_new_baseline_recomputes_the_changes_that_start_from_it(indicators: Indicators) -> None:
    row = (await monthly_rows(indicators))[0]
    planner = indicators.by(PLANNER)
    await put(indicators, row["assignment"], kind="change_on_baseline", value="10")
    body = {"value": "200", "period": "2018", "reason": "Resultado definitivo"}

    answer = await planner.call("POST", f"/assignments/{row['assignment']}/baseline", body)
    target = await planner.get(f"/targets/{row['assignment']}/2019-01")

    assert (answer.status_code, answer.json()["targets_recomputed"]) == (200, 1)
    assert target["level"] == "220"


async def test_findings_name_what_is_ambiguous_and_what_does_not_add_up(indicators: Indicators) -> None:
    row = (await monthly_rows(indicators))[0]
    await put(indicators, row["assignment"], "2019", value="99")

    ambiguous = await indicators.items("/targets/findings", plan="POA-2025", code="target-ambiguous")
    disagreeing = await indicators.items("/targets/findings", code="period-targets-disagree")

    assert len(ambiguous) == 8
    assert [(f["assignment"], f["period"]) for f in disagreeing] == [(row["assignment"], "2019")]


@pytest.mark.parametrize(
    ("period", "body", "status", "code"),
    [
        ("2019-Q1", {}, 422, "target-period-mismatch"),
        ("2019-13", {}, 404, "not-found"),
        ("2019-01", {"value_to": "60"}, 422, "range-mismatch"),
        ("2019-01", {"value": None}, 422, "invalid"),
        *[("2019-01", {"value": text}, 422, "invalid") for text in ("x", "1_000", " 5 ", "+5", "٥", "1e2", True)],
        ("2019-01", {"reason": ""}, 422, "invalid"),
        ("2019-01", {"kind": "guess"}, 422, "invalid"),
    ],
)
async def test_a_target_that_makes_no_sense_is_refused(
    indicators: Indicators, period: str, body: dict[str, Any], status: int, code: str
) -> None:
    row = (await monthly_rows(indicators))[0]

    answer = await put(indicators, row["assignment"], period, **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_who_reports_does_not_set_targets(indicators: Indicators) -> None:
    row = (await monthly_rows(indicators))[0]
    body = {"kind": "level", "value": "1", "reason": "Prueba"}

    for caller in (reporter("DP-AZUAY"), AUDITOR):
        answer = await indicators.by(caller).call("PUT", f"/targets/{row['assignment']}/2019-01", body)
        assert answer.status_code == 403


async def test_targets_of_a_plan_nobody_knows_are_not_closed(indicators: Indicators) -> None:
    body = {"action": "close", "plan": "POA-2091", "reason": "Cierre del plan"}

    answer = await indicators.by(PLANNER).call("POST", "/targets/closures", body)

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), answer.text
