"""Review: who reports does not approve, a change after approval reopens, nothing is overwritten."""

import itertools
from typing import Any

import asyncpg
import httpx
import pytest

from iesspr.postgres import DatabaseUrls
from services.kit.access import Caller, Grant
from services.kit.database import asyncpg_arguments
from tests.indicators.harness import AUDITOR, READS, Indicators, grant, indicators_service, owner, reporter
from tests.indicators.test_intake import Row, monthly_rows

AZUAY = reporter("DP-AZUAY")
TITULAR = owner("DP-AZUAY")
BOTH = Caller("ana", "user", "Ana", (grant(f"{READS} measurement:submit measurement:approve", "DP-AZUAY"),))


async def act(service: Indicators, action: str, dependencia: str = "DP-AZUAY", **body: Any) -> httpx.Response:
    return await service.call(
        "POST", "/reviews", {"action": action, "dependencia": dependencia, "period": "2019-01", **body}
    )


async def reported(service: Indicators, count: int = 3, caller: Caller = AZUAY) -> list[Row]:
    rows = (await monthly_rows(service.by(caller)))[:count]
    assert (await service.by(caller).push(rows)).status_code == 201
    return rows


async def cell(service: Indicators, row: Row) -> Any:
    return await service.get(f"/measurements/{row['assignment']}/{row['period']}")


async def test_the_titular_approves_a_province_and_period_at_once(indicators: Indicators) -> None:
    rows = await reported(indicators)

    answer = await act(indicators.by(TITULAR), "approve")

    assert answer.status_code == 200, answer.text
    assert (answer.json()["reviewed"], answer.json()["rejected"]) == (3, 0)
    assert (await cell(indicators, rows[0]))["review"] == "approved"


async def test_who_reported_does_not_approve(indicators: Indicators) -> None:
    await reported(indicators, caller=BOTH)

    answer = await act(indicators.by(BOTH), "approve")

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing-reviewed")
    assert {row["code"] for row in answer.json()["rows"]} == {"own-submission"}


async def test_nor_does_who_stands_in_for_whoever_reported(indicators: Indicators) -> None:
    await reported(indicators, caller=BOTH)
    in_anas_place = Grant(frozenset({"measurement:read", "measurement:approve"}), "IESS", True, "ana")
    stand_in = Caller("eva", "user", "Eva", (in_anas_place,))

    refused = await act(indicators.by(stand_in), "approve")
    with_own = Caller("eva", "user", "Eva", (in_anas_place, *TITULAR.grants))
    approved = await act(indicators.by(with_own), "approve")

    assert {row["code"] for row in refused.json()["rows"]} == {"own-submission"}
    assert approved.json()["reviewed"] == 3


async def test_a_return_needs_a_reason_and_a_correction_submits_again(indicators: Indicators) -> None:
    rows = await reported(indicators, 1)

    without = await act(indicators.by(TITULAR), "return")
    returned = await act(indicators.by(TITULAR), "return", reason="falta evidencia")
    after_return = await cell(indicators, rows[0])
    await indicators.by(AZUAY).push([{**rows[0], "value": "7"}])

    assert (without.status_code, without.json()["code"]) == (422, "reason-missing")
    assert returned.json()["rows"][0]["outcome"] == "returned"
    assert after_return["review"] == "returned"
    assert (await cell(indicators, rows[0]))["review"] == "submitted"


async def test_the_same_value_can_be_submitted_again_after_a_return(indicators: Indicators) -> None:
    rows = await reported(indicators, 1)
    await act(indicators.by(TITULAR), "return", reason="revisar")

    again = await act(indicators.by(AZUAY), "submit")

    assert again.json()["rows"][0]["outcome"] == "submitted"
    assert (await cell(indicators, rows[0]))["review"] == "submitted"


async def test_a_card_of_approved_values_keeps_the_approved_one_after_a_change(indicators: Indicators) -> None:
    rows = await reported(indicators)
    await act(indicators.by(TITULAR), "approve", assignments=[row["assignment"] for row in rows[:2]])
    await indicators.by(AZUAY).push([{**rows[0], "value": "3"}])

    card = await indicators.get("/scorecards/DP-AZUAY", plan="POA-2019", period="2019-01", approved_only="true")

    shown = {c["assignment"]: (c["state"], c["value"], c["review"]) for c in card["indicators"]}
    assert shown[rows[0]["assignment"]] == ("reported", rows[0]["value"], "approved")
    assert shown[rows[1]["assignment"]] == ("reported", rows[1]["value"], "approved")
    assert shown[rows[2]["assignment"]][1:] == (None, None)


async def test_a_ratio_of_approved_values_rests_on_the_terms_that_were_approved(indicators_db: DatabaseUrls) -> None:
    async with indicators_service(indicators_db) as service:
        service.clock.instant = service.clock.instant.replace(month=3, day=4)
        azuay, titular = service.by(AZUAY), service.by(TITULAR)
        found = await azuay.items("/assignments", plan="POA-2019", dependencia="DP-AZUAY", frequency="monthly")
        ratio = next(a["code"] for a in found if a["unit"] == "percent")
        connection = await asyncpg.connect(**asyncpg_arguments(indicators_db.owner))
        await connection.execute(
            """UPDATE indicators.indicators SET time_aggregation = 'ratio' WHERE id =
                   (SELECT indicator_id FROM indicators.assignments WHERE code = $1)""",
            ratio,
        )
        await connection.close()
        january = {"assignment": ratio, "period": "2019-01", "numerator": "10", "denominator": "100"}
        february = {"assignment": ratio, "period": "2019-02", "numerator": "30", "denominator": "100"}
        await azuay.push([january, february])
        for period in ("2019-01", "2019-02"):
            assert (await act(titular, "approve", period=period)).status_code == 200
        await azuay.push([{**january, "numerator": "90"}])

        query = {"plan": "POA-2019", "period": "2019", "approved_only": "true"}
        card = await service.get("/scorecards/DP-AZUAY", **query)

    shown = next(c for c in card["indicators"] if c["assignment"] == ratio)
    assert (shown["value"], shown["reported"], shown["review"]) == ("20.0000", 2, "approved")


async def test_a_change_after_approval_reopens_keeps_the_approved_value_and_is_drift(indicators: Indicators) -> None:
    rows = await reported(indicators, 1)
    await act(indicators.by(TITULAR), "approve")

    await indicators.by(AZUAY).push([{**rows[0], "value": "3"}])

    changed = await cell(indicators, rows[0])
    assert (changed["review"], changed["drifted"]) == ("submitted", True)
    assert (changed["value"], changed["approved_value"]) == ("3", rows[0]["value"])


async def test_an_approval_twice_is_refused_row_by_row(indicators: Indicators) -> None:
    rows = await reported(indicators, 2)
    await act(indicators.by(TITULAR), "approve", assignments=[rows[0]["assignment"]])

    again = await act(
        indicators.by(TITULAR), "approve", assignments=[rows[0]["assignment"], rows[1]["assignment"], "POA-2019.X.1"]
    )

    found = {row["assignment"]: row["code"] or row["outcome"] for row in again.json()["rows"]}
    assert found == {
        rows[0]["assignment"]: "invalid-transition",
        rows[1]["assignment"]: "approved",
        "POA-2019.X.1": "unknown-assignment",
    }


@pytest.mark.parametrize(
    ("caller", "action", "status"),
    [
        (owner("DP-GUAYAS"), "approve", 404),
        (AUDITOR, "approve", 403),
        (AZUAY, "approve", 403),
        (TITULAR, "submit", 403),
    ],
)
async def test_who_may_not_review_is_told_no_more_than_they_may_see(
    indicators: Indicators, caller: Caller, action: str, status: int
) -> None:
    await reported(indicators, 1)

    assert (await act(indicators.by(caller), action)).status_code == status


async def test_history_shows_every_step(indicators: Indicators) -> None:
    rows = await reported(indicators, 1)
    await act(indicators.by(TITULAR), "return", reason="revisar")
    await indicators.by(AZUAY).push([{**rows[0], "value": "3"}])
    await act(indicators.by(TITULAR), "approve")

    history = (await indicators.get(f"/measurements/{rows[0]['assignment']}/2019-01/history"))["items"]

    assert [(version["version"], version["review"]) for version in history] == [
        (4, "approved"),
        (3, "submitted"),
        (2, "returned"),
        (1, "submitted"),
    ]
    assert all(newer["recorded_at"] == older["superseded_at"] for newer, older in itertools.pairwise(history))
