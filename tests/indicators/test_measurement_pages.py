"""Pages of measurements, along assignments and along periods: the same cells as the whole list, and no more work."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, cast

import asyncpg
import pytest
import pytest_asyncio

from benchmarks.plan import make_institution
from iesspr.postgres import DatabaseUrls
from services.indicators.measurements.knowledge import Knowledge
from services.indicators.measurements.listings import Cells, cell_listing
from services.indicators.policies.repository import policy_in_force
from services.kit.database import Connection, Pool, asyncpg_arguments
from services.kit.pages import PageQuery
from tests.conftest import TestServer
from tests.indicators.harness import AUDITOR, Indicators, indicators_service, reporter

PLAN = "POA-2019"
PROVINCES = ("DP-AZUAY", "DP-GUAYAS", "DP-LOJA")
MONTHS = 6
Item = dict[str, Any]
SORTS: dict[str | None, Callable[[Item], Any]] = {
    None: lambda i: (i["assignment"], i["period"]),
    "-assignment": lambda i: (_backwards(i["assignment"]), i["period"]),
    "assignment,-period": lambda i: (i["assignment"], _backwards(i["period"])),
    "period": lambda i: (i["period"], i["assignment"]),
    "-period": lambda i: (_backwards(i["period"]), i["assignment"]),
    "-period,-assignment": lambda i: (_backwards(i["period"]), _backwards(i["assignment"])),
    # Cells without a value have no instant: they count as recorded before all others.
    "-recorded_at": lambda i: (_backwards(i["recorded_at"] or ""), i["assignment"], i["period"]),
}
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"plan": PLAN},
    {"dependencia": "DP-AZUAY"},
    {"dependencia": "DG", "subtree": "true"},
    {"period_from": "2019-02", "period_to": "2019-03"},
    {"status": ["green", "over"]},
    {"status": ["missing", "red"], "dependencia": "DP-AZUAY", "period_from": "2019-02", "period_to": "2019-07"},
    {"review": "submitted", "source": "prueba", "plan": PLAN},
)


def _backwards(text: str) -> tuple[int, ...]:
    return (*(-ord(letter) for letter in text), 1)


@pytest_asyncio.fixture(scope="module")
async def reported(postgres: TestServer, installed: DatabaseUrls) -> AsyncIterator[tuple[Indicators, DatabaseUrls]]:
    """Half a year of three provinces, with holes."""
    urls = await postgres.copy("indicators", installed)
    async with indicators_service(urls, now=datetime(2019, 9, 1, 17, tzinfo=UTC)) as service:
        for number, province in enumerate(PROVINCES):
            found = await service.items("/assignments", plan=PLAN, frequency="monthly", dependencia=province)
            rows = [
                {"assignment": a["code"], "period": f"2019-0{month}", "value": str(10 * month + number)}
                for place, a in enumerate(found)
                for month in range(1, MONTHS + 1)
                if (place + month + number) % 4
            ]
            service.clock.advance(timedelta(minutes=1))
            assert (await service.by(reporter(province)).push(rows)).status_code == 201
        yield service, urls
    await postgres.drop(urls)


async def walked(service: Indicators, **query: Any) -> list[Item]:
    """All items, page by page of 23."""
    found: list[Item] = []
    cursor: dict[str, str] = {}
    while True:
        page = await service.get("/measurements", **query, **cursor, limit="23")
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


@pytest.mark.parametrize("query", FILTERS, ids=str)
async def test_pages_of_every_order_hold_the_whole_list(
    reported: tuple[Indicators, DatabaseUrls], query: dict[str, Any]
) -> None:
    service, _ = reported
    whole = await service.get("/measurements", **query, limit="500", include_total="true")

    for sort, key in SORTS.items():
        found = await walked(service, **query, **({} if sort is None else {"sort": sort}))

        assert found == sorted(whole["items"], key=key), sort
    assert 23 < whole["total"] == len(whole["items"])


async def test_pages_of_the_past_hold_what_was_known_then(reported: tuple[Indicators, DatabaseUrls]) -> None:
    service, _ = reported
    before_loja = (service.clock.now() - timedelta(seconds=30)).isoformat()

    by_sort = [await walked(service, sort=sort, known_at=before_loja) for sort in ("assignment", "-period")]

    assert {item["dependencia"] for item in by_sort[0]} == {"DP-AZUAY", "DP-GUAYAS"}
    assert sorted(by_sort[1], key=SORTS[None]) == by_sort[0]


async def test_a_province_pages_through_its_own_cells_only(reported: tuple[Indicators, DatabaseUrls]) -> None:
    service, _ = reported
    loja = service.by(reporter("DP-LOJA"))

    for sort in ("assignment", "-period"):
        assert {item["dependencia"] for item in await walked(loja, sort=sort)} == {"DP-LOJA"}


def _read(plan: dict[str, Any]) -> int:
    """Rows that the nodes over measurements gave or threw away."""
    thrown = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
    own = (plan["Actual Rows"] + thrown) * plan["Actual Loops"] if plan.get("Relation Name") == "measurements" else 0
    return int(own) + sum(_read(part) for part in plan.get("Plans", ()))


class _Explained:
    """A pool that also asks what a page's statement read."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.rows_read = connection, 0

    async def fetch(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        told = await self.connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *arguments)
        self.rows_read = _read(json.loads(told)[0]["Plan"])
        return await self.connection.fetch(sql, *arguments)


async def test_a_page_reads_a_few_cells_and_not_all(postgres: TestServer, installed: DatabaseUrls) -> None:
    urls = await postgres.copy("indicators", installed)
    stored = await asyncio.to_thread(make_institution, urls.owner, units=0, years=range(2017, 2020), assignments=3)
    connection = await asyncpg.connect(**asyncpg_arguments(urls.owner))
    pool = _Explained(connection)
    read: dict[str, int] = {}
    callers = {"all": AUDITOR, "a province": reporter("DP-AZUAY")}
    later = datetime.now(UTC) + timedelta(days=1)  # the assignments were recorded today
    try:
        policy = await policy_in_force(connection, later)
        for (name, caller), past in product(callers.items(), (False, True)):
            for sort in ("assignment", "-assignment", "period", "-period"):
                listing = cell_listing(caller, policy, Knowledge(later, is_past=past), Cells(with_empty=False))
                page = PageQuery(10, None, False, sort, None)
                await listing._page(cast(Pool, pool), page, listing._order(sort), sort)
                read[f"{name}, {sort}, {'as known' if past else 'now'}"] = pool.rows_read
    finally:
        await connection.close()
    await postgres.drop(urls)

    # The page, one more to know whether there is another; each found, sorted and shown, and of months what they hold.
    assert stored > 20_000
    assert all(0 < rows < 1_500 for rows in read.values()), read
