"""Turnover of personnel, counted from the appointments that human resources report."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from services.indicators.feeding.sources import Ratio
from services.indicators.feeding.staffing import StaffFeeder, Tenure, turnover
from services.kit.clients import PeerUnavailable, ServiceClient
from services.kit.database import Connection
from tests.indicators.harness import Indicators, reporter
from tests.indicators.test_assigning import patch
from tests.indicators.test_feeding import FED, connection

__all__ = ["connection"]

LATER = datetime(2019, 2, 20, 17, tzinfo=UTC)
FIRST, LAST = date(2019, 1, 1), date(2019, 1, 31)
days = st.dates(date(2018, 12, 1), date(2019, 3, 1))


def holder(person: str, since: str, until: str | None = None) -> dict[str, Any]:
    return {"person": person, "valid_from": since, "valid_to": until}


class Orgchart:
    """What orgchart answers, as this service calls it."""

    def __init__(self, *held: dict[str, Any]) -> None:
        self.held, self.position, self.down = list(held), 1, False
        self.asked: list[dict[str, Any]] = []

    async def get(self, path: str, *, params: dict[str, Any]) -> Any:
        if self.down:
            raise PeerUnavailable("orgchart: down")
        if path == "/feed":
            fresh = self.position > params["after"]
            return {"items": [{"type": "appointment.changed"}] if fresh else [], "position": self.position}
        self.asked.append(params)
        return {"items": self.held, "next_cursor": None}


def counted(*held: dict[str, Any]) -> Ratio | None:
    tenures = [
        Tenure(h["person"], date.fromisoformat(h["valid_from"]), h["valid_to"] and date.fromisoformat(h["valid_to"]))
        for h in held
    ]
    return turnover(tenures, FIRST, LAST)


def test_who_left_came_back_and_left_again_left_in_the_period_too() -> None:
    stays = holder("a", "2018-01-01")
    returns = [holder("b", "2018-01-01", "2019-01-15"), holder("b", "2019-03-01", "2019-06-30")]

    assert counted(stays, *returns) == Ratio(Decimal(1), Decimal("1.5"))


def test_who_left_over_the_average_of_first_and_last_day() -> None:
    stays, leaves = holder("a", "2018-01-01"), holder("b", "2018-01-01", "2019-01-15")
    moves = [holder("c", "2018-01-01", "2019-01-10"), holder("c", "2019-01-11")]
    comes, left_before = holder("d", "2019-01-20"), holder("e", "2018-01-01", "2018-12-31")

    # b left; a, b, c on the first day and a, c, d on the last.
    assert counted(stays, leaves, *moves, comes, left_before) == Ratio(Decimal(1), Decimal(3))
    assert counted(stays, leaves) == Ratio(Decimal(1), Decimal("1.5"))
    assert counted(left_before) is None


@given(st.lists(st.tuples(st.sampled_from("abcdef"), days, st.none() | days)))
def test_nobody_leaves_twice_and_nobody_leaves_who_was_not_there(held: list[tuple[str, date, date | None]]) -> None:
    tenures = [Tenure(person, since, until) for person, since, until in held if until is None or since <= until]

    found = turnover(tenures, FIRST, LAST)

    leavers = {t.person for t in tenures if t.until is not None and FIRST <= t.until <= LAST}
    assert found is None or (0 <= found.numerator <= len(leavers) and found.denominator > 0)


async def test_appointments_feed_turnover_and_nobody_types_over_it(
    indicators: Indicators, connection: Connection
) -> None:
    await patch(indicators, FED, feed_source="hr")
    indicators.clock.instant = LATER
    orgchart = Orgchart(holder("a", "2018-01-01"), holder("b", "2018-01-01", "2019-01-15"))
    feeder = StaffFeeder({"orgchart": cast(ServiceClient, orgchart)}, indicators.clock)

    orgchart.down = True
    away = await feeder.feed(connection)
    orgchart.down = False
    first = await feeder.feed(connection)
    idle = await feeder.feed(connection)
    orgchart.held.append(holder("c", "2018-01-01", "2019-01-31"))
    orgchart.position = 2
    second = await feeder.feed(connection)
    typed = await indicators.by(reporter("DP-AZUAY")).push([{"assignment": FED, "period": "2019-01", "value": "1"}])
    cell = await indicators.get(f"/measurements/{FED}/2019-01")

    assert (away, first, idle, second) == (0, 1, 0, 1)
    assert (cell["value"], cell["numerator"], cell["denominator"]) == ("80.0000", "2", "2.5")
    assert (cell["source"], cell["version"]) == ("hr", 2)
    assert typed.json()["rows"][0]["code"] == "fed-by-source"
    assert {(a["dependencia"], a["subtree"], a["kind"]) for a in orgchart.asked} == {("DP-AZUAY", "true", "holder")}
