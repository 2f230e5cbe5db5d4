"""Every number of a card, told from its rows: what is worked out again from them is what the card says."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import asyncpg
import pytest

from iesspr.postgres import DatabaseUrls
from services.kit.database import asyncpg_arguments
from tests.indicators.harness import AUDITOR, Indicators, indicators_service, reporter
from tests.indicators.reorganising import Desk, reorganise
from tests.support.examples import examples

PLAN = "POA-2019"
OF_OBJECTIVE = ("objective", "score", "coverage")
PROVINCES = ("DP-AZUAY", "DP-CANAR", "DP-GUAYAS", "DP-LOJA", "DP-ZAMORA-CHINCHIPE")
SEPTEMBER = datetime(2019, 9, 15, 17, tzinfo=UTC)


async def reported(service: Indicators) -> None:
    """A third of the months of five provinces, with terms or without, also none, zero and below zero."""
    chance = Random(7)
    for province in PROVINCES:
        rows: list[dict[str, Any]] = []
        for assignment in await service.items("/assignments", plan=PLAN, frequency="monthly", dependencia=province):
            for month in range(1, 9):
                row: dict[str, Any] = {"assignment": assignment["code"], "period": f"2019-0{month}"}
                if chance.random() < 0.5:
                    row["value"] = str(Decimal(chance.randint(0, 12000)) / 100)
                else:
                    row.update(numerator=str(chance.randint(0, 50)), denominator=str(chance.randint(60, 99)))
                if chance.random() < 0.4:
                    rows.append(row)
        answer = await service.by(reporter(province)).push(rows)
        assert answer.status_code == 201, answer.text


async def reorganised(service: Indicators, url: str) -> None:
    desk = Desk(date(2019, 7, 1))
    desk.create("DP-AUSTRO", "DG")
    desk.end("DP-AZUAY", {"DP-AUSTRO": "1"})
    desk.end("DP-LOJA", {"DP-AUSTRO": "0.3", "DP-ZAMORA-CHINCHIPE": "0.7"})
    desk.move("DP-GUAYAS", "AI")
    await reorganise(url, desk, service.clock)


async def varied(url: str) -> None:
    """Every rule of aggregation, and targets of every sort."""
    owner = await asyncpg.connect(**asyncpg_arguments(url))
    await owner.execute(
        """UPDATE indicators.indicators SET
               org_aggregation = (ARRAY['sum', 'mean', 'weighted', 'ratio', 'none'])[1 + id % 5],
               time_aggregation = (ARRAY['sum', 'mean', 'last', 'max', 'ratio'])[1 + id / 5 % 5],
               tolerance = CASE WHEN id % 3 = 0 THEN 5 END"""
    )
    await owner.execute("UPDATE indicators.assignments SET weight = 1 + id % 4, objective = 'O' || id % 3")
    await owner.execute(
        """UPDATE indicators.targets SET level = CASE WHEN assignment_id % 7 = 0 THEN NULL WHEN assignment_id % 11 = 0
               THEN 0 ELSE level END"""
    )
    await owner.close()


@pytest.mark.laws
@pytest.mark.timeout(240)
async def test_what_is_worked_out_again_is_what_the_card_says(indicators_db: DatabaseUrls) -> None:
    async with indicators_service(indicators_db) as service:
        await varied(indicators_db.owner)
        service.clock.instant = SEPTEMBER
        await reported(service)
        await reorganised(service, indicators_db.owner)
        compared = 0
        for root, scope, structure in (
            ("DP-AZUAY", "own", "as_reported"), ("DG", "subtree", "as_reported"), ("DG", "subtree", "today"),
            ("DP-AUSTRO", "subtree", "today"), ("AI", "subtree", "as_reported"),
        ):  # fmt: skip
            for period in ("2019-02", "2019"):
                query = {"plan": PLAN, "period": period, "scope": scope, "structure": structure}
                card = await service.by(AUDITOR).get(f"/scorecards/{root}", 200, **query)
                told = await service.by(AUDITOR).get(f"/scorecards/{root}/explain", 200, **query)
                assert (told["score"], told["coverage"]) == (card["score"], card["coverage"]), query
                if scope == "own":
                    told_apart = [{name: o[name] for name in OF_OBJECTIVE} for o in told["objectives"]]
                    assert told_apart == card["objectives"]
                    continue
                for item in card["indicators"][:: 10 // examples(1)]:
                    path = f"/scorecards/{root}/explain"
                    found = await service.get(path, 200, **query, indicator=item["indicator"])
                    same = [
                        r for r in found["rollups"]
                        if (r["unit"], r["frequency"]) == (item["unit"], item["frequency"])
                    ]  # fmt: skip
                    for name in ("value", "target", "achievement", "traffic_light"):
                        assert same[0][name] == item[name], (query, item, same[0])
                    assert (len(same[0]["used"]), item["reported"]) == (item["reported"], item["reported"])
                    compared += 1
        assert compared > examples(10)


async def test_an_explanation_names_what_was_used_and_what_was_skipped(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    found = await azuay.items("/assignments", plan=PLAN, frequency="monthly", dependencia="DP-AZUAY")
    await azuay.push([{"assignment": found[0]["code"], "period": "2019-01", "value": "10"}])
    indicators.clock.advance(timedelta(days=10))
    query = {"plan": PLAN, "period": "2019-01"}

    told = await indicators.get("/scorecards/DP-AZUAY/explain", 200, **query)
    rolled = await indicators.get(
        "/scorecards/DG/explain", 200, **query, scope="subtree", indicator=found[0]["indicator"]["code"]
    )

    used = [row["assignment"] for objective in told["objectives"] for row in objective["used"]]
    because = {row["because"] for objective in told["objectives"] for row in objective["skipped"]}
    assert used == [found[0]["code"]]
    assert because == {"missing", "not_due"}
    assert told["policy"] == "IESS-2025@1"
    cells = [cell for row in rolled["rollups"][0]["used"] for cell in row["cells"]]
    assert [(cell["period"], cell["value"], cell["state"]) for cell in cells] == [("2019-01", "10", "reported")]


async def test_what_is_not_in_the_card_has_no_explanation(loaded: Indicators) -> None:
    query = {"plan": PLAN, "period": "2019-01", "indicator": "no-existe"}

    await loaded.get("/scorecards/DP-AZUAY/explain", 404, **query)


async def test_an_explanation_of_the_past_is_repeated_to_the_byte(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    found = await azuay.items("/assignments", plan=PLAN, frequency="monthly", dependencia="DP-AZUAY")
    rows = [{"assignment": found[0]["code"], "period": "2019-01", "value": value} for value in ("10", "20")]
    await azuay.push(rows[:1])
    query = {"plan": PLAN, "period": "2019-01", "indicator": found[0]["indicator"]["code"]}
    before, known = (await azuay.call("GET", "/scorecards/DP-AZUAY/explain", **query)).content, indicators.clock.now()
    indicators.clock.advance(timedelta(seconds=1))
    await azuay.push(rows[1:])

    again = await azuay.call("GET", "/scorecards/DP-AZUAY/explain", **query, known_at=known.isoformat())

    assert again.content == before
