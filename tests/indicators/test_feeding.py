"""Reliability is computed into its own indicator, and nobody types over it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest_asyncio

from iesspr.postgres import DatabaseUrls
from services.indicators.feeding.reliability import ReliabilityFeeder
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


async def test_nobody_types_over_a_fed_value(indicators: Indicators, connection: Connection) -> None:
    await patch(indicators, FED, feed_source="platform")

    answer = await indicators.by(reporter("DP-AZUAY")).push([{"assignment": FED, "period": "2019-01", "value": "100"}])

    assert answer.json()["rows"][0]["code"] == "fed-by-source"
