"""A year in which the unit of measure changed is not added up as if it had not: cards say what they leave out."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.indicators.domain.rollup import Part, TimeAggregation, over_time
from services.indicators.scorecards import statement
from services.indicators.scoring.formulas import NO_FORMULAS
from services.kit.database import asyncpg_arguments
from tests.indicators.harness import Indicators, owner, reporter
from tests.indicators.test_series import RELIABILITY_2019, pushed
from tests.indicators.test_sheets import replace
from tests.support.examples import examples

APRIL = datetime(2019, 4, 10, 17, tzinfo=UTC)
QUERY: dict[str, Any] = {"plan": "POA-2019", "period": "2019"}


async def turned(service: Indicators, **months: str) -> None:
    """January and February in percent; from 10 April on the sheet measures a ratio, in which months come."""
    service.clock.instant = APRIL - timedelta(days=1)
    await pushed(service, "DP-AZUAY", RELIABILITY_2019, m01="80", m02="90")
    service.clock.instant = APRIL
    assert (await replace(service, RELIABILITY_2019, unit="ratio")).status_code == 201
    service.clock.advance(timedelta(hours=1))
    if months:
        await pushed(service, "DP-AZUAY", RELIABILITY_2019, **months)


async def row_of(service: Indicators, dependencia: str = "DP-AZUAY", **query: str) -> Any:
    card = await service.get(f"/scorecards/{dependencia}", **{**QUERY, **query})
    return next(row for row in card["indicators"] if row["indicator"] == RELIABILITY_2019)


async def test_a_year_adds_up_the_unit_of_its_latest_report_and_names_what_it_leaves_out(
    indicators: Indicators,
) -> None:
    await turned(indicators, m03="0.9")

    own, below = await row_of(indicators), await row_of(indicators, "DP-AZUAY", scope="subtree")

    left_out = {"because": "unit-changed", "unit": "percent", "cells": 2, "periods": ["2019-01", "2019-02"]}
    for row in (own, below):
        assert (row["unit"], Decimal(row["value"]), row["excluded"]) == ("ratio", Decimal("0.9"), [left_out])
    assert (own["reported"], own["expected"]) == (3, 3)


async def test_what_was_sent_in_one_unit_is_added_up_in_it_whatever_the_sheet_says_now(indicators: Indicators) -> None:
    await turned(indicators)

    year = await row_of(indicators)
    january = await row_of(indicators, period="2019-01")

    assert (year["unit"], Decimal(year["value"]), year["excluded"]) == ("percent", Decimal(85), [])
    assert (january["unit"], january["value"], january["excluded"]) == ("percent", "80", [])


async def test_a_roll_up_keeps_units_apart_and_counts_what_each_leaves_out(indicators: Indicators) -> None:
    await turned(indicators, m03="0.9")
    await pushed(indicators, "DP-LOJA", RELIABILITY_2019, m01="0.7", m02="0.5")
    indicators.clock.instant = APRIL - timedelta(hours=1)
    await pushed(indicators, "DP-GUAYAS", RELIABILITY_2019, m01="70")
    indicators.clock.instant = APRIL + timedelta(hours=2)

    card = await indicators.get("/scorecards/IESS", **QUERY, scope="subtree", live="true")

    rows = {row["unit"]: row for row in card["indicators"] if row["indicator"] == RELIABILITY_2019}
    assert (Decimal(rows["percent"]["value"]), rows["percent"]["excluded"]) == (Decimal(70), [])
    assert (Decimal(rows["ratio"]["value"]), rows["ratio"]["reported"]) == (Decimal("0.75"), 2)
    assert [(left["unit"], left["cells"]) for left in rows["ratio"]["excluded"]] == [("percent", 2)]


async def test_the_same_number_sent_again_is_a_value_of_the_new_unit(indicators: Indicators) -> None:
    await turned(indicators, m03="0.9")
    assert len((await row_of(indicators))["excluded"]) == 1

    cells = {"indicator": RELIABILITY_2019, "dependencia": "DP-AZUAY", "plan": "POA-2019"}
    assignment = (await row_of(indicators))["assignment"]
    named = await indicators.by(reporter("DP-AZUAY")).push([{**cells, "period": "2019-01", "value": "80"}])
    bare = [{"assignment": assignment, "period": "2019-02", "value": "90"}]
    plain = await indicators.by(reporter("DP-AZUAY")).push(bare)
    again = await indicators.by(reporter("DP-AZUAY")).push(bare)

    assert [answer.json()["updated"] for answer in (named, plain, again)] == [1, 1, 0]
    assert (await row_of(indicators))["excluded"] == []


async def test_the_explanation_says_why_a_reported_value_is_not_used(indicators: Indicators) -> None:
    await turned(indicators, m03="0.9")

    told = await indicators.get("/scorecards/DP-AZUAY/explain", **QUERY, indicator=RELIABILITY_2019)

    (rollup,) = told["rollups"]
    cells = {cell["period"]: (cell["unit"], cell["because"]) for cell in rollup["used"][0]["cells"]}
    assert (rollup["unit"], Decimal(rollup["value"])) == ("ratio", Decimal("0.9"))
    assert cells["2019-01"] == cells["2019-02"] == ("percent", "unit-changed")
    assert cells["2019-03"] == ("ratio", None)


async def test_a_card_of_the_past_and_one_of_approved_values_keep_their_units(indicators: Indicators) -> None:
    indicators.clock.instant = APRIL - timedelta(days=1)
    await pushed(indicators, "DP-AZUAY", RELIABILITY_2019, m01="80", m02="90")
    before = await indicators.call("GET", "/scorecards/DP-AZUAY", **QUERY)
    seen = indicators.clock.instant
    for period in ("2019-01", "2019-02"):
        act = {"action": "approve", "dependencia": "DP-AZUAY", "period": period}
        indicators.clock.advance(timedelta(minutes=1))
        assert (await indicators.by(owner("DP-AZUAY")).call("POST", "/reviews", act)).status_code == 200
    indicators.clock.instant = APRIL
    await replace(indicators, RELIABILITY_2019, unit="ratio")
    indicators.clock.advance(timedelta(hours=1))
    await pushed(indicators, "DP-AZUAY", RELIABILITY_2019, m02="0.4", m03="0.9")

    then = await indicators.call("GET", "/scorecards/DP-AZUAY", **QUERY, known_at=seen.isoformat())
    approved = await row_of(indicators, approved_only="true")

    assert then.content == before.content
    assert (approved["unit"], Decimal(approved["value"]), approved["excluded"]) == ("percent", Decimal(85), [])


UNITS = st.sampled_from(["percent", "ratio", "count", None])
FIGURES = st.integers(0, 10**6).map(lambda number: Decimal(number).scaleb(-2))
CELLS = st.lists(st.tuples(st.none() | FIGURES, UNITS), min_size=1, max_size=12)


@pytest.mark.laws
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=examples(60))
@given(cells=CELLS, rule=st.sampled_from(list(TimeAggregation)))
async def test_the_database_adds_up_units_as_the_law_does(
    loaded: Indicators, cells: list[tuple[Decimal | None, str | None]], rule: TimeAggregation
) -> None:
    """Cells of one assignment through both arithmetics; of a ratio, the values' terms are value and 1."""
    shown = ", ".join(f"c.{name}" for name in statement.CELL)
    drawn = f"""drawn AS (
        SELECT 1 AS dependencia_id, 1 AS id, 1 AS indicator_id, '{rule}' AS time_aggregation, n::text AS period,
               date '2019-01-01' + n::integer AS last_day, unit, true AS had_another,
               CASE WHEN value IS NULL THEN 'missing' ELSE 'reported' END AS state, value, value AS numerator,
               CASE WHEN value IS NOT NULL THEN 1::numeric END AS denominator, NULL AS review, value AS level,
               NULL::numeric AS level_to, 1::numeric AS share
        FROM unnest($1::numeric[], $2::text[]) WITH ORDINALITY AS d (value, unit, n))"""
    sql = f"""WITH {drawn}, source AS (SELECT {shown}, c.share FROM drawn c), {statement.in_one_unit("source")}
        SELECT c.unit, count(*) FILTER (WHERE c.state = 'reported' AND NOT c.adds) AS excluded,
               {statement.over_time(NO_FORMULAS)}
        FROM counted c GROUP BY c.dependencia_id, c.id, c.indicator_id, c.unit, c.time_aggregation"""
    connection = await asyncpg.connect(**asyncpg_arguments(loaded.app.state.database.url))
    try:
        rows = await connection.fetch(sql, [value for value, _ in cells], [unit for _, unit in cells])
    finally:
        await connection.close()

    parts = [Part(value, value, None if value is None else Decimal(1), unit=unit) for value, unit in cells]
    latest = next((unit for value, unit in reversed(cells) if value is not None), None)
    law = over_time(parts, rule, Decimal(100 if latest == "percent" else 1))
    if law.reported == 0:
        assert {row["value"] for row in rows} == {None}
        return
    (row,) = [row for row in rows if row["state"] == "reported"]
    assert (row["unit"], row["excluded"], row["value"]) == (latest, law.excluded, law.value)
