"""One indicator over time and over dependencias, with warnings where a comparison would mislead."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.indicators.harness import PLANNER, Indicators, owner, reporter
from tests.indicators.test_sheets import replace

MAY = datetime(2019, 5, 20, 17, tzinfo=UTC)
RELIABILITY_2019 = "porcentaje-de-informacion-de-calidad-registrada-en-el-iesspr"
RELIABILITY_2025 = "fiabilidad-de-informacion-registrada-en-el-iesspr"


async def series(service: Indicators, indicator: str, dependencia: str = "DP-AZUAY", **query: Any) -> Any:
    return await service.get("/series", indicator=indicator, dependencia=dependencia, **query)


async def pushed(service: Indicators, province: str, code: str, **values: str) -> None:
    rows = [
        {"indicator": code, "dependencia": province, "plan": "POA-2019", "period": f"2019-{month[1:]}", "value": value}
        for month, value in values.items()
    ]
    answer = await service.by(reporter(province)).push(rows)
    assert answer.json()["rejected"] == 0, answer.text


async def test_a_series_runs_through_the_months_and_says_what_is_missing(indicators: Indicators) -> None:
    indicators.clock.instant = MAY
    await pushed(indicators, "DP-AZUAY", RELIABILITY_2019, m01="80", m02="90", m04="100")

    found = await series(indicators, RELIABILITY_2019, lineage="false")

    assert [(p["period"], p["value"], p["state"]) for p in found["points"]] == [
        ("2019-01", "80", "reported"),
        ("2019-02", "90", "reported"),
        ("2019-03", None, "missing"),
        ("2019-04", "100", "reported"),
    ]
    assert all(point["comparable"] for point in found["points"])


async def test_a_series_over_the_tree_uses_the_indicators_rule_and_counts_who_reported(indicators: Indicators) -> None:
    indicators.clock.instant = MAY
    await pushed(indicators, "DP-AZUAY", RELIABILITY_2019, m01="80")
    await pushed(indicators, "DP-GUAYAS", RELIABILITY_2019, m01="90")

    found = await series(indicators, RELIABILITY_2019, "DG", scope="subtree", lineage="false")

    january = found["points"][0]
    assert (Decimal(january["value"]), january["reported"], january["expected"]) == (Decimal(85), 2, 24)


async def test_lineage_joins_the_names_and_flags_what_changed(indicators: Indicators) -> None:
    indicators.clock.instant = datetime(2026, 2, 1, tzinfo=UTC)
    await pushed(indicators, "DP-AZUAY", RELIABILITY_2019, m12="80")

    found = await series(indicators, RELIABILITY_2025, "IESS", scope="subtree")

    assert RELIABILITY_2019 in found["lineage"]
    assert RELIABILITY_2025 in found["lineage"]
    turn = next(point for point in found["points"] if point["indicator"] == RELIABILITY_2025)
    assert turn["comparable"] is False
    assert {"definition-changed", "frequency-changed"} <= set(turn["breaks"])


async def test_values_reported_before_a_change_of_unit_keep_theirs_and_the_turn_is_flagged(
    indicators: Indicators,
) -> None:
    await pushed(indicators, "DP-AZUAY", RELIABILITY_2019, m01="80")
    indicators.clock.instant = datetime(2019, 3, 4, 17, tzinfo=UTC)
    changed = await replace(indicators, RELIABILITY_2019, unit="ratio")
    indicators.clock.instant = datetime(2019, 3, 5, 17, tzinfo=UTC)
    await pushed(indicators, "DP-AZUAY", RELIABILITY_2019, m02="0.9")
    row = {"action": "approve", "dependencia": "DP-AZUAY", "period": "2019-01"}
    approved = await indicators.by(owner("DP-AZUAY")).call("POST", "/reviews", row)

    found = await series(indicators, RELIABILITY_2019, lineage="false")
    query = {"plan": "POA-2019", "period": "2019", "dependencia": "DP-AZUAY"}
    compared = await indicators.get("/comparisons", indicator=RELIABILITY_2019, **query)

    assert (changed.status_code, approved.status_code) == (201, 200)
    assert [(p["period"], p["value"], p["unit"], p["comparable"], p["breaks"]) for p in found["points"]] == [
        ("2019-01", "80", "percent", True, []),
        ("2019-02", "0.9", "ratio", False, ["unit-changed"]),
    ]
    assert (compared["comparable"], compared["units"]) == (False, ["percent", "ratio"])


async def test_dependencias_are_ranked_with_quartiles_and_provinces(indicators: Indicators) -> None:
    indicators.clock.instant = MAY
    values = {"DP-AZUAY": "80", "DP-GUAYAS": "95", "DP-LOJA": "60", "DP-PICHINCHA": "90"}
    for province, value in values.items():
        await pushed(indicators, province, RELIABILITY_2019, m01=value)

    found = await indicators.get("/comparisons", indicator=RELIABILITY_2019, plan="POA-2019", period="2019-01")

    top = [(item["rank"], item["quartile"], item["dependencia"]) for item in found["items"][:4]]
    assert top == [(1, 1, "DP-GUAYAS"), (2, 2, "DP-PICHINCHA"), (3, 3, "DP-AZUAY"), (4, 4, "DP-LOJA")]
    assert found["items"][0]["province"] is not None
    assert (found["statistics"]["reported"], found["statistics"]["median"]) == (4, "80")
    assert found["comparable"] is True


async def test_equal_results_share_rank_and_quartile(indicators: Indicators) -> None:
    indicators.clock.instant = MAY
    values = {"DP-AZUAY": "80", "DP-GUAYAS": "80", "DP-LOJA": "80", "DP-PICHINCHA": "60", "DP-NAPO": "95"}
    for province, value in values.items():
        await pushed(indicators, province, RELIABILITY_2019, m01=value)

    found = await indicators.get("/comparisons", indicator=RELIABILITY_2019, plan="POA-2019", period="2019-01")

    places = {item["dependencia"]: (item["rank"], item["quartile"]) for item in found["items"][:5]}
    assert places == {
        "DP-NAPO": (1, 1), "DP-AZUAY": (2, 1), "DP-GUAYAS": (2, 1), "DP-LOJA": (2, 1), "DP-PICHINCHA": (5, 4),
    }  # fmt: skip


async def test_what_ends_in_a_period_is_compared_in_it_as_the_card_shows_it(indicators: Indicators) -> None:
    """A quarter that began before the four months and ended in them; nothing of it in the four months before."""
    indicators.clock.instant = datetime(2019, 9, 20, 17, tzinfo=UTC)
    quarterly = await indicators.items("/assignments", plan="POA-2019", dependencia="DP-AZUAY", frequency="quarterly")
    chosen = quarterly[0]
    row = {"assignment": chosen["code"], "period": "2019-Q2", "value": chosen["targets"][0]["value"]}
    assert (await indicators.by(reporter("DP-AZUAY")).push([row])).status_code == 201

    shown: dict[str, Any] = {}
    for period in ("2019-C1", "2019-C2", "2019-06", "2019-05"):
        query = {"plan": "POA-2019", "period": period}
        card = await indicators.get("/scorecards/DP-AZUAY", **query)
        of_card = next(item for item in card["indicators"] if item["assignment"] == chosen["code"])
        compared = await indicators.get("/comparisons", indicator=chosen["indicator"]["code"], **query)
        of_line = [item for item in compared["items"] if item["assignment"] == chosen["code"]]
        shown[period] = (of_card["value"], [item["value"] for item in of_line])

    value = chosen["targets"][0]["value"]
    assert shown == {
        "2019-C1": (None, [None]), "2019-C2": (value, [value]), "2019-06": (value, [value]), "2019-05": (None, []),
    }  # fmt: skip


async def test_a_year_is_compared_as_the_cards_show_it_once_for_each_dependencia(indicators: Indicators) -> None:
    indicators.clock.instant = MAY
    await pushed(indicators, "DP-AZUAY", RELIABILITY_2019, m01="80", m02="100", m03="60")
    await pushed(indicators, "DP-GUAYAS", RELIABILITY_2019, m02="95")

    query = {"plan": "POA-2019", "period": "2019"}
    found = await indicators.get("/comparisons", indicator=RELIABILITY_2019, **query)
    card = await indicators.get("/scorecards/DP-AZUAY", **query)

    first, second = found["items"][:2]
    assert len(found["items"]) == len({item["dependencia"] for item in found["items"]}) == 24
    assert [(i["rank"], i["dependencia"], i["reported"], i["expected"]) for i in (first, second)] == [
        (1, "DP-GUAYAS", 1, 4),
        (2, "DP-AZUAY", 3, 4),
    ]
    shown = next(i for i in card["indicators"] if i["indicator"] == RELIABILITY_2019)
    assert all(second[name] == shown[name] for name in ("value", "target", "achievement", "traffic_light", "reported"))
    assert (found["statistics"]["expected"], found["statistics"]["reported"]) == (24, 2)
    assert found["statistics"]["minimum"] == shown["value"]


async def test_an_exempt_dependencia_is_not_expected_in_a_comparison(indicators: Indicators) -> None:
    indicators.clock.instant = MAY
    assignment = await indicators.items(
        "/assignments", plan="POA-2019", dependencia="DP-LOJA", indicator=RELIABILITY_2019
    )
    exempt = {"assignment": assignment[0]["code"], "period": "2019-01", "reason": "Sin sistema ese mes"}
    answer = await indicators.by(PLANNER).call("POST", "/calendar/exemptions", exempt)
    assert answer.status_code == 201, answer.text

    found = await indicators.get("/comparisons", indicator=RELIABILITY_2019, plan="POA-2019", period="2019-01")

    assert found["statistics"]["expected"] == 23
    assert {i["state"] for i in found["items"] if i["dependencia"] == "DP-LOJA"} == {"exempt"}


async def test_a_province_compares_only_what_it_may_see(indicators: Indicators) -> None:
    indicators.clock.instant = MAY
    await pushed(indicators, "DP-AZUAY", RELIABILITY_2019, m01="80")
    await pushed(indicators, "DP-GUAYAS", RELIABILITY_2019, m01="95")

    found = await indicators.by(reporter("DP-AZUAY")).get(
        "/comparisons", indicator=RELIABILITY_2019, plan="POA-2019", period="2019-01"
    )

    assert [item["dependencia"] for item in found["items"]] == ["DP-AZUAY"]


async def test_an_unknown_indicator_is_named(loaded: Indicators) -> None:
    answer = await loaded.call("GET", "/comparisons", indicator="nada", plan="POA-2019", period="2019-01")

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-indicator")
