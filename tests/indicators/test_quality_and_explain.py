"""Data quality counts what was due; an explanation recomputes what the lists show."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.indicators.domain.explain import FORMULAS
from tests.indicators.harness import Indicators, owner, reporter
from tests.indicators.test_intake import monthly_rows
from tests.indicators.test_reviews import act

LATER = datetime(2019, 2, 20, 17, tzinfo=UTC)


async def quality(service: Indicators, dependencia: str = "DP-AZUAY", **query: Any) -> Any:
    return await service.get(f"/data-quality/{dependencia}", **{"plan": "POA-2019", "period": "2019-01", **query})


async def test_quality_counts_what_came_what_came_in_time_and_what_was_never_returned(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    rows = await monthly_rows(azuay)
    await azuay.push(rows[:13])
    await act(indicators.by(owner("DP-AZUAY")), "return", assignments=[rows[0]["assignment"]], reason="revisar")
    indicators.clock.instant = LATER
    await azuay.push(rows[13:20])

    found = await quality(azuay)

    assert (found["due"], found["reported"], found["on_time"], found["returned"]) == (26, 20, 13, 1)
    assert (found["completeness"], found["timeliness"], found["reliability"]) == ("0.7692", "0.5000", "0.4615")


async def test_a_correction_of_a_value_in_time_does_not_make_it_late(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    rows = await monthly_rows(azuay)
    await azuay.push(rows[:1])
    indicators.clock.instant = LATER
    await azuay.push([{**rows[0], "value": "1"}])

    assert (await quality(azuay))["on_time"] == 1


async def test_nothing_due_has_no_shares(indicators: Indicators) -> None:
    found = await quality(indicators)

    assert (found["due"], found["completeness"], found["reliability"]) == (0, None, None)


async def test_the_subtree_adds_its_children_up(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    await azuay.push(await monthly_rows(azuay))
    indicators.clock.instant = LATER

    whole = await quality(indicators, "DG", scope="subtree")

    province = next(child for child in whole["children"] if child["dependencia"] == "DP-AZUAY")
    assert (province["reported"], province["completeness"]) == (26, "1.0000")
    assert sum(child["due"] for child in whole["children"]) <= whole["due"]
    assert whole["reported"] == 26


@pytest.mark.parametrize("value", ["0", "0.5", "1", "77.7", "1000"])
async def test_an_explanation_ends_where_the_list_does(indicators: Indicators, value: str) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    rows = [{**row, "value": value} for row in await monthly_rows(azuay)]
    await azuay.push(rows)

    for cell in await azuay.items("/measurements"):
        told = await azuay.get(f"/measurements/{cell['assignment']}/{cell['period']}/explain")
        names = ("value", "target", "achievement", "achievement_capped", "traffic_light", "policy")
        assert {name: told[name] for name in names} == {name: cell[name] for name in names}
        assert told["rule"] in FORMULAS
        assert all(step["text"] for step in told["steps"])


async def test_an_explanation_names_inputs_versions_and_who_sent_it(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    row = (await monthly_rows(azuay))[0]
    batch = (await azuay.push([{**row, "value": None, "numerator": "3", "denominator": "4"}])).json()

    told = await azuay.get(f"/measurements/{row['assignment']}/2019-01/explain")

    assert told["inputs"]["measurement"]["batch_id"] == batch["batch_id"]
    assert told["inputs"]["measurement"]["submitted_by"] == "DP-AZUAY.reporte"
    assert [step["rule"] for step in told["steps"]][:2] == ["target", "ratio"]
    assert Decimal(told["steps"][1]["result"]) == 75


async def test_an_empty_cell_says_why_it_is_empty(indicators: Indicators) -> None:
    row = (await monthly_rows(indicators.by(reporter("DP-AZUAY"))))[0]

    told = await indicators.get(f"/measurements/{row['assignment']}/2019-01/explain")

    assert (told["state"], told["value"], told["traffic_light"]) == ("not_due", None, None)
    assert told["steps"][-1]["rule"] == "state"


async def test_a_foreign_explanation_does_not_exist(indicators: Indicators) -> None:
    row = (await monthly_rows(indicators.by(reporter("DP-AZUAY"))))[0]

    await indicators.by(reporter("DP-GUAYAS")).get(f"/measurements/{row['assignment']}/2019-01/explain", 404)
