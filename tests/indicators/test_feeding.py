"""Reliability is computed into its own indicator, and nobody types over it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, cast

import asyncpg
import pytest
import pytest_asyncio

from iesspr.postgres import DatabaseUrls
from services.indicators.feeding.peers import PeerFeeder
from services.indicators.feeding.reliability import ReliabilityFeeder
from services.kit.clients import PeerUnavailable, ServiceClient
from services.kit.database import Connection, asyncpg_arguments
from tests.indicators.harness import Indicators, owner, reporter
from tests.indicators.test_assigning import patch
from tests.indicators.test_intake import monthly_rows
from tests.indicators.test_reviews import act

FED = "POA-2019.DP-AZUAY.001"
LATER = datetime(2019, 2, 20, 17, tzinfo=UTC)


@pytest_asyncio.fixture
async def connection(indicators_db: DatabaseUrls) -> AsyncIterator[Connection]:
    found: Connection = await asyncpg.connect(**asyncpg_arguments(indicators_db.app))
    yield found
    await found.close()


async def test_reliability_is_fed_on_every_push_and_review(indicators: Indicators, connection: Connection) -> None:
    await patch(indicators, FED, feed_source="platform")
    feeder = ReliabilityFeeder(indicators.clock)
    azuay = indicators.by(reporter("DP-AZUAY"))
    rows = [row for row in await monthly_rows(azuay) if row["assignment"] != FED]
    await azuay.push(rows[:20])
    indicators.clock.instant = LATER

    await feeder.feed(connection)
    first = await azuay.get(f"/measurements/{FED}/2019-01")
    again = await feeder.feed(connection)
    await act(indicators.by(owner("DP-AZUAY")), "return", assignments=[rows[0]["assignment"]], reason="revisar")
    await feeder.feed(connection)
    second = await azuay.get(f"/measurements/{FED}/2019-01")

    assert (first["value"], first["numerator"], first["denominator"]) == ("80.0000", "20", "25")
    assert (first["source"], again) == ("platform", 0)
    assert (second["value"], second["version"]) == ("76.0000", 2)


async def test_a_day_that_turns_makes_cells_due_without_any_event(
    indicators: Indicators, connection: Connection
) -> None:
    await patch(indicators, FED, feed_source="platform")
    feeder = ReliabilityFeeder(indicators.clock)

    before = await feeder.feed(connection)
    indicators.clock.instant = LATER
    after = await feeder.feed(connection)

    assert (before, after) == (0, 1)
    assert (await indicators.get(f"/measurements/{FED}/2019-01"))["value"] == "0.0000"


class Plans:
    """What the plans service answers, as this service calls it."""

    def __init__(self) -> None:
        self.position = 0
        self.budget: list[dict[str, Any]] = []
        self.timeliness = {"in_time": 0, "due": 0}
        self.down = False
        self.asked: set[tuple[str, bool]] = set()

    async def get(self, path: str, *, params: dict[str, Any]) -> Any:
        if self.down:
            raise PeerUnavailable("plans: down")
        if path == "/feed":
            fresh = self.position > params["after"]
            return {"items": [{"type": "budget-execution.received"}] if fresh else [], "position": self.position}
        if path == "/api/v1/budget-execution":
            return {"items": [row for row in self.budget if row["year"] == params["year"]], "next_cursor": None}
        month = params["month"]
        self.asked.add((params["dependencia"], params["subtree"]))
        return self.timeliness if month == 1 else {"in_time": 0, "due": 0}


def budget(month: int, company: str, current: str, accrued: str) -> dict[str, Any]:
    return {"year": 2019, "month": month, "company": company, "group": None, "current": current, "accrued": accrued}


async def test_budget_execution_feeds_its_indicator_without_retyping(
    indicators: Indicators, connection: Connection
) -> None:
    await patch(indicators, FED, feed_source="budget", feed_rule={"companies": ["201", "202"]})
    indicators.clock.instant = datetime(2019, 3, 5, 17, tzinfo=UTC)
    plans = Plans()
    feeder = PeerFeeder({"plans": cast(ServiceClient, plans)}, indicators.clock)
    plans.budget = [budget(1, "201", "100", "10"), budget(1, "202", "300", "50"), budget(1, "203", "900", "900")]

    first = await feeder.feed(connection)
    idle = await feeder.feed(connection)
    plans.budget.append(budget(2, "201", "100", "60"))
    plans.position = 7
    second = await feeder.feed(connection)
    values = {m["period"]: m for m in await indicators.items("/measurements", assignment=FED)}

    assert (first, idle, second) == (1, 0, 1)
    assert (values["2019-01"]["value"], values["2019-01"]["numerator"]) == ("15.0000", "60")
    assert (values["2019-02"]["value"], values["2019-02"]["source"]) == ("60.0000", "budget")


async def test_reforms_answered_in_time_feed_theirs(indicators: Indicators, connection: Connection) -> None:
    await patch(indicators, FED, feed_source="pac")
    indicators.clock.instant = LATER
    plans = Plans()
    plans.timeliness = {"in_time": 3, "due": 4}

    changed = await PeerFeeder({"plans": cast(ServiceClient, plans)}, indicators.clock).feed(connection)

    assert changed == 1
    assert (await indicators.get(f"/measurements/{FED}/2019-01"))["value"] == "75.0000"


async def test_who_answers_reforms_is_measured_by_those_of_others(
    indicators: Indicators, connection: Connection
) -> None:
    indicators.clock.instant = LATER
    plans = Plans()
    feeder = PeerFeeder({"plans": cast(ServiceClient, plans)}, indicators.clock)

    await patch(indicators, FED, feed_source="pac")
    await feeder.feed(connection)
    own = set(plans.asked)
    await patch(indicators, FED, feed_rule={"reforms_of": "IESS"})
    plans.asked.clear()
    await feeder.feed(connection)

    assert (own, plans.asked) == ({("DP-AZUAY", False)}, {("IESS", True)})


async def test_a_source_that_cannot_be_reached_is_asked_again(indicators: Indicators, connection: Connection) -> None:
    await patch(indicators, FED, feed_source="budget")
    indicators.clock.instant = LATER
    plans = Plans()
    plans.budget = [budget(1, "201", "100", "10")]
    feeder = PeerFeeder({"plans": cast(ServiceClient, plans)}, indicators.clock)
    plans.down = True

    nothing = await feeder.feed(connection)
    plans.down = False
    afterwards = await feeder.feed(connection)

    assert (nothing, afterwards) == (0, 1)


async def test_nobody_types_over_a_fed_value(indicators: Indicators, connection: Connection) -> None:
    await patch(indicators, FED, feed_source="platform")

    answer = await indicators.by(reporter("DP-AZUAY")).push([{"assignment": FED, "period": "2019-01", "value": "100"}])

    assert answer.json()["rows"][0]["code"] == "fed-by-source"


async def test_the_planning_office_answers_for_all_that_is_registered(
    indicators: Indicators, connection: Connection
) -> None:
    await patch(indicators, FED, feed_source="platform", feed_rule={"reliability_of": "IESS"})
    feeder = ReliabilityFeeder(indicators.clock)
    await feeder.feed(connection)
    guayas = indicators.by(reporter("DP-GUAYAS"))
    await guayas.push((await monthly_rows(guayas, "DP-GUAYAS"))[:6])

    touched = await feeder.feed(connection)
    indicators.clock.instant = LATER
    await feeder.feed(connection)
    cell = await indicators.get(f"/measurements/{FED}/2019-01")
    whole = await indicators.get("/data-quality/IESS", plan="POA-2019", period="2019-01", scope="subtree")

    assert touched == 1, "what another dependencia reports is measured too"
    # The quality of everything counts the fed cell itself too.
    assert (cell["numerator"], cell["denominator"]) == ("6", str(whole["due"] - 1))
    assert whole["reliable"] == 7


@pytest.mark.parametrize(("source", "part"), [("platform", "reliability_of"), ("pac", "reforms_of")])
async def test_what_is_of_a_dependencia_that_does_not_exist_is_refused(
    indicators: Indicators, source: str, part: str
) -> None:
    answer = await patch(indicators, FED, feed_source=source, feed_rule={part: "NADIE"})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/feed_rule/{part}")


async def test_the_planning_office_s_answers_to_the_pac_are_counted_from_the_start(
    indicators: Indicators, connection: Connection
) -> None:
    """POA 2025 asks it for all reforms in time, and those are here: nobody sets the feed, nobody types the figure."""
    plans = Plans()
    plans.timeliness = {"in_time": 1, "due": 2}
    indicators.clock.instant = datetime(2026, 1, 20, 17, tzinfo=UTC)
    before = await indicators.get("/assignments/POA-2025.DNPL.001")

    await PeerFeeder({"plans": cast(ServiceClient, plans)}, indicators.clock).feed(connection)

    [cell] = await indicators.items("/measurements", assignment="POA-2025.DNPL.001")
    assert (before["feed_source"], before["feed_rule"]["reforms_of"]) == ("pac", "IESS")
    assert (cell["value"], cell["numerator"], cell["denominator"], cell["source"]) == ("50.0000", "1", "2", "pac")
    assert plans.asked == {("IESS", True)}
