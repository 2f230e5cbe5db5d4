"""Cards kept ready say, byte for byte, what a card computed now says; what has changed is not read from them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iesspr.postgres import DatabaseUrls
from services.indicators.summaries.following import CardFollower
from services.kit.database import Connection, asyncpg_arguments
from tests.indicators.harness import AUDITOR, PLANNER, Indicators, indicators_service, owner, reporter
from tests.support.examples import examples

PLAN = "POA-2019"
PERIODS = ("2019-01", "2019-Q1", "2019-S1", "2019")
ROOTS = ("IESS", "DP-AZUAY", "DP-GUAYAS")
CARDS = [(root, period) for root in ROOTS for period in PERIODS]


class Kept:
    """A service and its follower, moved by hand."""

    def __init__(self, service: Indicators, connection: Connection) -> None:
        self.service = service
        self._connection = connection
        self._follower: CardFollower = service.app.state.cards

    async def catch_up(self) -> int:
        return await self._follower.catch_up(self._connection)

    async def card(self, root: str, period: str, **query: Any) -> Any:
        """The answer to one question. The varied Accept keeps the memory of whole answers out of it."""
        return await self.service.by(AUDITOR).call(
            "GET", f"/scorecards/{root}", plan=PLAN, period=period, scope="subtree", **query
        )


@pytest_asyncio.fixture
async def kept(indicators_db: DatabaseUrls) -> AsyncIterator[Kept]:
    async with indicators_service(indicators_db) as service:
        connection: Connection = await asyncpg.connect(**asyncpg_arguments(indicators_db.app))
        try:
            yield Kept(service, connection)
        finally:
            await connection.close()


async def monthly(service: Indicators, province: str) -> list[str]:
    found = await service.items("/assignments", plan=PLAN, dependencia=province, frequency="monthly")
    return [assignment["code"] for assignment in found]


async def test_a_card_is_kept_from_the_first_time_it_is_asked_for(kept: Kept) -> None:
    first = await kept.card("IESS", "2019-01")
    computed = await kept.catch_up()
    second = await kept.card("IESS", "2019-01")

    assert computed == 1
    assert "x-computed-at" not in first.headers
    assert second.headers["x-computed-at"].endswith("Z")
    assert int(second.headers["x-feed-position"]) > 0
    assert second.content == first.content
    assert second.headers["etag"] == first.headers["etag"]


async def test_a_push_is_seen_at_once_and_only_the_cards_it_touches_are_computed_again(kept: Kept) -> None:
    for root in ROOTS:
        await kept.card(root, "2019-01")
    await kept.catch_up()
    codes = await monthly(kept.service, "DP-AZUAY")

    await kept.service.by(reporter("DP-AZUAY")).push([{"assignment": codes[0], "period": "2019-01", "value": "7"}])
    before = await kept.card("IESS", "2019-01")
    computed = await kept.catch_up()
    after = await kept.card("IESS", "2019-01")

    assert "x-computed-at" not in before.headers, "a card older than the push was read"
    assert before.json()["summary"]["reported"] == 1
    assert computed == 2, "IESS and DP-AZUAY, not DP-GUAYAS"
    assert after.content == before.content
    assert "x-computed-at" in after.headers


async def test_live_is_computed_now_whatever_is_kept(kept: Kept) -> None:
    await kept.card("IESS", "2019-01")
    await kept.catch_up()

    live = await kept.card("IESS", "2019-01", live="true")

    assert live.status_code == 200
    assert "x-computed-at" not in live.headers


async def test_the_turn_of_the_day_makes_every_card_be_computed_again(kept: Kept) -> None:
    await kept.card("IESS", "2019-02")
    await kept.catch_up()

    kept.service.clock.advance(timedelta(days=40))
    next_day = await kept.card("IESS", "2019-02")
    await kept.catch_up()
    again = await kept.card("IESS", "2019-02")

    assert "x-computed-at" not in next_day.headers
    assert "x-computed-at" in again.headers
    assert again.content == next_day.content


async def test_nobody_reads_more_from_a_kept_card_than_live(kept: Kept) -> None:
    await kept.card("IESS", "2019-01")
    await kept.catch_up()

    answer = await kept.service.by(reporter("DP-AZUAY")).call(
        "GET", "/scorecards/IESS", plan=PLAN, period="2019-01", scope="subtree"
    )

    assert answer.status_code == 404


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("push"),
            st.sampled_from(["DP-AZUAY", "DP-GUAYAS"]),
            st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["0", "12.5", "94", "99.99", "x"])), min_size=1),
        ),
        st.tuples(st.just("approve"), st.sampled_from(["DP-AZUAY", "DP-GUAYAS"]), st.just([])),
        st.tuples(st.just("policy"), st.just(""), st.just([])),
        st.tuples(st.just("day"), st.just(""), st.just([])),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.laws
@pytest.mark.timeout(400)
@settings(max_examples=examples(3), deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=steps)
async def test_after_any_sequence_of_writes_kept_equals_live(kept: Kept, steps: list[Any]) -> None:
    codes = {province: await monthly(kept.service, province) for province in ("DP-AZUAY", "DP-GUAYAS")}
    for what, province, rows in steps:
        await take(kept, what, province, [(codes[province][n], value) for n, value in rows])
        for root, period in CARDS[::3]:
            await kept.card(root, period)
        await kept.catch_up()

    for root, period in CARDS:
        ready, live = await kept.card(root, period), await kept.card(root, period, live="true")
        assert ready.content == live.content, (root, period)
    for root, period in CARDS[::3]:
        assert "x-computed-at" in (await kept.card(root, period)).headers, (root, period)


async def take(kept: Kept, what: str, province: str, rows: list[tuple[str, str]]) -> None:
    """One write, as the person who may do it."""
    if what == "push":
        sent = [{"assignment": code, "period": "2019-01", "value": value} for code, value in dict(rows).items()]
        await kept.service.by(reporter(province)).push(sent)
    elif what == "approve":
        body = {"action": "approve", "dependencia": province, "period": "2019-01"}
        await kept.service.by(owner(province)).call("POST", "/reviews", body)
    elif what == "policy":
        policies = (await kept.service.by(PLANNER).get("/policies"))["items"]
        newest = max(policies, key=lambda policy: policy["version"])
        body = {key: newest[key] for key in ("name", "bands", "cap", "rules")} | {"reason": "ensayo"}
        body["cap"] = "90" if newest["cap"] == "100" else "100"
        answer = await kept.service.by(PLANNER).call("POST", f"/policies/{newest['code']}", body)
        assert answer.status_code in (200, 201), answer.text
    else:
        kept.service.clock.advance(timedelta(days=1))
