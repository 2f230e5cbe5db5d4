"""Answers about measurements are exactly what the OpenAPI document declares: nothing more, nothing missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from iesspr.postgres import DatabaseUrls
from services.indicators.feeding.formulas import FormulaFeeder
from services.kit.access import Caller, Grant
from services.kit.database import asyncpg_arguments
from tests.indicators.harness import PLANNER, READS, Indicators, owner, reporter
from tests.indicators.test_change_on_last_year import report, two_years
from tests.indicators.test_computed_indicators import FORMULAS, SHEET, assign
from tests.indicators.test_intake import Row, monthly_rows
from tests.indicators.test_reviews import act
from tests.indicators.test_targets import put
from tests.support.declared import judge

PLAN, CELL, BATCHES = "PLAN-PRUEBA", "/measurements/{assignment}/{period}", "/measurement-batches"
REPORTS = frozenset({*READS.split(), "measurement:submit"})
EVIDENCE = {"evidence_url": "https://evidencia.example/1", "evidence_sha256": "a" * 64}


class Judged:
    """The service, whose answers are held against its document as they come; and what they said."""

    def __init__(self, service: Indicators) -> None:
        self.service = service
        self.document: dict[str, Any] = service.app.openapi()
        self.said: dict[str, list[Any]] = {}

    def hold(self, method: str, path: str, status: int, answer: Any) -> Any:
        judge(self.document, method, path, status, answer)
        self.said.setdefault(path, []).extend(answer.get("items", [answer]))
        return answer

    async def get(self, path: str, address: str = "", **query: Any) -> Any:
        return self.hold("GET", path, 200, await self.service.get(address or path, 200, **query))

    async def push(self, rows: list[Row], status: int = 201, **query: Any) -> Any:
        """As Azuay's reporter; a refused batch is judged by its receipt."""
        azuay = self.service.by(reporter("DP-AZUAY"))
        answer = await azuay.push(rows, **query)
        assert answer.status_code == status, answer.text
        if status != 422:
            self.hold("POST", BATCHES, status, answer.json())
        if status != 200:
            again = await azuay.get(answer.headers["location"].removeprefix("/api/v1"))
            self.hold("GET", f"{BATCHES}/{{batch_id}}", 200, again)
        return answer.json()

    async def review(self, action: str, **body: Any) -> Any:
        caller = reporter("DP-AZUAY") if action == "submit" else owner("DP-AZUAY")
        answer = await act(self.service.by(caller), action, **body)
        assert answer.status_code == 200, answer.text
        return self.hold("POST", "/reviews", 200, answer.json())

    def never(self, path: str) -> set[str]:
        """Members that were null in every answer of a path."""
        return {name for name in self.said[path][0] if all(item[name] is None for item in self.said[path])}


@pytest.fixture
def judged(indicators: Indicators) -> Judged:
    return Judged(indicators)


async def ranged(service: Indicators) -> str:
    """A monthly assignment to stay within a range, in a plan whose periods are locked."""
    office = service.by(PLANNER)
    rule = {"opens_after_days": 1, "due_business_day": 5, "lock_business_day": 200}
    calendar = {"plan": PLAN, "first_year": 2019, "last_year": 2019, "rules": {"monthly": rule}, "reason": "prueba"}
    assert (await office.call("POST", "/calendar", calendar)).status_code == 201
    found = await service.items("/assignments", plan="POA-2019", dependencia="DP-AZUAY", frequency="monthly")
    one = {
        "plan": PLAN, "dependencia": "DP-AZUAY", "indicator": found[0]["indicator"]["code"], "level": "N4",
        "statement": "Dentro de un rango", "frequency": "monthly", "unit": "percent", "direction": "range",
        "tolerance": "5", "target": {"value": "40", "value_to": "60"}, "target_text": "40 a 60 %", "reason": "prueba",
    }  # fmt: skip
    added = await office.call("POST", "/assignments", one)
    assert added.status_code == 201, added.text
    code = str(added.json()["code"])
    baseline = {"value": "30", "period": "2018", "reason": "prueba"}
    assert (await office.call("POST", f"/assignments/{code}/baseline", baseline)).status_code == 200
    return code


async def furnish(judged: Judged) -> tuple[list[Row], str]:
    """Cells of every kind, by batches and reviews of every outcome. Returns the rows of a month and a ranged one."""
    code = await ranged(judged.service)
    rows = await monthly_rows(judged.service.by(reporter("DP-AZUAY")))
    percent = {"assignment": code, "period": "2019-01", "value": None, "numerator": "1", "denominator": "2"}
    mixed = [
        {**percent, "note": "Con evidencia", **EVIDENCE},
        {**rows[0], "value": "900"},
        *rows[1:4],
        {**rows[4], "value": "x"},
    ]
    await judged.push(mixed, 200, dry_run="true")
    await judged.push(mixed, 200, dry_run="true", mode="atomic")
    await judged.push(mixed, 422, mode="atomic")
    await judged.push(mixed)
    judged.service.clock.advance(timedelta(minutes=1))
    await judged.push([{**rows[1], "value": "7"}, rows[2]])
    await judged.review("return", reason="Falta evidencia", assignments=[rows[2]["assignment"]])
    await judged.review("submit")
    await judged.review("approve", assignments=[rows[1]["assignment"], rows[3]["assignment"], "POA-2019.NADA"])
    judged.service.clock.advance(timedelta(minutes=1))
    await judged.push([{**rows[1], "value": "8"}])
    exempted = {"assignment": rows[5]["assignment"], "period": "2019-01", "reason": "Unidad cerrada"}
    assert (await judged.service.by(PLANNER).call("POST", "/calendar/exemptions", exempted)).status_code == 201
    judged.service.clock.instant = datetime(2019, 3, 1, tzinfo=UTC)
    return rows, code


async def test_batches_and_reviews_are_answered_as_declared(judged: Judged) -> None:
    await furnish(judged)

    rows = [
        row for path in (BATCHES, f"{BATCHES}/{{batch_id}}") for batch in judged.said[path] for row in batch["rows"]
    ]
    reviewed = [row for review in judged.said["/reviews"] for row in review["rows"]]
    assert {row["outcome"] for row in rows} == {"created", "updated", "unchanged", "rejected", "not_applied"}
    assert {name for row in rows for name in row} == {"index", "outcome", "warnings", "code", "detail", "field"}
    assert {review["action"] for review in judged.said["/reviews"]} == {"submit", "return", "approve"}
    assert {row["outcome"] for row in reviewed} == {"submitted", "returned", "approved", "rejected"}
    assert {row["code"] for row in reviewed} == {None, "unknown-assignment", "invalid-transition"}


async def test_cells_and_their_history_are_answered_as_declared(judged: Judged) -> None:
    rows, code = await furnish(judged)

    for query in ({"include_total": "true"}, {"status": ["missing", "not_due", "exempt"], "plan": "POA-2019"}):
        await judged.get("/measurements", limit=500, dependencia="DP-AZUAY", **query)
    for assignment in (code, *(row["assignment"] for row in rows[:6])):
        where = f"/measurements/{assignment}/2019-01"
        await judged.get(CELL, where)
        await judged.get(f"{CELL}/history", f"{where}/history", include_total="true")

    stand_in = Caller("eva", "user", "Eva", (Grant(REPORTS, "DP-GUAYAS", subtree=True, acting_for="ana"),))
    guayas = (await monthly_rows(judged.service.by(stand_in), "DP-GUAYAS"))[0]
    assert (await judged.service.by(stand_in).push([guayas])).status_code == 201
    await judged.get("/measurements", dependencia="DP-GUAYAS")
    await judged.get(CELL, f"/measurements/{guayas['assignment']}/2019-01")
    await judged.get(f"{CELL}/history", f"/measurements/{guayas['assignment']}/2019-01/history")

    states = {"reported", "missing", "not_due", "exempt"}
    assert {item["state"] for item in judged.said["/measurements"]} == states
    assert {item["state"] for item in judged.said[CELL]} == {"reported", "missing", "exempt"}
    for path in ("/measurements", CELL, f"{CELL}/history"):
        assert judged.never(path) == set()
    assert {True, False} == {item["drifted"] for item in judged.said["/measurements"]}


async def test_explanations_of_cells_are_answered_as_declared(judged: Judged) -> None:
    rows, code = await furnish(judged)
    path = f"{CELL}/explain"

    for assignment in (code, *(row["assignment"] for row in rows[:6])):
        await judged.get(path, f"/measurements/{assignment}/2019-01/explain")
    await judged.get(path, f"/measurements/{code}/2019-12/explain")

    said = judged.said[path]
    assert {item["state"] for item in said} == {"reported", "missing", "exempt", "not_due"}
    assert judged.never(path) == set()
    measured = [item["inputs"]["measurement"] for item in said if item["inputs"]["measurement"]]
    assert any(one["reviewed_by"] for one in measured)
    assert any(one["warnings"] for one in measured)
    ranged_one = said[0]["inputs"]
    assert None not in (ranged_one["tolerance"], ranged_one["target"]["text"], ranged_one["calendar"]["locks_on"])
    assert ranged_one["baseline"] == {"value": "30", "period": "2018"}


async def test_the_explanation_of_a_change_on_last_year_is_answered_as_declared(judged: Judged) -> None:
    code = await two_years(judged.service)
    changed = await put(judged.service, code, kind="change_on_same_period_last_year", value="5")
    assert changed.status_code == 201, changed.text
    await report(judged.service, code, "2018-01", "40")

    told = await judged.get(f"{CELL}/explain", f"/measurements/{code}/2019-01/explain")
    without = await judged.get(f"{CELL}/explain", f"/measurements/{code}/2019-02/explain")

    assert told["inputs"]["target"]["last_year_value"] == "40"
    assert without["inputs"]["target"]["kind"] is None


async def test_the_explanation_of_a_computed_value_is_answered_as_declared(
    judged: Judged, indicators_db: DatabaseUrls
) -> None:
    service, codes = judged.service, {}
    for code, formula in list(FORMULAS.items())[:3]:
        sheet = {**SHEET, "code": code, "name": code.replace("-", " "), "formula": formula}
        assert (await service.by(PLANNER).call("POST", "/indicators", sheet)).status_code == 201
        codes[code] = await assign(service, code, "platform" if formula else "manual")
    for part in ("parte-uno", "parte-dos"):
        await report(service, codes[part], "2019-01", "50")
    connection = await asyncpg.connect(**asyncpg_arguments(indicators_db.app))
    await FormulaFeeder(service.clock).feed(connection)
    await connection.close()

    told = await judged.get(f"{CELL}/explain", f"/measurements/{codes['conjunto']}/2019-01/explain")

    assert len(told["inputs"]["computed_from"]) == 2
    assert told["inputs"]["measurement"]["batch_id"] is None


async def test_what_is_owed_is_answered_as_declared(judged: Judged) -> None:
    await ranged(judged.service)
    judged.service.clock.instant = datetime(2026, 3, 2, tzinfo=UTC)
    path = "/missing-measurements"

    for plan in ("POA-2019", "POA-2025", PLAN):
        await judged.get(path, plan=plan, limit=500, include_total="true")

    assert judged.never(path) == set()
    assert any(item["responsible"] is None for item in judged.said[path])
    assert any(item["locks_on"] is None for item in judged.said[path])
