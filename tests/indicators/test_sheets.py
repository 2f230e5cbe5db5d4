"""Technical sheets: versions pushed to who follows them, formulas checked, lineage kept."""

from typing import Any

import httpx
import pytest

from services.kit.access import Caller
from tests.indicators.harness import OFFICE, PLANNER, Indicators, grant, reporter

RELIABILITY = "porcentaje-de-informacion-de-calidad-registrada-en-el-iesspr"
PAC = "porcentaje-de-reformas-al-pac-atendidas-en-el-tiempo-establecido"
SHEET = {
    "name": "Índice de gestión", "unit": "percent", "direction": "up", "time_aggregation": "mean",
    "org_aggregation": "mean", "reason": "Prueba de la oficina",
}  # fmt: skip


async def add(service: Indicators, code: str, **changes: Any) -> httpx.Response:
    return await service.by(PLANNER).call("POST", "/indicators", {**SHEET, "code": code, **changes})


async def replace(
    service: Indicators, code: str, query: dict[str, Any] | None = None, **changes: Any
) -> httpx.Response:
    body = {**SHEET, **changes}
    return await service.by(PLANNER).call("POST", f"/indicators/{code}/versions", body, **(query or {}))


async def test_a_new_version_reaches_who_follows_the_sheet_and_spares_who_overrides(indicators: Indicators) -> None:
    preview = await replace(indicators, RELIABILITY, {"dry_run": "true"}, direction="down", evidence_required=True)
    untouched = await indicators.get(f"/indicators/{RELIABILITY}")
    applied = await replace(indicators, RELIABILITY, direction="down", evidence_required=True)
    after = await indicators.items("/assignments", indicator=RELIABILITY)

    assert (preview.status_code, applied.status_code) == (200, 201)
    assert preview.json()["assignments"] == applied.json()["assignments"]
    assert len(applied.json()["assignments"]) == len(after) > 20
    assert (untouched["version"], applied.json()["version"]) == (1, 2)
    assert {assignment["direction"] for assignment in after} == {"down"}


async def test_every_version_stays_readable(indicators: Indicators) -> None:
    before = await indicators.get(f"/indicators/{RELIABILITY}")
    await replace(indicators, RELIABILITY, tolerance="5")

    versions = (await indicators.get(f"/indicators/{RELIABILITY}/versions"))["items"]

    assert [version["version"] for version in versions] == [2, 1]
    assert (versions[0]["tolerance"], versions[1]["name"]) == ("5", before["name"])
    assert versions[0].keys() == versions[1].keys()


@pytest.mark.parametrize("tolerance", ["0.0000001", "2.50", None])
async def test_a_tolerance_is_answered_as_it_was_written(indicators: Indicators, tolerance: str | None) -> None:
    added = await add(indicators, "indice-de-gestion", tolerance=tolerance)

    read = await indicators.get("/indicators/indice-de-gestion")

    assert added.json()["tolerance"] == read["tolerance"] == tolerance


async def test_a_formula_over_other_indicators_has_a_graph_and_a_value(indicators: Indicators) -> None:
    added = await add(indicators, "indice-de-gestion", formula=f"[{RELIABILITY}] * 0.6 + [{PAC}] * 0.4")
    azuay = indicators.by(reporter("DP-AZUAY"))
    names: dict[str, Any] = {"dependencia": "DP-AZUAY", "plan": "POA-2019", "period": "2019-01"}
    await azuay.push([{**names, "indicator": RELIABILITY, "value": "90"}, {**names, "indicator": PAC, "value": "50"}])

    graph = await indicators.get("/indicators/indice-de-gestion/graph")
    value = await azuay.get("/indicators/indice-de-gestion/evaluation", **names)

    assert added.status_code == 201, added.text
    assert {edge["to"] for edge in graph["edges"] if edge["kind"] == "reads"} == {RELIABILITY, PAC}
    assert (value["value"], value["missing"]) == ("74.0000", [])


async def test_a_formula_without_all_its_inputs_has_no_value(indicators: Indicators) -> None:
    await add(indicators, "indice-de-gestion", formula=f"[{RELIABILITY}] + [{PAC}]")

    value = await indicators.get(
        "/indicators/indice-de-gestion/evaluation", dependencia="DP-AZUAY", plan="POA-2019", period="2019-01"
    )

    assert (value["value"], value["missing"]) == (None, sorted([RELIABILITY, PAC]))


async def test_a_formula_that_returns_to_itself_is_refused(indicators: Indicators) -> None:
    await add(indicators, "uno", formula=f"[{RELIABILITY}] + 1")
    await add(indicators, "dos", formula="[uno] * 2")

    answer = await replace(indicators, "uno", formula="[dos] / 2")

    assert (answer.status_code, answer.json()["code"]) == (422, "formula-cycle")
    assert "dos → uno → dos" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"formula": "1 +"}, 422, "invalid-formula"),
        ({"formula": "__import__('os')"}, 422, "invalid-formula"),
        ({"formula": "[nada] + 1"}, 422, "unknown-reference"),
        ({"succeeds": ["nada"]}, 422, "unknown-reference"),
        ({"code": RELIABILITY}, 409, "indicator-exists"),
        ({"code": "Con Espacios"}, 422, "invalid"),
        ({"unit": "metros"}, 422, "invalid"),
        ({"tolerance": "0"}, 422, "invalid"),
        ({"nada": 1}, 422, "invalid"),
    ],
)
async def test_a_sheet_that_makes_no_sense_is_refused(
    indicators: Indicators, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = await add(indicators, **{"code": "nuevo", **changes})

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_the_catalogue_belongs_to_the_institution(loaded: Indicators) -> None:
    local = Caller("local", "user", "Local", (grant(OFFICE, "DP-AZUAY"),))

    answer = await loaded.by(local).call("POST", "/indicators", {**SHEET, "code": "nuevo"})

    assert answer.status_code == 403


async def test_search_ignores_accents_and_case_and_knows_aliases(indicators: Indicators) -> None:
    await add(indicators, "indice-de-gestion", aliases=["Señal Única"])

    found = await indicators.items("/indicators", q="senal unica")

    assert [sheet["code"] for sheet in found] == ["indice-de-gestion"]
