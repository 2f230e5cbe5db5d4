"""Policies are versioned data; another one can be tried without storing anything."""

from datetime import timedelta
from typing import Any

import pytest

from services.kit.access import Caller
from tests.indicators.harness import OFFICE, PLANNER, Indicators, grant, reporter
from tests.indicators.test_intake import monthly_rows
from tests.indicators.test_scorecards import card

STRICT = {
    "name": "Semáforo estricto",
    "bands": [{"light": "red", "low": "0", "high": "101"}, {"light": "green", "low": "101", "high": None}],
    "cap": "120",
    "reason": "Prueba de la oficina",
}


async def test_the_institutions_policy_is_data(loaded: Indicators) -> None:
    policy = await loaded.get("/policies/IESS-2025/1")

    assert [(band["light"], band["low"], band["high"]) for band in policy["bands"]] == [
        ("red", "0", "70"),
        ("amber", "70", "85"),
        ("green", "85", "115"),
        ("over", "115", None),
    ]
    assert (policy["cap"], policy["in_force"]) == ("100", True)


async def test_a_new_version_rules_from_now_on_and_leaves_the_past_as_it_was(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    await azuay.push(await monthly_rows(azuay))
    before = await card(azuay)
    instant = indicators.clock.now().isoformat()
    indicators.clock.advance(timedelta(minutes=1))

    added = await indicators.by(PLANNER).call("POST", "/policies/IESS-2025", STRICT)
    after = await card(azuay)

    assert (added.status_code, added.json()["version"]) == (201, 2)
    assert (before["policy"], before["summary"]["green"]) == ("IESS-2025@1", 26)
    assert (after["policy"], after["summary"]["red"]) == ("IESS-2025@2", 26)
    assert await card(azuay, known_at=instant) == before
    assert await card(azuay, policy="IESS-2025@1") == before


async def test_a_what_if_scores_without_storing(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    await azuay.push(await monthly_rows(azuay))

    tried = await azuay.call("POST", "/policies/IESS-2025/what-if/DP-AZUAY", STRICT, plan="POA-2019", period="2019-01")

    assert (tried.status_code, tried.json()["summary"]["red"]) == (200, 26)
    assert tried.json()["policy"] == "what-if:IESS-2025@0"
    assert (await card(azuay))["policy"] == "IESS-2025@1"
    assert len(await azuay.items("/policies")) == 1


async def test_a_what_if_of_a_foreign_card_does_not_exist(loaded: Indicators) -> None:
    guayas = loaded.by(reporter("DP-GUAYAS"))

    answer = await guayas.call(
        "POST", "/policies/IESS-2025/what-if/DP-AZUAY", STRICT, plan="POA-2019", period="2019-01"
    )

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"bands": [{"light": "red", "low": "1", "high": None}]},
        {"bands": [{"light": "red", "low": "0", "high": "70"}, {"light": "green", "low": "71", "high": None}]},
        {"bands": [{"light": "'; DROP", "low": "0", "high": None}]},
        {"bands": []},
        {"cap": "0"},
        {"cap": "mucho"},
        {"reason": ""},
        {"nada": 1},
    ],
)
async def test_a_policy_with_a_hole_or_nonsense_is_refused(loaded: Indicators, changes: dict[str, Any]) -> None:
    answer = await loaded.by(PLANNER).call("POST", "/policies/IESS-2025", {**STRICT, **changes})

    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize(
    ("rules", "pointer"),
    [
        ({"percent_error": ["abc", "100"]}, "/rules/percent_error/0"),
        ({"percent_error": ["0"]}, "/rules/percent_error/1"),
        ({"percent_error": "0"}, "/rules/percent_error"),
        ({"percent_warning": ["NaN", "150"]}, "/rules/percent_warning/0"),
        ({"percent_warning": ["150", "0"]}, "/rules/percent_warning"),
        ({"jump_warning_factor": "0"}, "/rules/jump_warning_factor"),
        ({"jump_warning_factor": "mucho"}, "/rules/jump_warning_factor"),
        ({"indicator_weight": "by_hand"}, "/rules/indicator_weight"),
        ({"nada": 1}, "/rules/nada"),
    ],
)
async def test_a_rule_that_no_service_would_follow_is_refused(
    loaded: Indicators, rules: dict[str, Any], pointer: str
) -> None:
    answer = await loaded.by(PLANNER).call("POST", "/policies/IESS-2025", {**STRICT, "rules": rules})

    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])


async def test_what_is_wrong_with_the_bands_is_said_in_spanish_where_it_is(loaded: Indicators) -> None:
    wrong = {
        "/bands": [{"light": "red", "low": "0", "high": "70"}, {"light": "green", "low": "71", "high": None}],
        "/bands/0/light": [{"light": "missing", "low": "0", "high": None}],
    }
    for pointer, bands in wrong.items():
        answer = await loaded.by(PLANNER).call("POST", "/policies/IESS-2025", {**STRICT, "bands": bands})

        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["pointer"], error["detail"].split()[-1]) in [
            (422, "/bands", "luz."),
            (422, "/bands/0/light", "tableros."),
        ]
        assert error["pointer"] == pointer


async def test_a_new_version_answers_with_all_its_rules_as_it_is_read(indicators: Indicators) -> None:
    rules = {"percent_warning": ["5", "120.5"]}

    added = await indicators.by(PLANNER).call("POST", "/policies/IESS-2025", {**STRICT, "rules": rules})

    read = await indicators.get("/policies/IESS-2025/2")
    assert added.json()["rules"] == read["rules"]
    assert (read["rules"]["percent_warning"], read["rules"]["percent_error"]) == (["5", "120.5"], ["0", "1000"])


async def test_a_local_office_does_not_change_the_institutions_policy(loaded: Indicators) -> None:
    local = Caller("local", "user", "Local", (grant(OFFICE, "DP-AZUAY"),))

    assert (await loaded.by(local).call("POST", "/policies/IESS-2025", STRICT)).status_code == 403


@pytest.mark.parametrize("name", ["IESS-2025@9", "NADA@1", "IESS-2025", "x"])
async def test_an_unknown_policy_is_named(loaded: Indicators, name: str) -> None:
    answer = await loaded.call("GET", "/scorecards/DP-AZUAY", plan="POA-2019", period="2019-01", policy=name)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "query/policy"
