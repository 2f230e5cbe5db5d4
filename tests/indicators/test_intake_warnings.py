"""What is odd about a value that is taken nevertheless: beyond what is usual, or far from the one before it."""

from tests.indicators.harness import PLANNER, Indicators, reporter
from tests.indicators.test_intake import monthly_rows, outcomes
from tests.indicators.test_policies import STRICT


async def test_a_surprising_but_possible_percentage_lands_with_a_warning(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    found = await azuay.items("/assignments", plan="POA-2019", dependencia="DP-AZUAY", frequency="monthly")
    percent = next(a for a in found if a["unit"] == "percent")

    answer = await azuay.push([{"assignment": percent["code"], "period": "2019-01", "value": "151"}])

    assert answer.json()["rows"] == [{"index": 0, "outcome": "created", "warnings": ["surprising-percent"]}]


async def test_a_jump_against_the_value_before_lands_with_a_warning(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    indicators.clock.instant = indicators.clock.instant.replace(month=4)
    rows = await monthly_rows(azuay)
    steps = [("2019-01", "10"), ("2019-02", "50"), ("2019-03", "9.99")]

    answers = [await azuay.push([{**rows[0], "period": period, "value": value}]) for period, value in steps]

    warned = [answer.json()["rows"][0].get("warnings", []) for answer in answers]
    assert warned == [[], [], ["jump-against-history"]]


async def test_a_jump_is_found_among_thousands_of_rows(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    indicators.clock.instant = indicators.clock.instant.replace(month=4)
    first, second = (await monthly_rows(azuay))[:2]
    await azuay.push([{**first, "value": "10"}, {**second, "value": "10"}])
    february = [{**first, "period": "2019-02", "value": "90"}, {**second, "period": "2019-02", "value": "11"}]
    strangers = [{"assignment": f"NADIE.{number}", "period": "2019-02", "value": "1"} for number in range(3000)]

    answer = await azuay.push([*february, *strangers])

    assert [row.get("warnings") for row in answer.json()["rows"][:2]] == [["jump-against-history"], None]
    assert answer.json()["rejected"] == 3000


async def test_what_was_warned_of_is_still_warned_of_when_nothing_changes(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    indicators.clock.instant = indicators.clock.instant.replace(month=4)
    row = (await monthly_rows(azuay))[0]
    await azuay.push([{**row, "value": "10"}])
    surprising = {**row, "period": "2019-02", "value": "90"}
    await azuay.push([surprising])

    again = await azuay.push([surprising])

    expected = {"index": 0, "outcome": "unchanged", "warnings": ["jump-against-history"]}
    assert again.json()["rows"] == [expected]


async def test_the_limits_of_a_percentage_are_policy(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    found = await azuay.items("/assignments", plan="POA-2019", dependencia="DP-AZUAY", frequency="monthly")
    percent = next(a for a in found if a["unit"] == "percent")
    rules = {"percent_error": ["0", "120"]}
    await indicators.by(PLANNER).call("POST", "/policies/IESS-2025", {**STRICT, "rules": rules})

    answer = await azuay.push([{"assignment": percent["code"], "period": "2019-01", "value": "121"}])

    assert outcomes(answer.json()) == ["out-of-range"]
    assert (await indicators.get("/policies/IESS-2025/2"))["rules"]["jump_warning_factor"] == "5"


async def test_a_percentage_below_what_is_usual_is_warned_of_too(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    found = await azuay.items("/assignments", plan="POA-2019", dependencia="DP-AZUAY", frequency="monthly")
    percent = [a["code"] for a in found if a["unit"] == "percent"]
    rules = {"percent_error": ["-50", "1000"], "percent_warning": ["0", "150"]}
    await indicators.by(PLANNER).call("POST", "/policies/IESS-2025", {**STRICT, "rules": rules})

    values = {percent[0]: "-1", percent[1]: "0", percent[2]: "151"}
    answer = await azuay.push([{"assignment": a, "period": "2019-01", "value": v} for a, v in values.items()])

    warned = [row.get("warnings") for row in answer.json()["rows"]]
    assert warned == [["surprising-percent"], None, ["surprising-percent"]]
