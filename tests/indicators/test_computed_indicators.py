"""Indicators over other indicators: computed when an input changes, stored, judged and explained like any other."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest_asyncio

from iesspr.postgres import DatabaseUrls
from services.indicators.feeding.formulas import FormulaFeeder
from services.kit.database import Connection, asyncpg_arguments
from tests.indicators.harness import PLANNER, Indicators, indicators_service, reporter

PLAN, PROVINCE = "POA-2019", "DP-AZUAY"
SHEET = {
    "direction": "up", "time_aggregation": "mean", "org_aggregation": "mean", "frequency": "monthly",
    "unit": "percent", "reason": "prueba",
}  # fmt: skip
FORMULAS = {
    "parte-uno": None,
    "parte-dos": None,
    "conjunto": "[parte-uno] * 0.6 + [parte-dos] * 0.4",
    "sobre-el-conjunto": "[conjunto] / 3",
}


class Computed:
    """The service, its feeder, and the assignments of Azuay by indicator."""

    def __init__(self, service: Indicators, connection: Connection, codes: dict[str, str]) -> None:
        self.service, self._connection, self.codes = service, connection, codes
        self._feeder = FormulaFeeder(service.clock)

    async def report(self, indicator: str, value: str) -> Any:
        row = {"assignment": self.codes[indicator], "period": "2019-01", "value": value}
        answer = await self.service.by(reporter(PROVINCE)).push([row])
        self.service.clock.advance(timedelta(seconds=1))
        return answer.json()["rows"][0]

    async def catch_up(self) -> int:
        changed = await self._feeder.feed(self._connection)
        self.service.clock.advance(timedelta(seconds=1))
        return changed

    async def value(self, indicator: str, **query: Any) -> Any:
        return (await self.service.get(f"/measurements/{self.codes[indicator]}/2019-01", 200, **query))["value"]


async def assign(service: Indicators, indicator: str, source: str) -> str:
    one = {
        "plan": PLAN, "dependencia": PROVINCE, "indicator": indicator, "level": "N4", "statement": "Prueba",
        "frequency": "monthly", "feed_source": source, "target": {"value": "50"}, "reason": "prueba",
    }  # fmt: skip
    answer = await service.by(PLANNER).call("POST", "/assignments", one)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


@pytest_asyncio.fixture
async def computed(indicators_db: DatabaseUrls) -> AsyncIterator[Computed]:
    async with indicators_service(indicators_db) as service:
        codes = {}
        for code, formula in FORMULAS.items():
            sheet = {**SHEET, "code": code, "name": code.replace("-", " "), "formula": formula}
            assert (await service.by(PLANNER).call("POST", "/indicators", sheet)).status_code == 201
            codes[code] = await assign(service, code, "platform" if formula else "manual")
        connection: Connection = await asyncpg.connect(**asyncpg_arguments(indicators_db.app))
        try:
            yield Computed(service, connection, codes)
        finally:
            await connection.close()


async def test_a_computed_value_comes_with_its_last_input_and_follows_corrections(computed: Computed) -> None:
    await computed.report("parte-uno", "50")
    none = await computed.catch_up()
    await computed.report("parte-dos", "100")
    both = await computed.catch_up()
    idle = await computed.catch_up()
    first = [await computed.value(code) for code in ("conjunto", "sobre-el-conjunto")]
    known = computed.service.clock.now().isoformat()
    await computed.report("parte-uno", "55.5")
    await computed.catch_up()

    assert (none, both, idle) == (0, 2, 0)
    assert first == ["70", "23.3333333333"]
    assert [await computed.value(code) for code in ("conjunto", "sobre-el-conjunto")] == ["73.3", "24.4333333333"]
    assert await computed.value("conjunto", known_at=known) == "70"


async def test_it_takes_part_in_cards_and_nobody_types_over_it(computed: Computed) -> None:
    for part, value in (("parte-uno", "50"), ("parte-dos", "100")):
        await computed.report(part, value)
    await computed.catch_up()

    typed = await computed.report("conjunto", "99")
    card = await computed.service.get("/scorecards/IESS", plan=PLAN, period="2019-01", scope="subtree")

    item = next(i for i in card["indicators"] if i["indicator"] == "conjunto")
    assert typed["code"] == "fed-by-source"
    assert (item["value"], item["achievement"], item["traffic_light"]) == ("70", "140.0000", "over")


async def test_its_explanation_goes_down_to_the_cells_it_came_from(computed: Computed) -> None:
    for part, value in (("parte-uno", "50"), ("parte-dos", "100")):
        await computed.report(part, value)
    await computed.catch_up()
    known = computed.service.clock.now().isoformat()
    path = f"/measurements/{computed.codes['conjunto']}/2019-01/explain"
    before = (await computed.service.call("GET", path)).content
    computed.service.clock.advance(timedelta(seconds=1))
    await computed.report("parte-uno", "60")
    await computed.catch_up()

    told = await computed.service.get(path)
    again = (await computed.service.call("GET", path, known_at=known)).content

    cells = {cell["assignment"]: (cell["value"], cell["version"]) for cell in told["inputs"]["computed_from"]}
    assert cells == {computed.codes["parte-uno"]: ("60", 2), computed.codes["parte-dos"]: ("100", 1)}
    step = next(step for step in told["steps"] if step["rule"] == "formula")
    assert (step["text"], step["result"]) == (FORMULAS["conjunto"], "76")
    assert again == before


async def test_two_assignments_of_one_input_are_none(computed: Computed) -> None:
    for part, value in (("parte-uno", "50"), ("parte-dos", "100")):
        await computed.report(part, value)
    computed.codes["parte-uno"] = await assign(computed.service, "parte-uno", "manual")
    await computed.report("parte-uno", "10")

    changed = await computed.catch_up()

    assert changed == 0


async def test_a_new_formula_computes_anew(computed: Computed) -> None:
    for part, value in (("parte-uno", "50"), ("parte-dos", "100")):
        await computed.report(part, value)
    await computed.catch_up()
    sheet = {**SHEET, "name": "conjunto", "formula": "[parte-uno] + [parte-dos]"}

    answer = await computed.service.by(PLANNER).call("POST", "/indicators/conjunto/versions", sheet)
    await computed.catch_up()

    assert answer.status_code == 201, answer.text
    assert await computed.value("conjunto") == "150"
