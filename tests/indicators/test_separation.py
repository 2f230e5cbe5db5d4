"""Separation of duties where somebody stands in for another: who reports does not approve, nor whoever they act for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.kit.access import Caller, Grant
from tests.indicators.harness import READS, Indicators, grant, owner, reporter
from tests.indicators.test_deadlines import excuse, lock
from tests.indicators.test_intake import Row, monthly_rows, outcomes
from tests.indicators.test_reviews import AZUAY, act, cell, reported
from tests.indicators.test_straight import read

WORK = f"{READS} measurement:submit measurement:approve measurement:return"
ANA = Caller("ana", "user", "Ana", (grant(WORK, "DP-AZUAY"),))
IN_ANAS_PLACE = Grant(frozenset(WORK.split()), "DP-AZUAY", True, "ana")
EVA = Caller("eva", "user", "Eva", (IN_ANAS_PLACE,))
LUIS = Caller("luis", "user", "Luis", (IN_ANAS_PLACE,))


def codes(answer: Any) -> set[str]:
    return {row["code"] or row["outcome"] for row in answer.json()["rows"]}


async def test_a_holder_does_not_approve_what_a_stand_in_reported_for_them(indicators: Indicators) -> None:
    rows = await reported(indicators, caller=EVA)

    holder = await act(indicators.by(ANA), "approve")
    other_stand_in = await act(indicators.by(LUIS), "approve")
    titular = await act(indicators.by(owner("DP-AZUAY")), "approve")

    assert (await cell(indicators, rows[0]))["submitted_for"] == "ana"
    assert codes(holder) == codes(other_stand_in) == {"own-submission"}
    assert codes(titular) == {"approved"}


async def test_what_a_stand_in_reports_in_their_own_right_the_holder_approves(indicators: Indicators) -> None:
    both = Caller("eva", "user", "Eva", (IN_ANAS_PLACE, *AZUAY.grants))
    rows = await reported(indicators, caller=both)

    assert (await cell(indicators, rows[0]))["submitted_for"] is None
    assert codes(await act(indicators.by(ANA), "approve")) == {"approved"}


async def test_a_correction_is_of_whoever_sent_it_last(indicators: Indicators) -> None:
    rows = await reported(indicators, 2)
    await act(indicators.by(ANA), "approve")
    await indicators.by(EVA).push([{**row, "value": "3"} for row in rows])

    refused = await act(indicators.by(ANA), "approve")
    await indicators.by(AZUAY).push([{**row, "value": "4", "note": "según acta"} for row in rows])
    approved = await act(indicators.by(ANA), "approve")

    history = (await indicators.get(f"/measurements/{rows[0]['assignment']}/2019-01/history"))["items"]
    assert codes(refused) == {"own-submission"}
    assert codes(approved) == {"approved"}
    assert [version["submitted_for"] for version in history] == [None, None, "ana", None, None]
    assert [version["submitted_by"] for version in history[2:4]] == ["eva", "DP-AZUAY.reporte"]


async def test_sending_a_returned_value_again_makes_it_nobody_elses(indicators: Indicators) -> None:
    """Eva reports for Ana; a reporter submits the same value again: it is still what was reported for Ana."""
    rows = await reported(indicators, 1, caller=EVA)
    await act(indicators.by(owner("DP-AZUAY")), "return", reason="revisar")
    again = await act(indicators.by(AZUAY), "submit")

    assert codes(again) == {"submitted"}
    shown = await cell(indicators, rows[0])
    assert (shown["submitted_by"], shown["submitted_for"]) == ("DP-AZUAY.reporte", None)
    for reporter_of_it in (ANA, EVA, LUIS):
        assert codes(await act(indicators.by(reporter_of_it), "approve")) == {"own-submission"}
    assert codes(await act(indicators.by(owner("DP-AZUAY")), "approve")) == {"approved"}


async def test_who_submits_again_in_somebodys_place_is_known_too(indicators: Indicators) -> None:
    rows = await reported(indicators, 1)
    await act(indicators.by(owner("DP-AZUAY")), "return", reason="revisar")
    await act(indicators.by(EVA), "submit")

    assert (await cell(indicators, rows[0]))["submitted_for"] == "ana"
    assert codes(await act(indicators.by(ANA), "approve")) == {"own-submission"}


async def test_nor_when_an_exception_let_it_into_a_locked_period(indicators: Indicators) -> None:
    rows = (await monthly_rows(indicators.by(AZUAY)))[:1]
    await lock(indicators)
    indicators.clock.instant = datetime(2019, 3, 10, tzinfo=UTC)
    locked = await indicators.by(EVA).push(rows)
    granted = await excuse(indicators)

    await indicators.by(EVA).push(rows)

    assert (outcomes(locked.json()), granted.status_code) == (["period-locked"], 201)
    assert (await cell(indicators, rows[0]))["submitted_for"] == "ana"
    assert codes(await act(indicators.by(ANA), "approve")) == {"own-submission"}


async def test_each_dependencia_of_a_batch_has_its_own_holder(indicators: Indicators) -> None:
    """Eva stands in for Ana in one province, for Berta in another, and reports a third in her own right."""
    guayas = Grant(frozenset(WORK.split()), "DP-GUAYAS", True, "berta")
    own = grant(f"{READS} measurement:submit", "DP-LOJA")
    eva = Caller("eva", "user", "Eva", (own, IN_ANAS_PLACE, guayas))
    rows: list[Row] = []
    for province in ("DP-AZUAY", "DP-GUAYAS", "DP-LOJA"):
        rows += (await monthly_rows(indicators.by(reporter(province)), province))[:2]

    straight = await indicators.by(eva).push(rows)
    corrected = await indicators.by(eva).push([{**row, "value": "2", "note": "corregido"} for row in rows])

    assert (straight.status_code, corrected.json()["updated"]) == (201, 6)
    expected = ["ana", "ana", "berta", "berta", None, None]
    for row, holder in zip(rows, expected, strict=True):
        url = f"/measurements/{row['assignment']}/{row['period']}/history"
        assert [version["submitted_for"] for version in (await indicators.get(url))["items"]] == [holder, holder]


@pytest.mark.parametrize("way", ["straight", "row by row"])
async def test_the_trail_names_the_holders_of_a_batch(indicators: Indicators, way: str) -> None:
    own = grant(f"{READS} measurement:submit", "DP-LOJA")
    eva = Caller("eva", "user", "Eva", (own, IN_ANAS_PLACE))
    rows = (await monthly_rows(indicators.by(AZUAY)))[:2]
    sent = rows if way == "straight" else [{**row, "note": "nota"} for row in rows]

    await indicators.by(eva).push(sent)

    trail = (
        "SELECT acting_for, detail::json->>'submitted_for' FROM indicators.audit_events ORDER BY position DESC LIMIT 1"
    )
    found = await read(indicators, trail)
    assert found == [("ana", '["ana"]')]
