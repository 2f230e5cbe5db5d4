"""What numerator and denominator make: on arrival, over months and over provinces, by one formula."""

from decimal import Decimal
from typing import Any

import pytest

from services.indicators.domain.formula import evaluate, parse_formula
from services.indicators.measurements.knowledge import NOW
from services.indicators.scoring.formulas import formula_sql, term_formulas
from tests.indicators.harness import PLANNER, Indicators, reporter

PLAN = "POA-2019"
SHEET = {
    "name": "Tasa de prueba", "direction": "up", "time_aggregation": "ratio", "org_aggregation": "ratio",
    "frequency": "monthly", "reason": "prueba",
}  # fmt: skip


async def shared(service: Indicators, code: str, **sheet: Any) -> dict[str, str]:
    """A new indicator, answered for by two provinces; the codes of their assignments."""
    office = service.by(PLANNER)
    added = await office.call("POST", "/indicators", {**SHEET, "code": code, **sheet})
    assert added.status_code == 201, added.text
    codes = {}
    for province in ("DP-AZUAY", "DP-GUAYAS"):
        one = {"plan": PLAN, "dependencia": province, "indicator": code, "level": "N4", "statement": "Tasa",
               "frequency": "monthly", "reason": "prueba"}  # fmt: skip
        answer = await office.call("POST", "/assignments", one)
        codes[province] = answer.json()["code"]
    return codes


async def report(service: Indicators, code: str, period: str, numerator: str, denominator: str, **more: str) -> Any:
    province = code.split(".")[1]
    row = {"assignment": code, "period": period, "numerator": numerator, "denominator": denominator, **more}
    answer = await service.by(reporter(province)).push([row])
    body = answer.json()
    return body["rows"][0].get("code") or body["rows"][0]["outcome"]


async def rolled(service: Indicators, code: str, period: str) -> Any:
    card = await service.get("/scorecards/IESS", plan=PLAN, period=period, scope="subtree")
    return next(i["value"] for i in card["indicators"] if i["indicator"] == code)


@pytest.mark.parametrize(
    ("unit", "formula", "january", "both"),
    [
        ("percent", None, "75", "70.0000"),  # 100 · 3/4; 100 · (3 + 4)/(4 + 6)
        ("ratio", None, "0.75", "0.7000"),
        (None, None, "0.75", "0.7000"),
        ("index", "1000 * numerator / denominator", "750", "700.0000"),
        ("percent", "100 * (denominador - numerador) / denominador", "25", "30.0000"),
    ],
)
async def test_arrival_and_roll_ups_compute_alike(
    indicators: Indicators, unit: str | None, formula: str | None, january: str, both: str
) -> None:
    codes = await shared(indicators, "tasa-de-prueba", unit=unit, formula=formula)

    outcomes = [
        await report(indicators, codes["DP-AZUAY"], "2019-01", "3", "4"),
        await report(indicators, codes["DP-GUAYAS"], "2019-01", "4", "6"),
    ]

    cell = await indicators.get(f"/measurements/{codes['DP-AZUAY']}/2019-01")
    assert outcomes == ["created", "created"]
    assert Decimal(cell["value"]) == Decimal(january)
    assert await rolled(indicators, "tasa-de-prueba", "2019-01") == both
    told = await indicators.get(f"/measurements/{codes['DP-AZUAY']}/2019-01/explain")
    step = next(step for step in told["steps"] if step["result"] is not None)
    assert Decimal(step["result"]) == Decimal(january)
    assert (step["rule"] == "formula") is (formula is not None)


async def test_a_value_that_contradicts_its_formula_or_has_none_is_refused(indicators: Indicators) -> None:
    codes = await shared(indicators, "tasa-de-prueba", unit="index", formula="numerator / (denominator - 4)")

    contradicts = await report(indicators, codes["DP-AZUAY"], "2019-01", "3", "6", value="2.0")
    impossible = await report(indicators, codes["DP-AZUAY"], "2019-01", "3", "4")
    agrees = await report(indicators, codes["DP-AZUAY"], "2019-01", "3", "6", value="1.5")

    assert (contradicts, impossible, agrees) == ("ratio-mismatch", "ratio-mismatch", "created")


async def test_formulas_in_sql_are_those_of_the_domain_digit_for_digit(indicators: Indicators) -> None:
    pool = indicators.app.state.database.pool
    for text in (
        "100 * numerator / denominator", "-numerator / 3 + denominator * 2.5", "(numerator - denominator) / numerator",
        "numerator / (denominator - denominator)", "7 / 9 * numerator - denominator / 11",
    ):  # fmt: skip
        node = parse_formula(text)
        for numerator, denominator in (("3", "7"), ("-2.25", "1000000.0001"), ("0.0000000001", "3")):
            terms = {"numerator": Decimal(numerator), "denominator": Decimal(denominator)}
            found = await pool.fetchval(f"SELECT {formula_sql(node, numerator, denominator)}")

            assert found == evaluate(node, terms, {}), (text, numerator, denominator)


async def test_only_formulas_over_terms_alone_compute_arriving_values(indicators: Indicators) -> None:
    await shared(indicators, "tasa-de-prueba", unit="ratio", formula="numerator / denominator")
    await shared(indicators, "indice-de-prueba", unit="ratio", formula="[tasa-de-prueba] * 2")

    found = await term_formulas(indicators.app.state.database.pool, NOW)

    assert len(found) == 1


async def test_the_longest_formula_there_may_be_stops_nobody(indicators: Indicators) -> None:
    codes = await shared(indicators, "tasa-larga", unit="index", formula="numerator / denominator" + " + 1" * 99)
    longer = {**SHEET, "code": "tasa-mas-larga", "unit": "index", "formula": "numerator" + " + 1" * 101}

    refused = await indicators.by(PLANNER).call("POST", "/indicators", longer)

    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-formula")
    assert await report(indicators, codes["DP-AZUAY"], "2019-01", "1", "2") == "created"
    assert await rolled(indicators, "tasa-larga", "2019-01") == "99.5"


@pytest.mark.parametrize(
    ("sent", "kept"), [("33", "33.3333333333"), ("33.33", "33.3333333333"), ("33.3333333333", "33.3333333333")]
)
async def test_the_terms_make_the_value_however_it_is_rounded_beside_them(
    indicators: Indicators, sent: str, kept: str
) -> None:
    codes = await shared(indicators, "tasa-de-prueba", unit="percent")
    cell = f"/measurements/{codes['DP-AZUAY']}/2019-01"

    first = await report(indicators, codes["DP-AZUAY"], "2019-01", "1", "3", value=sent)
    again = await report(indicators, codes["DP-AZUAY"], "2019-01", "1", "3", value=sent)

    assert (first, again) == ("created", "unchanged")
    assert (await indicators.get(cell))["value"] == kept


async def test_a_value_equal_to_what_its_terms_make_is_kept_as_it_was_written(indicators: Indicators) -> None:
    codes = await shared(indicators, "tasa-de-prueba", unit="percent")

    await report(indicators, codes["DP-AZUAY"], "2019-01", "189", "200", value="94.50")

    assert (await indicators.get(f"/measurements/{codes['DP-AZUAY']}/2019-01"))["value"] == "94.50"
