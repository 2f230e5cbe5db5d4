"""An assignment that people reported and a source feeds from now on."""

from decimal import Decimal

import asyncpg

from iesspr.postgres import DatabaseUrls
from services.indicators.feeding.storing import store_value
from services.kit.database import asyncpg_arguments
from tests.indicators.harness import indicators_service
from tests.indicators.test_intake import monthly_rows
from tests.indicators.test_separation import EVA


async def test_a_fed_value_keeps_nothing_of_the_one_somebody_sent(indicators_db: DatabaseUrls) -> None:
    async with indicators_service(indicators_db) as service:
        row = (await monthly_rows(service))[0]
        remarks = {"note": "según acta", "evidence_url": "https://evidencia.example/1", "evidence_sha256": "a" * 64}
        sent = await service.by(EVA).push([{**row, "value": "900", **remarks}])
        assert sent.json()["rows"][0]["warnings"] == ["surprising-percent"]
        connection = await asyncpg.connect(**asyncpg_arguments(indicators_db.app))
        cell = await connection.fetchrow(
            "SELECT dependencia_id, id, $2::text AS period FROM indicators.assignments WHERE code = $1",
            row["assignment"],
            row["period"],
        )
        assert cell is not None

        await store_value(connection, cell, Decimal("81.5"), None, None, "budget", service.clock.now())

        await connection.close()
        url = f"/measurements/{row['assignment']}/{row['period']}"
        shown = await service.get(url)
        history = (await service.get(f"{url}/history"))["items"]

    assert (shown["value"], shown["source"], shown["submitted_for"]) == ("81.5", "budget", None)
    assert (shown["note"], shown["evidence"], shown["warnings"]) == (None, None, [])
    assert [(version["note"], version["submitted_for"]) for version in history] == [(None, None), ("según acta", "ana")]
