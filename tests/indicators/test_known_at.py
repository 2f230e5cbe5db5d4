"""What was known then is what was read then, to the byte."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from iesspr.postgres import DatabaseUrls
from services.kit.database import Connection, asyncpg_arguments
from tests.indicators.harness import Indicators, indicators_service, owner, reporter
from tests.indicators.test_assigning import patch
from tests.indicators.test_intake import monthly_rows
from tests.indicators.test_reviews import act
from tests.indicators.test_sheets import replace
from tests.indicators.test_targets import put

READINGS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/scorecards/DP-AZUAY", {"plan": "POA-2019", "period": "2019-01"}),
    ("/scorecards/DP-AZUAY", {"plan": "POA-2019", "period": "2019"}),
    ("/scorecards/DP-AZUAY", {"plan": "POA-2019", "period": "2019-01", "approved_only": "true"}),
    ("/scorecards/DP-AZUAY", {"plan": "POA-2019", "period": "2019-01", "scope": "subtree"}),
    ("/data-quality/DP-AZUAY", {"plan": "POA-2019"}),
    ("/measurements/POA-2019.DP-AZUAY.001/2019-01/explain", {}),
    ("/missing-measurements", {"plan": "POA-2019"}),
    ("/measurements", {"dependencia": "DP-AZUAY"}),
    ("/measurements", {"dependencia": "DP-AZUAY", "status": ["missing", "reported"], "limit": "500"}),
)


async def test_every_reading_before_a_correction_is_byte_equal_to_the_one_made_at_the_time(
    indicators: Indicators,
) -> None:
    azuay, titular = indicators.by(reporter("DP-AZUAY")), indicators.by(owner("DP-AZUAY"))
    rows = await monthly_rows(azuay)
    asked = [*READINGS]
    readings: list[tuple[str, dict[str, Any], str, bytes]] = []

    async def read_all() -> None:
        indicators.clock.advance(timedelta(seconds=1))
        for path, query in asked:
            answer = await azuay.call("GET", path, **query)
            assert answer.status_code == 200, answer.text
            readings.append((path, dict(query), indicators.clock.now().isoformat(), answer.content))
        indicators.clock.advance(timedelta(days=3))

    await read_all()
    await azuay.push(rows[:10])
    await read_all()
    await act(titular, "approve", assignments=[row["assignment"] for row in rows[:5]])
    await read_all()
    await azuay.push([{**row, "value": "1"} for row in rows[:3]])
    await read_all()
    await azuay.push(rows)
    await act(titular, "return", reason="revisar")
    await read_all()
    sheet = await indicators.get(f"/measurements/{rows[0]['assignment']}/2019-01")
    one = {"indicator": sheet["indicator"]}
    asked.append(("/series", {**one, "dependencia": "DP-AZUAY"}))
    asked.append(("/comparisons", {**one, "plan": "POA-2019", "period": "2019-01", "dependencia": "DP-AZUAY"}))
    await read_all()
    assert (await replace(indicators, sheet["indicator"], direction="down", tolerance="7")).status_code == 201
    await read_all()
    assert (await patch(indicators, rows[1]["assignment"], weight="9", tolerance="3")).status_code == 200
    assert (await put(indicators, rows[2]["assignment"], value="12")).status_code == 200
    await read_all()

    assert len({content for *_, content in readings}) > 30
    for path, query, instant, content in readings:
        again = await azuay.call("GET", path, **query, known_at=instant)
        assert again.content == content, (path, query, instant)


@pytest.mark.parametrize(
    "instant",
    ["2019-02-04T17:00:00", "2019-02-04", "1549299600", "2199-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "ayer"],
)
@pytest.mark.parametrize(("path", "query"), READINGS[:1] + READINGS[-1:])
async def test_an_instant_without_zone_or_in_the_future_is_refused(
    loaded: Indicators, instant: str, path: str, query: dict[str, Any]
) -> None:
    answer = await loaded.call("GET", path, **query, known_at=instant)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "query/known_at"


async def test_an_instant_while_a_batch_was_being_committed_does_not_see_it(indicators_db: DatabaseUrls) -> None:
    async with indicators_service(indicators_db, now=datetime.now(UTC)) as service:
        azuay = service.by(reporter("DP-AZUAY"))
        rows = (await monthly_rows(azuay))[:3]
        await azuay.push([{**rows[0], "value": "3"}])
        service.clock.instant = datetime.now(UTC)
        # The seal waits for this lock, so that the batch has written everything and cannot commit.
        gate: Connection = await asyncpg.connect(**asyncpg_arguments(indicators_db.owner))
        await gate.execute("BEGIN; SELECT pg_advisory_xact_lock(hashtext('indicators'), 1)")
        pushing = asyncio.create_task(azuay.push([{**row, "value": "5"} for row in rows]))
        await asyncio.sleep(0.5)
        meanwhile = service.clock.instant = datetime.now(UTC)
        query: dict[str, Any] = {"plan": "POA-2019", "period": "2019-01"}
        during = (await azuay.call("GET", "/scorecards/DP-AZUAY", **query, live="true")).content
        await asyncio.sleep(0.2)
        await gate.execute("COMMIT")
        assert (await pushing).status_code == 201
        await gate.close()
        service.clock.instant = datetime.now(UTC)
        after = (await azuay.call("GET", "/scorecards/DP-AZUAY", **query, live="true")).content

        again = (await azuay.call("GET", "/scorecards/DP-AZUAY", **query, known_at=meanwhile.isoformat())).content
        latest = service.clock.instant.isoformat()
        now = (await azuay.call("GET", "/scorecards/DP-AZUAY", **query, known_at=latest)).content

    assert during != after
    assert again == during
    assert now == after


async def test_the_instant_that_a_version_shows_names_that_version(indicators_db: DatabaseUrls) -> None:
    async with indicators_service(indicators_db, now=datetime.now(UTC)) as service:
        azuay = service.by(reporter("DP-AZUAY"))
        row = (await monthly_rows(azuay))[0]
        gate: Connection = await asyncpg.connect(**asyncpg_arguments(indicators_db.owner))
        for value in ("3", "5"):
            await gate.execute("BEGIN; SELECT pg_advisory_xact_lock(hashtext('indicators'), 1)")
            service.clock.instant = datetime.now(UTC)
            pushing = asyncio.create_task(azuay.push([{**row, "value": value}]))
            await asyncio.sleep(0.3)  # the batch has taken its instant and waits for its seal
            service.clock.instant = datetime.now(UTC)
            await gate.execute("COMMIT")
            assert (await pushing).status_code == 201
        await gate.close()
        path = f"/measurements/{row['assignment']}/{row['period']}"

        shown = await azuay.items(f"{path}/history")

        assert [version["value"] for version in shown] == ["5", "3"]
        for version in shown:
            read = await azuay.get(path, known_at=version["recorded_at"])
            assert (read["version"], read["value"]) == (version["version"], version["value"])
