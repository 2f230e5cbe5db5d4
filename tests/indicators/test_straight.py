"""A batch that goes straight leaves and answers what the checking statement would have; all others go by that."""

from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.indicators.intake import binary, receiving
from services.indicators.intake.staging import Staging
from services.kit.database import asyncpg_arguments
from tests.indicators.harness import Indicators, reporter
from tests.indicators.test_intake import Row, monthly_rows
from tests.support.examples import examples

_FACTS = """SELECT dependencia_id, assignment_id, period, version, value::text, numerator, denominator, note,
    evidence_url, evidence_sha256, source, submitted_by, review, returned_count, warnings, first_recorded_at,
    recorded_at FROM indicators.measurements ORDER BY 1, 2, 3"""


async def read(service: Indicators, sql: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(**asyncpg_arguments(service.app.state.database.url))
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which batches the checking statement decided: a word for each."""
    decided: list[str] = []
    row_by_row = receiving._row_by_row

    async def counted(*arguments: Any) -> Any:
        decided.append("row by row")
        return await row_by_row(*arguments)

    monkeypatch.setattr(receiving, "_row_by_row", counted)
    return decided


async def months(azuay: Indicators) -> list[Row]:
    azuay.clock.instant = azuay.clock.instant.replace(month=4)
    rows = await monthly_rows(azuay)
    return [{**row, "period": period, "value": "5"} for row in rows for period in ("2019-02", "2019-01", "2019-03")]


async def test_new_cells_land_as_the_checking_statement_would_land_them(
    indicators: Indicators, monkeypatch: pytest.MonkeyPatch, statements: list[str]
) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    rows = await months(azuay)
    dry = await azuay.push(rows, dry_run="true")
    assert statements == ["row by row"]

    straight = await azuay.push(rows)

    assert statements == ["row by row"]
    facts = await read(azuay, _FACTS)
    event = await read(azuay, "SELECT data->'groups' FROM indicators.events ORDER BY position DESC LIMIT 1")
    async with azuay.app.state.database.sessions() as session, session.begin():
        connection = await (await session.connection()).get_raw_connection()
        await connection.driver_connection.execute("DELETE FROM indicators.measurements")
    monkeypatch.setattr(Staging, "plain_rows", lambda _: None)
    decided = await azuay.push(rows)
    assert statements == ["row by row", "row by row"]
    assert await read(azuay, _FACTS) == facts
    assert await read(azuay, "SELECT data->'groups' FROM indicators.events ORDER BY position DESC LIMIT 1") == event
    bodies = [answer.json() for answer in (dry, straight, decided)]
    for body in bodies:
        body.update(batch_id="", dry_run=False)
    assert bodies[0] == bodies[1] == bodies[2]


async def test_a_batch_that_is_all_there_changes_nothing_on_the_straight_way(
    indicators: Indicators, statements: list[str]
) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    rows = await months(azuay)
    await azuay.push(rows)
    before = await read(azuay, _FACTS)

    again = await azuay.push(rows)

    assert (again.json()["unchanged"], statements) == (len(rows), [])
    assert [row["outcome"] for row in again.json()["rows"]] == ["unchanged"] * len(rows)
    assert await read(azuay, _FACTS) == before


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"value": "4"}, "updated"),
        ({"value": "5.0"}, "unchanged"),
        ({"value": "151"}, "updated"),
        ({"note": "nota"}, "updated"),
        ({"period": "2019-04"}, "period-not-open"),
        ({"assignment": "NADIE"}, "unknown-assignment"),
        ({"value": "1.0.0"}, "invalid-number"),
    ],
)
async def test_one_row_out_of_the_ordinary_has_its_own_answer(
    indicators: Indicators, change: dict[str, str], outcome: str
) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    rows = await months(azuay)
    await azuay.push(rows)

    answer = await azuay.push([*rows[:-1], {**rows[-1], **change}])

    last = answer.json()["rows"][-1]
    assert last.get("code", last["outcome"]) == outcome
    assert {row["outcome"] for row in answer.json()["rows"][:-1]} == {"unchanged"}


async def test_a_month_after_others_is_held_against_them(indicators: Indicators, statements: list[str]) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    rows = [row for row in await months(azuay) if row["period"] != "2019-03"]
    march = [{**row, "period": "2019-03"} for row in rows[::2]]
    await azuay.push(rows)

    calm = await azuay.push(march[1:])
    jumping = await azuay.push([{**march[0], "value": "25.01"}])

    assert (calm.json()["created"], statements) == (len(march) - 1, ["row by row"])
    assert jumping.json()["rows"][0]["warnings"] == ["jump-against-history"]


@pytest.mark.laws
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=examples(10))
@given(decimals=st.lists(st.from_regex(r"\A-?[0-9]{1,20}(\.[0-9]{1,10})?\Z"), min_size=1, max_size=50))
async def test_a_number_in_binary_is_the_number_in_text(loaded: Indicators, decimals: list[str]) -> None:
    connection = await asyncpg.connect(**asyncpg_arguments(loaded.app.state.database.url))
    try:
        await connection.execute("CREATE TEMP TABLE taken (number bigint, middle integer, value numeric, ending text)")
        # Two rows a group, the last perhaps with one: each with the number of its group, and its own value.
        pairs = [decimals[start : start + 2] for start in range(0, len(decimals), 2)]
        groups = [
            ((4).to_bytes(2) + binary.bigint(number), [binary.integer(7) + binary.numeric(value) for value in pair])
            for number, pair in enumerate(pairs)
        ]

        async def stream() -> Any:
            for chunk in binary.rows(groups, binary.text("fin")):
                yield chunk

        await connection.copy_to_table("taken", source=stream(), format="binary")
        found = await connection.fetch("SELECT number, value::text AS value, middle, ending FROM taken ORDER BY ctid")
        again = await connection.fetch("SELECT v::numeric::text FROM unnest($1::text[]) AS v", decimals)
    finally:
        await connection.close()
    assert [row["value"] for row in found] == [row[0] for row in again]
    assert {(row["middle"], row["ending"]) for row in found} == {(7, "fin")}
    assert [row["number"] for row in found] == [index // 2 for index, _ in enumerate(decimals)]
    assert [Decimal(row["value"]) for row in found] == [Decimal(text) for text in decimals]
