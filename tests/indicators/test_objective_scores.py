"""The objectives of a card, each with its own score and coverage, worked out by hand."""

from datetime import timedelta

import asyncpg
import pytest

from iesspr.postgres import DatabaseUrls
from services.kit.database import asyncpg_arguments
from tests.indicators.harness import Indicators, reporter
from tests.indicators.test_scorecards import card

PLAN = "POA-2019"
WITHIN = {"plan": PLAN, "period": "2019-01"}
HALF_MET, MET, MISSING = "POA-2019.AZUAY.1", "POA-2019.AZUAY.2", "POA-2019.AZUAY.3"
NOT_DUE = "POA-2019.AZUAY.4"


async def arranged(service: Indicators, url: str) -> list[str]:
    """Objectives for Azuay's assignments; returns the codes of three that are of one objective, with weights 1, 3, 4.

    One more objective was met, two have one assignment of which nothing came: one is late, one falls due later. What
    is left has no objective.
    """
    monthly, quarterly = [
        [a["code"] for a in await service.items("/assignments", plan=PLAN, dependencia="DP-AZUAY", frequency=frequency)]
        for frequency in ("monthly", "quarterly")
    ]
    objectives = dict.fromkeys(monthly[:3], HALF_MET) | {monthly[3]: MET, monthly[4]: MISSING, quarterly[0]: NOT_DUE}
    weights = {monthly[0]: 1, monthly[1]: 3, monthly[2]: 4}
    connection = await asyncpg.connect(**asyncpg_arguments(url))
    try:
        await connection.execute("UPDATE indicators.assignments SET objective = NULL, weight = 1, direction = 'up'")
        await connection.execute("UPDATE indicators.targets SET kind = 'level', value = 100, level = 100")
        for code, objective in objectives.items():
            await connection.execute(
                "UPDATE indicators.assignments SET objective = $2, weight = $3 WHERE code = $1",
                code,
                objective,
                weights.get(code, 1),
            )
    finally:
        await connection.close()
    return monthly[:4]


@pytest.mark.parametrize("explained", [False, True])
async def test_each_objective_has_the_score_and_coverage_of_its_own_rows(
    indicators: Indicators, indicators_db: DatabaseUrls, explained: bool
) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    first, second, _, alone = await arranged(indicators, indicators_db.owner)
    values = {first: "50", second: "100", alone: "110"}
    sent = await azuay.push([{"assignment": a, "period": "2019-01", "value": v} for a, v in values.items()])
    assert sent.json()["created"] == 3, sent.text
    indicators.clock.advance(timedelta(days=16))

    path = "/scorecards/DP-AZUAY/explain" if explained else "/scorecards/DP-AZUAY"
    found = await azuay.get(path, 200, **WITHIN)

    assert [(o["objective"], o["score"], o["coverage"]) for o in found["objectives"]] == [
        (None, None, "0.0000"),
        (HALF_MET, "87.5000", "0.5000"),  # (1 · 50 + 3 · 100) / (1 + 3); (1 + 3) / (1 + 3 + 4)
        (MET, "100.0000", "1.0000"),  # 110 is capped at 100
        (MISSING, None, "0.0000"),
        (NOT_DUE, None, None),
    ]
    assert found["score"] == "93.7500"  # (87.5 + 100) / 2


async def test_a_card_without_assignments_has_no_objectives(loaded: Indicators) -> None:
    assert (await card(loaded, "DG"))["objectives"] == []
