"""Real answers about calendars, targets and the public files are exactly what the OpenAPI document declares."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from iesspr.postgres import DatabaseUrls
from services.kit.database import Connection, asyncpg_arguments
from tests.indicators.harness import PLANNER, Indicators
from tests.indicators.test_deadlines import LOCKING, excuse
from tests.indicators.test_reforming import ONE, TWO, Feed, follower, target
from tests.support.declared import judge

WHY = {"reason": "Ajuste de la oficina"}
CALENDAR = {
    "plan": "POA-2019", "first_year": 2019, "last_year": 2019, **WHY,
    "rules": {"monthly": LOCKING, "quarterly": {"opens_after_days": 1, "due_business_day": 1}},
}  # fmt: skip
PLANS = {
    "/api/v1/plans": [
        {
            "code": "POA-2025", "title": "Plan Operativo Anual 2025", "kind": "poa", "dependencia": "IESS",
            "status": "in_execution", "period_from": "2025-01-01", "period_to": "2025-12-31",
        }
    ],
    "/api/v1/projects": [],
    "/api/v1/objectives": [],
}  # fmt: skip
CATALOGS = {"plan_statuses": [{"code": "in_execution", "label": "En ejecución", "order": 6}], "project_phases": []}


class PlansThere:
    """The plans service's lists, as this service reads them."""

    async def get(self, path: str, *, params: dict[str, Any] | None = None) -> dict[str, Any]:
        return CATALOGS if path == "/catalogs" else {"items": PLANS[path], "next_cursor": None}


@pytest_asyncio.fixture
async def connection(indicators_db: DatabaseUrls) -> AsyncIterator[Connection]:
    found: Connection = await asyncpg.connect(**asyncpg_arguments(indicators_db.app))
    yield found
    await found.close()


async def judged(service: Indicators, method: str, template: str, path: str, status: int, **sent: Any) -> Any:
    """The answer, held against what the operation declares for this status."""
    answer = await service.call(method, path, sent.pop("body", None), **sent)
    assert answer.status_code == status, answer.text
    judge(service.app.openapi(), method, template, status, answer.json())
    return answer.json()


async def all_judged(service: Indicators, template: str, path: str = "", **query: Any) -> list[Any]:
    """Every item of a list, each page of it held against the document."""
    found: list[Any] = []
    following: dict[str, str] = {}
    while True:
        asked = {**query, **following, "limit": 500, "include_total": "true"}
        page = await judged(service, "GET", template, path or template, 200, **asked)
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        following = {"cursor": page["next_cursor"]}


def told(items: list[Any], name: str) -> set[bool]:
    """Whether the member is told in some items and null in others: {True, False} when both occur."""
    return {item[name] is not None for item in items}


async def test_calendars_are_as_declared(indicators: Indicators) -> None:
    planner = indicators.by(PLANNER)

    await judged(planner, "POST", "/calendar", "/calendar", 201, body=CALENDAR)
    indicators.clock.instant = datetime(2019, 4, 3, 17, tzinfo=UTC)
    days = await all_judged(planner, "/calendar", plan="POA-2019")

    assert told(days, "locks_on") == {True, False}
    assert {day["state"] for day in days} == {"not_open", "open", "overdue", "locked"}


async def test_exemptions_are_as_declared(indicators: Indicators) -> None:
    planner = indicators.by(PLANNER)
    path = "/calendar/exemptions"

    for assignment in (ONE, TWO):
        body = {"assignment": assignment, "period": "2019-01", **WHY}
        await judged(planner, "POST", path, path, 201, body=body)
    assert (await planner.call("DELETE", f"{path}/{ONE}/2019-01", headers={"If-Match": "*"})).status_code == 204

    assert told(await all_judged(planner, path), "ended_at") == {True, False}
    for assignment in (ONE, TWO):
        await judged(planner, "GET", f"{path}/{{assignment}}/{{period}}", f"{path}/{assignment}/2019-01", 200)


async def test_exceptions_are_as_declared(indicators: Indicators) -> None:
    planner = indicators.by(PLANNER)
    path = "/lock-exceptions"

    granted = [await excuse(indicators), await excuse(indicators, assignment=ONE)]
    for answer in granted:
        assert answer.status_code == 201, answer.text
        judge(indicators.app.openapi(), "POST", path, 201, answer.json())

    assert told(await all_judged(planner, path), "assignment") == {True, False}
    await judged(planner, "GET", f"{path}/{{number}}", f"{path}/{granted[0].json()['id']}", 200)


async def test_targets_and_their_versions_are_as_declared(indicators: Indicators, connection: Connection) -> None:
    planner = indicators.by(PLANNER)
    one, feed = "/targets/{assignment}/{period}", Feed()
    feed.approve(1, target(ONE, "50"))

    new = {"kind": "level", "value": "600", **WHY}
    await judged(planner, "PUT", one, f"/targets/{ONE}/2019", 201, body=new)
    await judged(planner, "PUT", one, f"/targets/{ONE}/2019", 200, body=new, headers={"If-Match": "*"})
    await follower(indicators, feed).follow(connection)
    await judged(planner, "GET", one, f"/targets/{ONE}/2019-01", 200)
    versions = await all_judged(planner, f"{one}/history", f"/targets/{ONE}/2019-01/history")
    targets = await all_judged(planner, "/targets", plan=["POA-2019", "POA-2025"])

    assert told(versions, "superseded_at") == told(versions, "reform") == {True, False}
    assert all(told(targets, name) == {True, False} for name in ("level", "reason", "reform"))
    assert {"level", "ambiguous"} <= {item["kind"] for item in targets}


async def test_a_target_of_a_range_is_as_declared(indicators: Indicators, connection: Connection) -> None:
    code = ONE
    await connection.execute("UPDATE indicators.assignments SET direction = 'range' WHERE code = $1", code)
    body = {"kind": "level", "value": "-0.0000001", "value_to": "60.50", **WHY}

    path = f"/targets/{code}/2019-01"
    there = {"body": body, "headers": {"If-Match": "*"}}
    answer = await judged(indicators.by(PLANNER), "PUT", "/targets/{assignment}/{period}", path, 200, **there)

    assert (answer["value"], answer["value_to"], answer["level_to"]) == ("-0.0000001", "60.50", "60.50")


async def test_findings_are_as_declared(indicators: Indicators, connection: Connection) -> None:
    planner = indicators.by(PLANNER)
    await connection.execute(
        """DELETE FROM indicators.targets t USING indicators.assignments a WHERE a.code = $1
           AND t.dependencia_id = a.dependencia_id AND t.assignment_id = a.id""",
        TWO,
    )
    body = {"kind": "level", "value": "99999", **WHY}
    await judged(planner, "PUT", "/targets/{assignment}/{period}", f"/targets/{ONE}/2019", 201, body=body)

    found = await all_judged(planner, "/targets/findings")

    assert told(found, "period") == {True, False}
    assert {"target-ambiguous", "period-targets-disagree", "target-missing"} <= {item["code"] for item in found}


@pytest.mark.parametrize("dependencias", [None, ["DP-AZUAY"]])
async def test_a_closure_is_as_declared(indicators: Indicators, dependencias: list[str] | None) -> None:
    body = {"action": "close", "plan": "POA-2019", "dependencias": dependencias, **WHY}

    answer = await judged(indicators.by(PLANNER), "POST", "/targets/closures", "/targets/closures", 200, body=body)

    assert answer["changed"] > 0


@pytest.mark.parametrize("value", ["200", "0.0000001"])
async def test_a_baseline_is_as_declared(indicators: Indicators, value: str) -> None:
    body = {"value": value, "period": "2018", **WHY}
    template = "/assignments/{code}/baseline"

    answer = await judged(indicators.by(PLANNER), "POST", template, f"/assignments/{ONE}/baseline", 200, body=body)

    assert answer["value"] == value


async def test_the_public_document_is_as_declared(indicators: Indicators) -> None:
    indicators.app.state.clients = {"plans": PlansThere()}
    indicators.clock.instant = datetime(2025, 7, 1, 17, tzinfo=UTC)
    template = "/public/lotaip/{numeral}/{month}.json"

    for numeral in ("1.3", "10", "a4"):
        answer = await judged(indicators.anonymous, "GET", template, f"/public/lotaip/{numeral}/2025-06.json", 200)
        assert answer["rows"]
        assert {said is None for said in answer["metadata"].values()} == {True, False}


@pytest.mark.parametrize(
    ("template", "path", "query", "kind"),
    [
        ("/calendar/deadlines.ics", "/calendar/deadlines.ics", {"plan": "POA-2019"}, "text/calendar"),
        ("/public/lotaip/{numeral}/{month}.zip", "/public/lotaip/1.3/2025-06.zip", {}, "application/zip"),
    ],
)
async def test_what_is_not_json_says_its_kind(
    indicators: Indicators, template: str, path: str, query: dict[str, Any], kind: str
) -> None:
    indicators.app.state.clients = {"plans": PlansThere()}
    indicators.clock.instant = datetime(2025, 7, 1, 17, tzinfo=UTC)

    answer = await indicators.call("GET", path, **query)
    content = indicators.app.openapi()["paths"][f"/api/v1{template}"]["get"]["responses"]["200"]["content"]

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert {name: about["schema"]["type"] for name, about in content.items()} == {kind: "string"}
