"""Cards, series, data quality and policies answer exactly what the OpenAPI document declares."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from iesspr.postgres import DatabaseUrls
from services.kit.database import asyncpg_arguments
from tests.indicators.harness import PLANNER, Indicators, owner, reporter
from tests.indicators.test_card_explanations import PLAN, SEPTEMBER, reorganised, reported, varied
from tests.indicators.test_intake import monthly_rows
from tests.indicators.test_policies import STRICT
from tests.indicators.test_series import MAY, RELIABILITY_2019, RELIABILITY_2025
from tests.support.declared import judge

CARD, EXPLAIN = "/scorecards/{dependencia}", "/scorecards/{dependencia}/explain"
YEAR = {"plan": PLAN, "period": "2019"}
JANUARY = {"plan": PLAN, "period": "2019-01"}
DECEMBER = {"plan": PLAN, "period": "2019-12"}
BELOW = {"scope": "subtree"}
TODAY = {"scope": "subtree", "structure": "today"}
RULES = {
    "percent_warning": ["5", "120.5"], "jump_warning_factor": "3", "indicator_weight": "equal",
    "reliability": "on_time_without_errors_never_returned",
}  # fmt: skip


class Judge:
    """Asks as whoever the service says, and holds every answer against the document."""

    def __init__(self, service: Indicators) -> None:
        self.service = service

    async def get(self, template: str, address: str = "", /, **query: Any) -> Any:
        found = await self.service.get(address or template, 200, **query)
        judge(self.service.app.openapi(), "GET", template, 200, found)
        return found

    async def post(self, template: str, address: str, body: object, status: int, **query: Any) -> Any:
        found = await self.service.post(address, body, status, **query)
        judge(self.service.app.openapi(), "POST", template, status, found)
        return found


async def furnish(service: Indicators, urls: DatabaseUrls) -> None:
    """Five provinces with a third of their months, objectives, every rule, a range, an exemption and an approval;
    then a reorganisation."""
    await varied(urls.owner)
    connection = await asyncpg.connect(**asyncpg_arguments(urls.owner))
    try:
        await connection.execute("UPDATE indicators.assignments SET objective = NULL WHERE id % 3 = 0")
        # Of every second indicator all targets are known; of half of these they are ranges.
        await connection.execute("UPDATE indicators.assignments SET direction = 'range' WHERE indicator_id % 4 = 0")
        await connection.execute(
            """UPDATE indicators.targets t
               SET level = coalesce(t.level, 50), level_to = CASE WHEN a.direction = 'range' THEN 100 END
               FROM indicators.assignments a
               WHERE a.dependencia_id = t.dependencia_id AND a.id = t.assignment_id AND a.indicator_id % 2 = 0"""
        )
    finally:
        await connection.close()
    service.clock.instant = SEPTEMBER
    await reported(service)
    (assignment,) = await service.items("/assignments", plan=PLAN, dependencia="DP-NAPO", indicator=RELIABILITY_2019)
    why = {"assignment": assignment["code"], "period": "2019-01", "reason": "Sin sistema ese mes"}
    await service.by(PLANNER).post("/calendar/exemptions", why)
    approval = {"action": "approve", "dependencia": "DP-AZUAY", "period": "2019-01"}
    await service.by(owner("DP-AZUAY")).post("/reviews", approval, 200)
    await reorganised(service, urls.owner)


@pytest.mark.timeout(240)
async def test_cards_and_their_explanations_are_as_declared(
    indicators: Indicators, indicators_db: DatabaseUrls
) -> None:
    ask = Judge(indicators)
    assert (await ask.get(CARD, "/scorecards/IESS", **JANUARY, **BELOW))["worst_child"] is None
    await furnish(indicators, indicators_db)

    own = await ask.get(CARD, "/scorecards/DP-AZUAY", **JANUARY)
    await ask.get(CARD, "/scorecards/DP-AZUAY", **YEAR, approved_only="true")
    later = await ask.get(CARD, "/scorecards/DP-AZUAY", **DECEMBER)
    below = await ask.get(CARD, "/scorecards/DG", **YEAR, **BELOW)
    today = await ask.get(CARD, "/scorecards/DG", **YEAR, **TODAY)
    await ask.get(CARD, "/scorecards/IESS", **JANUARY, **BELOW, live="true")
    await ask.get(EXPLAIN, "/scorecards/DP-AZUAY/explain", **JANUARY)
    await ask.get(EXPLAIN, "/scorecards/DG/explain", **JANUARY, **BELOW)
    score = await ask.get(EXPLAIN, "/scorecards/DG/explain", **YEAR, **TODAY)
    judged = next(item["indicator"] for item in below["indicators"] if item["achievement"])
    for indicator in (judged, RELIABILITY_2019):
        for query in (BELOW, TODAY):
            told = await ask.get(EXPLAIN, "/scorecards/DG/explain", **YEAR, **query, indicator=indicator)
            assert all(row["cells"] for rollup in told["rollups"] for row in rollup["used"] + rollup["skipped"])
    rolled = await ask.get(EXPLAIN, "/scorecards/DG/explain", **JANUARY, **BELOW, indicator=judged)

    assert {o["objective"] is None for o in own["objectives"]} == {True, False}
    assert {i["review"] for i in own["indicators"]} == {"approved", None}
    assert (later["score"], {i["state"] for i in later["indicators"]}) == (None, {"not_due"})
    assert any(i["target_to"] for i in own["indicators"])
    assert {r["because"] for o in score["objectives"] for r in o["skipped"]} >= {"missing", "not_due", "unscored"}
    assert all(rolled["rollups"][0][name] for name in ("achievement", "used", "skipped"))
    assert below["worst_child"]
    assert all(card["children"] and card["indicators"] for card in (below, today))


@pytest.mark.timeout(240)
async def test_series_comparisons_and_quality_are_as_declared(
    indicators: Indicators, indicators_db: DatabaseUrls
) -> None:
    ask = Judge(indicators)
    indicators.clock.instant = MAY
    await ask.get("/data-quality/{dependencia}", "/data-quality/DP-AZUAY", **DECEMBER)
    await furnish(indicators, indicators_db)

    page = {"plan": PLAN, "indicator": RELIABILITY_2019, "limit": 2, "include_total": "true"}
    compared = await ask.get("/comparisons", **page, period="2019-01")
    await ask.get("/comparisons", **page, period="2019-01", cursor=compared["next_cursor"])
    everybody = {"plan": PLAN, "indicator": RELIABILITY_2019, "limit": 500}
    now = await ask.get("/comparisons", **everybody, period="2019", structure="today")
    none = await ask.get("/comparisons", **everybody, period="2019-12")
    own = await ask.get("/series", indicator=RELIABILITY_2019, dependencia="DP-GUAYAS")
    card = (await indicators.get("/scorecards/DP-GUAYAS", **YEAR))["indicators"]
    ranged = next(item["indicator"] for item in card if item["target_to"] and item["achievement"])
    for query in ({}, TODAY):
        root = "DG" if query else "DP-GUAYAS"
        points = (await ask.get("/series", indicator=ranged, dependencia=root, **query))["points"]
        assert any(p["target_to"] for p in points)
        assert {p["achievement"] is None for p in points} == {True, False}
    quality = await ask.get("/data-quality/{dependencia}", "/data-quality/DG", **YEAR, **TODAY)
    always = await ask.get("/data-quality/{dependencia}", "/data-quality/DP-AZUAY", plan=PLAN)
    indicators.clock.instant = indicators.clock.instant.replace(year=2026)
    turned = await ask.get("/series", indicator=RELIABILITY_2025, dependencia="IESS", **BELOW)

    assert {i["rank"] is None for i in now["items"]} == {True, False}
    assert {i["assignment"] is None for i in now["items"]} == {True, False}
    assert (none["statistics"]["median"], compared["statistics"]["median"] is None) == (None, False)
    assert {p["value"] is None for p in own["points"]} == {True, False}
    assert any(p["breaks"] for p in turned["points"])
    assert quality["children"]
    assert always["period"] is None


async def test_policies_and_what_they_would_say_are_as_declared(indicators: Indicators) -> None:
    ask, office = Judge(indicators), Judge(indicators.by(PLANNER))
    azuay = indicators.by(reporter("DP-AZUAY"))
    await azuay.push((await monthly_rows(azuay))[::2])

    await office.post("/policies/{code}", "/policies/IESS-2025", {**STRICT, "rules": RULES}, 201)
    new = await office.post("/policies/{code}", "/policies/OTRA", STRICT, 201)
    listed = await ask.get("/policies", include_total="true")
    await ask.get("/policies/{code}/{version}", "/policies/IESS-2025/2")
    read = await ask.get("/policies/{code}/{version}", "/policies/OTRA/1")
    what_if = "/policies/{code}/what-if/{dependencia}"
    own = await office.post(what_if, "/policies/IESS-2025/what-if/DP-AZUAY", STRICT, 200, **JANUARY)
    below = await office.post(what_if, "/policies/IESS-2025/what-if/IESS", STRICT, 200, **JANUARY, **BELOW)

    assert {p["in_force"] for p in listed["items"]} == {True, False}
    assert new["rules"] == read["rules"] == {}
    assert {i["traffic_light"] for i in own["indicators"]} == {"red", None}
    assert below["worst_child"] == {"dependencia": "CD", "score": "100.0000"}
