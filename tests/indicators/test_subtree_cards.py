"""Cards over the tree: sums of lights, rules of each indicator, children, and who may read them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import asyncpg

from iesspr.postgres import DatabaseUrls
from services.kit.access import Caller
from services.kit.database import asyncpg_arguments
from tests.indicators.harness import AUDITOR, READS, Indicators, grant, indicators_service, reporter
from tests.indicators.test_intake import monthly_rows
from tests.indicators.test_scorecards import card

PARENT = "DG"  # what the provincial directions hang from
FEBRUARY = datetime(2019, 2, 20, 17, tzinfo=UTC)


async def test_the_institution_sees_the_sum_of_its_provinces(indicators: Indicators) -> None:
    for province, count in (("DP-AZUAY", 26), ("DP-GUAYAS", 5)):
        caller = indicators.by(reporter(province))
        await caller.push((await monthly_rows(caller, province))[:count])
    indicators.clock.instant = FEBRUARY

    whole = await card(indicators, PARENT, scope="subtree")

    monthly = len(
        await indicators.items("/assignments", dependencia=PARENT, subtree="true", frequency="monthly", plan="POA-2019")
    )
    children = {child["dependencia"]: child for child in whole["children"]}
    assert whole["summary"]["reported"] == 31
    assert (whole["summary"]["green"], whole["summary"]["reported"] + whole["summary"]["missing"]) == (31, monthly)
    assert sum(child["summary"]["reported"] for child in whole["children"]) == 31
    assert children["DP-AZUAY"]["summary"]["green"] == 26
    assert (children["DP-AZUAY"]["score"], children["DP-AZUAY"]["coverage"]) == ("100.0000", "1.0000")
    assert whole["score"] == "100.0000"


async def test_the_worst_child_is_named(indicators: Indicators) -> None:
    for province, value in (("DP-AZUAY", None), ("DP-GUAYAS", "1")):
        caller = indicators.by(reporter(province))
        rows = (await monthly_rows(caller, province))[:3]
        await caller.push([{**row, "value": value or row["value"]} for row in rows])

    whole = await card(indicators, PARENT, scope="subtree")

    assert whole["worst_child"]["dependencia"] == "DP-GUAYAS"


async def test_one_indicator_of_many_dependencias_is_rolled_up_by_its_rule(indicators_db: DatabaseUrls) -> None:
    rules: dict[str, tuple[str | None, str | None]] = {
        "sum": ("90", "100"),
        "mean": ("45.0000", "50.0000"),
        "ratio": ("62.5000", "50.0000"),
        "none": (None, None),
    }
    async with indicators_service(indicators_db) as service:
        azuay, guayas = service.by(reporter("DP-AZUAY")), service.by(reporter("DP-GUAYAS"))
        code = await shared_indicator(service)
        await report(azuay, "DP-AZUAY", code, "10", "100")  # 10 %
        await report(guayas, "DP-GUAYAS", code, "240", "300")  # 80 %
        owner = await asyncpg.connect(**asyncpg_arguments(indicators_db.owner))
        await owner.execute("UPDATE indicators.targets SET level = 50, value = 50")
        for rule, (value, target) in rules.items():
            await owner.execute("UPDATE indicators.indicators SET org_aggregation = $1 WHERE code = $2", rule, code)

            found = await card(service, "IESS", scope="subtree")

            item = next(i for i in found["indicators"] if i["indicator"] == code)
            assert (item["value"], item["target"], item["reported"]) == (value, target, 2), rule
        await owner.close()


async def test_dependencias_that_go_opposite_ways_are_added_up_but_not_judged_together(
    indicators_db: DatabaseUrls,
) -> None:
    query: dict[str, Any] = {"plan": "POA-2019", "period": "2019-01", "scope": "subtree"}
    async with indicators_service(indicators_db) as service:
        code = await shared_indicator(service)
        await report(service.by(reporter("DP-AZUAY")), "DP-AZUAY", code, "10", "100")
        await report(service.by(reporter("DP-GUAYAS")), "DP-GUAYAS", code, "240", "300")
        owner = await asyncpg.connect(**asyncpg_arguments(indicators_db.owner))
        await owner.execute("UPDATE indicators.indicators SET org_aggregation = 'mean', tolerance = 5")
        await owner.execute(
            """UPDATE indicators.assignments SET direction = CASE WHEN code LIKE '%AZUAY%' THEN 'up' ELSE 'down' END,
                   tolerance = CASE WHEN code LIKE '%AZUAY%' THEN 5.00 END"""
        )
        await owner.close()

        found = await card(service, "IESS", **query)
        told = await service.get("/scorecards/IESS/explain", 200, **query, indicator=code)

    item = next(i for i in found["indicators"] if i["indicator"] == code)
    assert (item["value"], item["direction"], item["reported"]) == ("45.0000", None, 2)
    for judged in (item, told["rollups"][0]):
        assert (judged["achievement"], judged["traffic_light"]) == (None, None)


async def shared_indicator(service: Indicators) -> str:
    """A monthly percentage that every province answers for once."""
    found = await service.items("/assignments", plan="POA-2019", frequency="monthly", dependencia="DP-AZUAY")
    names = [a["indicator"]["code"] for a in found]
    other = await service.items("/assignments", plan="POA-2019", frequency="monthly", dependencia="DP-GUAYAS")
    theirs = [a["indicator"]["code"] for a in other]
    wanted = [
        a["indicator"]["code"]
        for a in found
        if a["unit"] == "percent" and names.count(a["indicator"]["code"]) == 1 == theirs.count(a["indicator"]["code"])
    ]
    return str(wanted[0])


async def report(service: Indicators, province: str, code: str, numerator: str, denominator: str) -> None:
    row = {
        "indicator": code, "dependencia": province, "plan": "POA-2019", "period": "2019-01",
        "numerator": numerator, "denominator": denominator,
    }  # fmt: skip
    answer = await service.push([row])
    assert answer.status_code == 201, answer.text


async def test_a_subtree_the_caller_does_not_reach_whole_is_refused(indicators: Indicators) -> None:
    alone = Caller("solo", "user", "Solo", (grant(READS, "DP-AZUAY", subtree=False),))

    own = await indicators.by(alone).call("GET", "/scorecards/DP-AZUAY", plan="POA-2019", period="2019-01")
    below = await indicators.by(alone).call(
        "GET", "/scorecards/DP-AZUAY", plan="POA-2019", period="2019-01", scope="subtree"
    )

    assert (own.status_code, below.status_code) == (200, 403)


async def test_a_name_of_tomorrow_is_not_shown_today(indicators_db: DatabaseUrls) -> None:
    async with indicators_service(indicators_db) as service:
        owner = await asyncpg.connect(**asyncpg_arguments(indicators_db.owner))
        former = await owner.fetchval("SELECT name FROM indicators.org_units WHERE code = 'DP-AZUAY'")
        await owner.execute("UPDATE indicators.org_units SET name = 'Nombre nuevo' WHERE code = 'DP-AZUAY'")
        await owner.execute(
            """INSERT INTO indicators.org_unit_versions (unit_id, valid_from, name)
               SELECT id, '2019-03-01', 'Nombre nuevo' FROM indicators.org_units WHERE code = 'DP-AZUAY'"""
        )
        await owner.close()

        today = await card(service, PARENT, scope="subtree")
        service.clock.instant = datetime(2019, 3, 2, 17, tzinfo=UTC)
        tomorrow = await card(service, PARENT, scope="subtree")

    assert (name_of(today, "DP-AZUAY"), name_of(tomorrow, "DP-AZUAY")) == (former, "Nombre nuevo")


def name_of(found: Any, dependencia: str) -> str:
    return str(next(child["name"] for child in found["children"] if child["dependencia"] == dependencia))


async def test_score_and_coverage_agree_with_the_cells(indicators: Indicators) -> None:
    caller = indicators.by(reporter("DP-AZUAY"))
    rows = (await monthly_rows(caller))[:10]
    await caller.push([{**row, "value": str(Decimal(row["value"]) / 2)} for row in rows])
    indicators.clock.instant = FEBRUARY

    found: Any = await card(indicators.by(AUDITOR), "DP-AZUAY", scope="subtree")

    capped = [Decimal(i["achievement_capped"]) for i in found["indicators"] if i["achievement_capped"]]
    assert abs(Decimal(found["score"]) - sum(capped, Decimal(0)) / len(capped)) < Decimal("0.001")
    assert found["coverage"] == "0.3846"
