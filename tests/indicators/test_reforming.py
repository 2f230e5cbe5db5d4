"""Approved reforms of plans change targets here: applied or refused, kept, and traced to the reform."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast

import asyncpg
import pytest
import pytest_asyncio

from iesspr.postgres import DatabaseUrls
from services.indicators.reforming.following import ReformFollower
from services.kit.clients import PeerUnavailable, ServiceClient
from services.kit.database import Connection, asyncpg_arguments
from tests.indicators.harness import AUDITOR, PLANNER, Indicators, reporter
from tests.indicators.test_assigning import patch
from tests.indicators.test_intake import monthly_rows
from tests.indicators.test_scorecards import card
from tests.indicators.test_targets import put

INDICATOR = "porcentaje-de-ejecucion-del-plan-anual-de-contratacion-direccion-general"
ONE, TWO = "POA-2019.DP-AZUAY.014", "POA-2019.DP-GUAYAS.014"
ACT = {"body": "Dirección General", "number": "IESS-DG-2019-0003", "date": "2019-02-01"}


class Feed:
    """The plans service's feed, as this service reads it."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.down = False

    def add(self, type_: str, data: object) -> None:
        position = len(self.events) + 1
        event = {"id": str(position), "type": type_, "subject": "POA-2019", "position": position, "data": data}
        self.events.append(event)

    def approve(self, reform: int, *targets: dict[str, Any]) -> None:
        written = [{"op": "change_target", "operation": n, **target} for n, target in enumerate(targets)]
        data = {"reform": reform, "cause": "sector_plan", "act": ACT, "approved_by": "dg", "targets": written}
        self.add("plan.reform-approved", data)

    async def get(self, path: str, *, params: dict[str, Any]) -> Any:
        if self.down:
            raise PeerUnavailable("plans: down")
        fresh = self.events[params["after"] : params["after"] + 2]
        return {"items": fresh, "position": fresh[-1]["position"] if fresh else params["after"]}


def target(assignment: str = ONE, value: str = "50", period: str = "2019-01", **rest: str) -> dict[str, Any]:
    return {"assignment": assignment, "period": period, "value": value, **rest}


@pytest_asyncio.fixture
async def connection(indicators_db: DatabaseUrls) -> AsyncIterator[Connection]:
    found: Connection = await asyncpg.connect(**asyncpg_arguments(indicators_db.app))
    yield found
    await found.close()


def follower(indicators: Indicators, feed: Feed) -> ReformFollower:
    return ReformFollower({"plans": cast(ServiceClient, feed)}, indicators.clock)


async def test_a_reform_sets_its_targets_and_each_says_which_reform_it_was(
    indicators: Indicators, connection: Connection
) -> None:
    feed = Feed()
    feed.add("plan.submitted", {"from": "draft"})
    feed.approve(1, target(ONE, "50"), target(TWO, "60.5"))
    before = await indicators.get(f"/targets/{ONE}/2019-01")

    applied = await follower(indicators, feed).follow(connection)
    after = await indicators.get(f"/targets/{ONE}/2019-01")

    assert (applied, before["reform"]) == (2, None)
    assert (after["value"], after["level"], after["version"]) == ("50", "50", before["version"] + 1)
    assert after["reform"] == {
        "plan": "POA-2019",
        "number": 1,
        "cause": "sector_plan",
        "act": ACT,
        "approved_by": "dg",
    }
    assert (after["recorded_by"], after["reason"]) == (
        "dg",
        f"Reforma 1 de POA-2019, {ACT['number']} del {ACT['date']}",
    )
    assert (await indicators.get(f"/targets/{TWO}/2019-01"))["value"] == "60.5"


async def test_a_card_is_judged_by_the_reform_from_its_application_on(
    indicators: Indicators, connection: Connection
) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    row = next(r for r in await monthly_rows(azuay) if r["value"] == "100")
    await azuay.push([row])
    before, instant = await card(azuay), indicators.clock.now().isoformat()
    indicators.clock.advance(timedelta(minutes=1))
    feed = Feed()
    feed.approve(1, target(row["assignment"], "50"))

    await follower(indicators, feed).follow(connection)
    after = {item["assignment"]: item for item in (await card(azuay))["indicators"]}

    assert after[row["assignment"]]["achievement"] == "200.0000"
    assert await card(azuay, known_at=instant) == before


async def test_a_closed_target_is_changed_by_a_reform_and_stays_closed(
    indicators: Indicators, connection: Connection
) -> None:
    closure = {"action": "close", "plan": "POA-2019", "dependencias": ["DP-AZUAY"], "reason": "Metas aprobadas"}
    await indicators.by(PLANNER).call("POST", "/targets/closures", closure)
    feed = Feed()
    feed.approve(1, target(ONE, "51"))

    await follower(indicators, feed).follow(connection)

    after = await indicators.get(f"/targets/{ONE}/2019-01")
    assert (after["value"], after["closed"]) == ("51", True)
    assert (await put(indicators, ONE)).json()["code"] == "target-closed"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (target("POA-2019.NADIE.001"), "unknown-assignment"),
        (target("POA-2025.IESS.001", period="2025"), "other-plan"),
        (target(period="2019-Q1"), "target-period-mismatch"),
        (target(period="2019-13"), "invalid-period"),
        (target(value_to="60"), "range-mismatch"),
        (target(value="mucho"), "invalid"),
        (target(kind="guess"), "invalid"),
    ],
)
async def test_a_target_that_cannot_be_set_is_told_and_holds_up_nobody(
    indicators: Indicators, connection: Connection, wrong: dict[str, Any], code: str
) -> None:
    feed = Feed()
    feed.approve(1, wrong, target(TWO, "61"))
    feed.approve(2, target(TWO, "62"))

    applied = await follower(indicators, feed).follow(connection)

    [refused] = await indicators.items("/targets/reforms", outcome="refused")
    assert applied == 2
    assert (refused["reform"], refused["operation"], refused["code"], refused["version"]) == (1, 0, code, None)
    assert refused["detail"]
    assert (await indicators.get(f"/targets/{TWO}/2019-01"))["value"] == "62"


async def test_an_event_of_another_shape_is_passed(indicators: Indicators, connection: Connection) -> None:
    feed = Feed()
    feed.add("plan.reform-approved", {"reform": "uno", "targets": 7})
    feed.approve(1, target())

    assert await follower(indicators, feed).follow(connection) == 1


async def test_events_told_twice_change_a_target_once(indicators: Indicators, connection: Connection) -> None:
    feed = Feed()
    feed.approve(1, target(ONE, "50"))
    first = follower(indicators, feed)
    await first.follow(connection)
    version = (await indicators.get(f"/targets/{ONE}/2019-01"))["version"]

    again = await first.follow(connection)
    await connection.execute("DELETE FROM indicators.summary_cursor WHERE name = 'plans-reforms'")
    from_the_start = await follower(indicators, feed).follow(connection)

    assert (again, from_the_start) == (0, 0)
    assert (await indicators.get(f"/targets/{ONE}/2019-01"))["version"] == version


async def test_while_plans_is_down_nothing_is_lost(indicators: Indicators, connection: Connection) -> None:
    feed = Feed()
    feed.approve(1, target())
    feed.down = True
    reading = follower(indicators, feed)

    while_down = await reading.follow(connection)
    feed.down = False

    assert (while_down, await reading.follow(connection)) == (0, 1)


async def test_a_history_names_who_changed_what_and_why(indicators: Indicators, connection: Connection) -> None:
    await put(indicators, ONE, value="40")
    feed = Feed()
    feed.approve(3, target(ONE, "45"))
    await follower(indicators, feed).follow(connection)

    versions = await indicators.items(f"/targets/{ONE}/2019-01/history")

    assert [(v["version"], v["value"]) for v in versions][1:] == [(2, "40"), (3, "45")]
    assert [v["reform"] and v["reform"]["number"] for v in versions] == [None, None, 3]
    assert [v["superseded_at"] is None for v in versions] == [False, False, True]
    [told] = await indicators.items("/targets/reforms", reform="3")
    assert (told["outcome"], told["before"], told["value"], told["version"]) == ("applied", "40", "45", 3)


async def test_a_target_set_by_hand_after_a_reform_is_no_longer_the_reforms(
    indicators: Indicators, connection: Connection
) -> None:
    feed = Feed()
    feed.approve(1, target(ONE, "45"))
    await follower(indicators, feed).follow(connection)

    await put(indicators, ONE, value="46")

    assert (await indicators.get(f"/targets/{ONE}/2019-01"))["reform"] is None


async def test_an_ambiguous_target_becomes_a_level_and_a_change_stays_one(
    indicators: Indicators, connection: Connection
) -> None:
    ambiguous = next(t for t in await indicators.items("/targets", plan="POA-2025", kind="ambiguous"))
    change = next(t for t in await indicators.items("/targets", plan="POA-2025", kind="change_on_baseline"))
    feed = Feed()
    feed.approve(1, *(target(t["assignment"], "33", t["period"]) for t in (ambiguous, change)))
    feed.events[0]["subject"] = "POA-2025"

    await follower(indicators, feed).follow(connection)

    kinds = [(await indicators.get(f"/targets/{t['assignment']}/{t['period']}"))["kind"] for t in (ambiguous, change)]
    assert kinds == ["level", "change_on_baseline"]


async def test_only_who_reads_the_dependencia_sees_its_reformed_targets(
    indicators: Indicators, connection: Connection
) -> None:
    feed = Feed()
    feed.approve(1, target(ONE), target(TWO), target("POA-2019.NADIE.001"))
    await follower(indicators, feed).follow(connection)

    seen = [await indicators.by(c).items("/targets/reforms") for c in (reporter("DP-AZUAY"), AUDITOR)]

    assert [[t["assignment"] for t in items] for items in seen] == [[ONE], [ONE, TWO, "POA-2019.NADIE.001"]]


async def test_an_objective_not_named_after_its_plan_is_followed_too(
    indicators: Indicators, connection: Connection
) -> None:
    await patch(indicators, ONE, objective="O-1")
    feed = Feed()
    feed.add("plan.rolled-over", {"from": "POA-2019", "renamed": {"O-1": "POA-2020.O-1"}, "by": "titular"})
    feed.events[0]["subject"] = "POA-2020"

    await follower(indicators, feed).follow(connection)

    [new] = await indicators.items("/assignments", plan="POA-2020", dependencia="DP-AZUAY", indicator=INDICATOR)
    assert new["objective"] == "POA-2020.O-1"


async def test_a_plan_that_rolls_over_takes_its_assignments_along(
    indicators: Indicators, connection: Connection
) -> None:
    """The indicator is the lineage; what the new plan asks of it is set there."""
    await patch(indicators, ONE, objective="POA-2019.DP-AZUAY.N4.1")
    await patch(indicators, TWO, objective="POA-2019.DP-GUAYAS.N4.1")
    feed = Feed()
    feed.add("plan.rolled-over", {"from": "POA-2019", "ends": ["POA-2019.DP-GUAYAS.N4.1"], "by": "titular"})
    feed.events[0]["subject"] = "POA-2020"
    reading = follower(indicators, feed)

    rolled = await reading.follow(connection)
    await connection.execute("DELETE FROM indicators.summary_cursor WHERE name = 'plans-reforms'")
    again = await reading.follow(connection)

    [new] = await indicators.items("/assignments", plan="POA-2020", dependencia="DP-AZUAY", indicator=INDICATOR)
    [old] = await indicators.items("/assignments", plan="POA-2019", dependencia="DP-AZUAY", indicator=INDICATOR)
    assert (rolled, again) == (845, 0)
    assert (new["code"], new["objective"]) == ("POA-2020.DP-AZUAY.014", "POA-2020.DP-AZUAY.N4.1")
    assert (new["indicator"], new["targets"], new["notes"]) == (old["indicator"], [], [f"Continúa {ONE}."])
    guayas = [a["code"] for a in await indicators.items("/assignments", plan="POA-2020", dependencia="DP-GUAYAS")]
    assert {"POA-2020.DP-GUAYAS.013", "POA-2020.DP-GUAYAS.014"} & {*guayas} == {"POA-2020.DP-GUAYAS.013"}
    missing = await indicators.items("/targets/findings", plan="POA-2020", code="target-missing")
    assert len(missing) == 845
