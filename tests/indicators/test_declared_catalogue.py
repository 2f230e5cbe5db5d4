"""Sheets and assignments answer exactly what the OpenAPI document declares: nothing more, nothing missing."""

from typing import Any

import httpx

from tests.indicators.harness import PLANNER, Indicators, reporter
from tests.indicators.test_assigning import assign, patch
from tests.indicators.test_sheets import PAC, RELIABILITY, add, replace
from tests.support.declared import judge

INDEX = "indice-de-gestion"
LEFT_OPEN = {"frequency": "monthly", "hierarchy": "result", "description": "Ponderado", "tolerance": "2.5"}


def judged(service: Indicators, method: str, path: str, status: int, answer: httpx.Response) -> Any:
    """The answer's body, once it has this status and is as declared."""
    assert answer.status_code == status, answer.text
    judge(service.app.openapi(), method, path, status, answer.json())
    return answer.json()


async def page(service: Indicators, path: str, address: str = "", **query: Any) -> list[Any]:
    """The items of a list that is as declared and not empty."""
    answer = await service.call("GET", address or path, limit=500, include_total="true", **query)
    found: list[Any] = judged(service, "GET", path, 200, answer)["items"]
    assert found
    return found


def nulls(items: list[Any]) -> set[str]:
    """Members null in some items and not in others."""
    return {name for name in items[0] if len({item[name] is None for item in items}) == 2}


async def test_sheets_are_as_declared(indicators: Indicators) -> None:
    added = await add(indicators, INDEX, formula=f"[{RELIABILITY}] / 2", zero_policy="Sin dato", **LEFT_OPEN)
    judged(indicators, "POST", "/indicators", 201, added)
    bare = await add(indicators, "sin-nada", unit=None, succeeds=[RELIABILITY], source_text="Registro")
    judged(indicators, "POST", "/indicators", 201, bare)

    sheets = await page(indicators, "/indicators")
    for code in (INDEX, "sin-nada", RELIABILITY):
        read = await indicators.call("GET", f"/indicators/{code}")
        judged(indicators, "GET", "/indicators/{code}", 200, read)

    open_members = {"unit", "frequency", "hierarchy", "tolerance", "formula", "description", "zero_policy"}
    assert nulls(sheets) == open_members | {"source", "source_text"}


async def test_versions_of_a_sheet_and_what_they_change_are_as_declared(indicators: Indicators) -> None:
    path = "/indicators/{code}/versions"
    own = await assign(indicators, unit="days", direction="down", tolerance="5")
    changes: dict[str, Any] = {
        "unit": "index",
        "direction": "down",
        "evidence_required": True,
        "numerator_bounded": True,
    }
    preview = await replace(indicators, RELIABILITY, {"dry_run": "true"}, **changes)
    dry = judged(indicators, "POST", path, 200, preview)
    applied = judged(indicators, "POST", path, 201, await replace(indicators, RELIABILITY, **changes))
    judged(indicators, "POST", path, 201, await replace(indicators, RELIABILITY, **{**changes, "unit": None}))

    versions = await page(indicators, path, f"/indicators/{RELIABILITY}/versions")

    effects = {effect["assignment"]: effect for effect in applied["assignments"]}
    assert (dry["dry_run"], applied["dry_run"]) == (True, False)
    assert any(effect["changes"] == changes for effect in effects.values())
    assert effects[own.json()["code"]]["overrides"] == ["unit", "direction", "tolerance"]
    assert {"reason", "unit", "source"} & nulls(versions) == {"reason", "unit"}


async def test_graph_and_evaluation_of_a_formula_are_as_declared(indicators: Indicators) -> None:
    await add(indicators, INDEX, formula=f"[{RELIABILITY}] * 0.6 + [{PAC}] * 0.4", succeeds=[PAC])
    azuay = indicators.by(reporter("DP-AZUAY"))
    names: dict[str, Any] = {"dependencia": "DP-AZUAY", "plan": "POA-2019", "period": "2019-01"}

    async def evaluation() -> Any:
        answer = await azuay.call("GET", f"/indicators/{INDEX}/evaluation", **names)
        return judged(indicators, "GET", "/indicators/{code}/evaluation", 200, answer)

    await azuay.push([{**names, "indicator": RELIABILITY, "value": "90"}])
    partial = await evaluation()
    await azuay.push([{**names, "indicator": PAC, "value": "50"}])
    whole = await evaluation()
    graph = await indicators.call("GET", f"/indicators/{INDEX}/graph")
    edges = judged(indicators, "GET", "/indicators/{code}/graph", 200, graph)["edges"]

    assert {cell["version"] for cell in partial["inputs"]} == {None, 1}
    assert (partial["value"], whole["value"]) == (None, "74.0000")
    assert {edge["kind"] for edge in edges} == {"reads", "succeeds"}


async def test_assignments_are_as_declared(indicators: Indicators) -> None:
    made = judged(indicators, "POST", "/assignments", 201, await assign(indicators, number=3, objective="OEI1"))
    wanted: dict[str, Any] = {
        "tolerance": "5",
        "weight": "2.5",
        "feed_source": "budget",
        "feed_rule": {"companies": ["201"], "groups": ["51"]},
    }
    judged(indicators, "PATCH", "/assignments/{code}", 200, await patch(indicators, made["code"], **wanted))
    # Ranges have two values, and a maintained one may have none.
    ranged = await assign(indicators, direction="range", unit=None, target={"value": "1", "value_to": "2"})
    judged(indicators, "POST", "/assignments", 201, ranged)
    kept = await assign(indicators, target={"kind": "maintain"})
    judged(indicators, "POST", "/assignments", 201, kept)
    started = await indicators.by(PLANNER).call(
        "POST",
        f"/assignments/{kept.json()['code']}/baseline",
        {"value": "12.5", "period": "2018", "reason": "Prueba"},
    )
    assert judged(indicators, "POST", "/assignments/{code}/baseline", 200, started)["targets_recomputed"] == 12

    of_2019 = await page(indicators, "/assignments", dependencia="DP-AZUAY", plan="POA-2019")
    of_2025 = await page(indicators, "/assignments", plan="POA-2025")
    for item in (*of_2019[-4:], of_2025[0]):
        read = await indicators.call("GET", f"/assignments/{item['code']}")
        judged(indicators, "GET", "/assignments/{code}", 200, read)

    both = [*of_2019, *of_2025]
    assert nulls(both) == {
        *("objective", "number", "unit", "baseline", "target_text", "tolerance", "section"),
        *("objective_text", "objective_reliability", "responsible", "feed_rule", "source"),
    }
    assert nulls([target for item in both for target in item["targets"]]) == {"value", "value_to", "level"}
    assert {"value", "period"} <= nulls([item["baseline"] for item in both if item["baseline"]])
