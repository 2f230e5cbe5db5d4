"""The same measurements by the tree that reported them, and by today's; figures are worked out by hand.

One percentage, January 2019: Azuay 10/100, Cañar 30/100, Loja 80/200, Zamora 50/100, Guayas 240/300. On 1 July Azuay
and Cañar merge into a new unit that takes a quarter of Loja, Zamora takes the rest of it, and Guayas moves away.
"""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from iesspr.postgres import DatabaseUrls
from services.kit.access import Caller
from services.kit.database import asyncpg_arguments
from tests.indicators.harness import AUDITOR, READS, Indicators, grant, indicators_service, reporter
from tests.indicators.reorganising import Desk, reorganise, tell
from tests.support.organisation import records

AUGUST = datetime(2019, 8, 15, 17, tzinfo=UTC)
DAY = date(2019, 7, 1)
REPORTED = {
    "DP-AZUAY": ("10", "100"),
    "DP-CANAR": ("30", "100"),
    "DP-LOJA": ("80", "200"),
    "DP-ZAMORA-CHINCHIPE": ("50", "100"),
    "DP-GUAYAS": ("240", "300"),
}
PLAN = "POA-2019"
QUESTIONS: tuple[tuple[str, dict[str, Any]], ...] = tuple(
    (path, {"plan": PLAN, "scope": "subtree", **query})
    for path in ("/scorecards/DG", "/scorecards/IESS", "/scorecards/DP-AZUAY", "/data-quality/DG")
    for query in ({"period": "2019-01"}, {"period": "2019"}, {"period": "2019-01", "structure": "today"})
)


class Reorganised:
    """The service with what was reported; `reorganise` does what is told above."""

    def __init__(self, service: Indicators, urls: DatabaseUrls, indicator: str) -> None:
        self.service, self.urls, self.indicator = service, urls, indicator

    async def reorganise(self) -> None:
        desk = Desk(DAY)
        desk.create("DP-AUSTRO", "DG")
        desk.end("DP-AZUAY", {"DP-AUSTRO": "1"})
        desk.end("DP-CANAR", {"DP-AUSTRO": "1"})
        desk.end("DP-LOJA", {"DP-AUSTRO": "0.25", "DP-ZAMORA-CHINCHIPE": "0.75"})
        desk.move("DP-GUAYAS", "AI")
        await reorganise(self.urls.owner, desk, self.service.clock)

    async def aggregate(self, rule: str) -> None:
        owner = await asyncpg.connect(**asyncpg_arguments(self.urls.owner))
        await owner.execute(
            "UPDATE indicators.indicators SET org_aggregation = $1 WHERE code = $2", rule, self.indicator
        )
        await owner.close()

    async def read(self, path: str, **query: Any) -> Any:
        return await self.service.by(AUDITOR).get(path, 200, **{"plan": PLAN, "period": "2019-01", **query})

    async def value(self, root: str, structure: str, **query: Any) -> tuple[str | None, int]:
        found = await self.read(f"/scorecards/{root}", scope="subtree", structure=structure, **query)
        item = next((i for i in found["indicators"] if i["indicator"] == self.indicator), None)
        return (None, 0) if item is None else (item["value"], item["reported"])


@pytest_asyncio.fixture
async def desk(indicators_db: DatabaseUrls) -> AsyncIterator[Reorganised]:
    async with indicators_service(indicators_db) as service:
        indicator = await common_percentage(service)
        for province, (numerator, denominator) in REPORTED.items():
            row = {"indicator": indicator, "dependencia": province, "plan": PLAN, "period": "2019-01",
                   "numerator": numerator, "denominator": denominator}  # fmt: skip
            answer = await service.by(reporter(province)).push([row])
            assert answer.status_code == 201, answer.text
        service.clock.instant = AUGUST
        yield Reorganised(service, indicators_db, indicator)


async def common_percentage(service: Indicators) -> str:
    """A monthly percentage that each of the provinces answers for once."""
    once: list[set[str]] = []
    for province in REPORTED:
        found = await service.items("/assignments", plan=PLAN, frequency="monthly", dependencia=province)
        codes = [a["indicator"]["code"] for a in found if a["unit"] == "percent"]
        once.append({code for code in codes if codes.count(code) == 1})
    return min(set.intersection(*once))


async def test_what_was_reported_stays_with_the_tree_of_its_period(desk: Reorganised) -> None:
    await desk.aggregate("ratio")
    before = await desk.value("DG", "as_reported")
    await desk.reorganise()

    after = {root: await desk.value(root, "as_reported") for root in ("DG", "DP-AZUAY", "DP-AUSTRO", "DP-GUAYAS", "AI")}

    # (10 + 30 + 80 + 50 + 240) / (100 + 100 + 200 + 100 + 300) = 410 / 800
    assert before == ("51.2500", 5)
    assert after == {
        "DG": ("51.2500", 5),
        "DP-AZUAY": ("10", 1),
        "DP-AUSTRO": (None, 0),
        "DP-GUAYAS": ("80", 1),
        "AI": (None, 0),
    }


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # (10 + 30 + 20) / (100 + 100 + 50) · (60 + 50) / (150 + 100) · 240 / 300 · (10 + 30 + 80 + 50) / 500
        ("ratio", {"DP-AUSTRO": "24.0000", "DP-ZAMORA-CHINCHIPE": "44.0000", "AI": "80", "DG": "34.0000"}),
        # (10 + 30 + 40/4) / 2.25 · (40·3/4 + 50) / 1.75 · 80 · (10 + 30 + 40 + 50) / 4
        ("mean", {"DP-AUSTRO": "22.2222", "DP-ZAMORA-CHINCHIPE": "45.7143", "AI": "80", "DG": "32.5000"}),
        # 10 + 30 + 40/4 · 40·3/4 + 50 · 80 · 10 + 30 + 40 + 50
        ("sum", {"DP-AUSTRO": "50.00", "DP-ZAMORA-CHINCHIPE": "80.00", "AI": "80", "DG": "130"}),
        ("none", {"DP-AUSTRO": None, "DP-ZAMORA-CHINCHIPE": None, "AI": "80", "DG": None}),
    ],
)
async def test_by_todays_structure_successors_answer_for_their_share(
    desk: Reorganised, rule: str, expected: dict[str, str | None]
) -> None:
    await desk.aggregate(rule)
    await desk.reorganise()

    found = {root: (await desk.value(root, "today"))[0] for root in expected}

    assert found == expected


async def test_the_institution_as_a_whole_is_the_same_by_either_tree(desk: Reorganised) -> None:
    await desk.aggregate("ratio")
    await desk.reorganise()

    by_tree = [await desk.read("/scorecards/IESS", scope="subtree", structure=s) for s in ("as_reported", "today")]

    assert [card.pop("structure") for card in by_tree] == ["as_reported", "today"]
    assert by_tree[0]["indicators"] == by_tree[1]["indicators"]
    assert by_tree[0]["score"] == by_tree[1]["score"]
    assert by_tree[0]["summary"] == by_tree[1]["summary"]


async def test_children_are_those_of_the_chosen_tree(desk: Reorganised) -> None:
    await desk.reorganise()

    cards = [await desk.read("/scorecards/DG", scope="subtree", structure=s) for s in ("as_reported", "today")]

    then, now = ({child["dependencia"]: child for child in card["children"]} for card in cards)
    assert {"DP-AZUAY", "DP-CANAR", "DP-LOJA", "DP-GUAYAS"} <= then.keys()
    assert "DP-AUSTRO" not in then
    assert not {"DP-AZUAY", "DP-CANAR", "DP-LOJA", "DP-GUAYAS"} & now.keys()
    assert now["DP-AUSTRO"]["summary"]["reported"] == 3
    assert now["DP-ZAMORA-CHINCHIPE"]["summary"]["reported"] == 2


async def test_a_year_counts_each_month_where_its_dependencia_hung_then(desk: Reorganised) -> None:
    row = {"indicator": desk.indicator, "dependencia": "DP-GUAYAS", "plan": PLAN}
    months = [{**row, "period": f"2019-0{month}", "numerator": "30", "denominator": "300"} for month in range(6, 8)]
    await desk.reorganise()
    await desk.aggregate("sum")
    assert (await desk.service.by(reporter("DP-GUAYAS")).push(months)).status_code == 201

    found = {root: await desk.value(root, "as_reported", period="2019-S1") for root in ("DP-GUAYAS", "AI")}
    later = {root: await desk.value(root, "as_reported", period="2019-S2") for root in ("DP-GUAYAS", "AI", "DG")}
    year = {root: await desk.value(root, "as_reported", period="2019") for root in ("DP-GUAYAS", "AI")}

    # January 80 and June 10 belong to the mean of the first half, July's 10 to the second.
    assert found == {"DP-GUAYAS": ("45.0000", 1), "AI": (None, 0)}
    assert later["AI"] == later["DP-GUAYAS"] == ("10", 1)
    assert later["DG"][1] == 0
    assert (year["AI"], year["DP-GUAYAS"]) == (("10", 1), ("33.3333", 1))


async def test_comparisons_and_series_follow_the_chosen_tree(desk: Reorganised) -> None:
    await desk.aggregate("ratio")
    await desk.reorganise()
    query = {"indicator": desk.indicator, "plan": PLAN, "period": "2019-01", "dependencia": "IESS"}

    rows = {}
    for structure in ("as_reported", "today"):
        page = await desk.service.get("/comparisons", 200, **query, structure=structure, limit="200")
        rows[structure] = {i["dependencia"]: i["value"] for i in page["items"] if i["value"] is not None}
    line = await desk.service.get(
        "/series", 200, indicator=desk.indicator, dependencia="DP-AUSTRO", scope="subtree", structure="today",
        lineage="false",
    )  # fmt: skip

    assert rows["as_reported"] == {
        "DP-AZUAY": "10", "DP-CANAR": "30", "DP-LOJA": "40", "DP-ZAMORA-CHINCHIPE": "50", "DP-GUAYAS": "80",
    }  # fmt: skip
    assert rows["today"] == {"DP-AUSTRO": "24.0000", "DP-ZAMORA-CHINCHIPE": "44.0000", "DP-GUAYAS": "80"}
    assert {p["period"]: p["value"] for p in line["points"] if p["value"]} == {"2019-01": "24.0000"}


async def compared(desk: Reorganised, **query: str) -> dict[str, tuple[str | None, list[str]]]:
    """Province and provinces by dependencia."""
    asked = {"indicator": desk.indicator, "plan": PLAN, "period": "2019-01", "limit": "200", **query}
    page = await desk.service.get("/comparisons", 200, **asked)
    return {i["dependencia"]: (i["province"], i["provinces"]) for i in page["items"]}


async def test_a_map_finds_the_provinces_of_what_a_reorganisation_made(desk: Reorganised) -> None:
    await desk.reorganise()

    then, now = [await compared(desk, structure=structure) for structure in ("as_reported", "today")]

    assert then["DP-AZUAY"] == ("Azuay", ["Azuay"])
    assert "DP-AUSTRO" not in then
    assert now["DP-AUSTRO"] == (None, ["Azuay", "Cañar", "Loja"])
    assert now["DP-ZAMORA-CHINCHIPE"] == ("Zamora Chinchipe", ["Loja", "Zamora Chinchipe"])
    assert now["DP-GUAYAS"] == ("Guayas", ["Guayas"])


async def test_a_map_of_a_period_shows_the_province_of_that_period(desk: Reorganised) -> None:
    july = Desk(DAY)
    july.move("DP-GUAYAS", "AI", province="Santa Elena")
    known = desk.service.clock.now().isoformat()
    desk.service.clock.advance(timedelta(seconds=1))
    await reorganise(desk.urls.owner, july, desk.service.clock)

    found = {
        name: (await compared(desk, **query))["DP-GUAYAS"][0]
        for name, query in {
            "january": {"period": "2019-01"},
            "july": {"period": "2019-07"},
            "january by today's tree": {"period": "2019-01", "structure": "today"},
            "today's tree, as known before": {"period": "2019-07", "structure": "today", "known_at": known},
        }.items()
    }

    assert found == {
        "january": "Guayas",
        "july": "Santa Elena",
        "january by today's tree": "Santa Elena",
        "today's tree, as known before": "Guayas",
    }


async def test_every_card_before_a_reorganisation_was_told_is_repeated_to_the_byte(desk: Reorganised) -> None:
    service = desk.service

    async def readings() -> list[bytes]:
        return [(await service.call("GET", path, **query)).content for path, query in QUESTIONS]

    before, known = await readings(), service.clock.now().isoformat()
    service.clock.advance(timedelta(seconds=1))
    await desk.reorganise()
    after = await readings()

    again = [(await service.call("GET", path, **query, known_at=known)).content for path, query in QUESTIONS]

    assert again == before
    assert after != before, "the reorganisation changes something"


async def test_lists_below_a_dependencia_are_those_of_the_tree_known_then(desk: Reorganised) -> None:
    service = desk.service
    lists: tuple[tuple[str, dict[str, Any]], ...] = (
        ("/measurements", {"dependencia": "DG", "subtree": "true", "limit": "500"}),
        ("/missing-measurements", {"dependencia": "DG", "subtree": "true", "plan": PLAN, "limit": "500"}),
    )
    before = [(await service.call("GET", path, **query)).content for path, query in lists]
    known = service.clock.now().isoformat()
    service.clock.advance(timedelta(seconds=1))
    await desk.reorganise()

    after = [(await service.call("GET", path, **query)).content for path, query in lists]
    again = [(await service.call("GET", path, **query, known_at=known)).content for path, query in lists]

    assert after[0] != before[0]
    assert again == before


async def test_what_a_unit_reported_itself_is_regrouped_only_over_its_subtree(desk: Reorganised) -> None:
    query: dict[str, Any] = {"plan": PLAN, "period": "2019-01"}

    answer = await desk.service.call("GET", "/scorecards/DP-AZUAY", **query, structure="today")

    assert (answer.status_code, answer.json()["code"]) == (422, "structure-needs-subtree")


async def test_who_reads_a_successor_reads_what_it_took_over_and_nothing_else(desk: Reorganised) -> None:
    await desk.aggregate("ratio")
    await desk.reorganise()
    heir = Caller("austro.titular", "user", "Austro", (grant(READS, "DP-AUSTRO"),))
    query: dict[str, Any] = {"plan": PLAN, "period": "2019-01", "scope": "subtree", "structure": "today"}

    card = await desk.service.by(heir).call("GET", "/scorecards/DP-AUSTRO", **query)
    cells = await desk.service.by(heir).get("/measurements", plan=PLAN)

    value = next(i["value"] for i in card.json()["indicators"] if i["indicator"] == desk.indicator)
    assert value == "24.0000"
    assert cells["items"] == [], "a grant on the heir opens no cell of who reported"


async def test_an_undone_reorganisation_leaves_the_tree_as_it_was_and_its_time_readable(desk: Reorganised) -> None:
    service = desk.service
    path, query = QUESTIONS[0]
    before = (await service.call("GET", path, **query)).content
    service.clock.advance(timedelta(seconds=1))
    await desk.reorganise()
    during = (await service.call("GET", path, **{**query, "structure": "today"})).content
    known = service.clock.now().isoformat()
    service.clock.advance(timedelta(seconds=1))

    undone = [r for r in records() if r["code"] in ("DP-AZUAY", "DP-CANAR", "DP-LOJA", "DP-GUAYAS")]
    await tell(desk.urls.owner, undone, service.clock, removed=[max(r["id"] for r in records()) + 1])

    after = (await service.call("GET", path, **query)).content
    again = (await service.call("GET", path, **{**query, "structure": "today"}, known_at=known)).content
    assert after == before
    assert again == during
