"""Intake through the service's own door: outcomes row by row, and what a repetition does."""

from typing import Any

import pytest

from tests.indicators.harness import AUDITOR, Indicators, reporter

Row = dict[str, Any]


async def monthly_rows(service: Indicators, province: str = "DP-AZUAY") -> list[Row]:
    found = await service.items("/assignments", plan="POA-2019", dependencia=province, frequency="monthly")
    return [{"assignment": a["code"], "period": "2019-01", "value": a["targets"][0]["value"]} for a in found]


def outcomes(body: dict[str, Any]) -> list[str]:
    return [row.get("code") or row["outcome"] for row in body["rows"]]


async def test_a_month_lands_once_and_its_repetition_is_answered_from_memory(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    rows = await monthly_rows(azuay)

    first = await azuay.push(rows, key="enero-a")
    again = await azuay.push(rows, key="enero-a")
    resent = await azuay.push(rows)

    assert first.status_code == 201, first.text
    assert (first.json()["created"], first.json()["rejected"]) == (26, 0)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert resent.json()["unchanged"] == 26


async def test_every_wrong_row_has_its_code_and_the_good_one_lands(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    rows = await monthly_rows(azuay)
    sent = [
        {**rows[0], "value": "12a"},
        {**rows[1], "period": "2019-13"},
        {**rows[2], "period": "2019-Q1"},
        {**rows[3], "period": "2199-01"},
        rows[4],
        {**rows[4], "value": "1"},
        rows[5],
        {**rows[6], "assignment": "POA-2019.DP-NADA.001"},
        {"indicator": "nada", "dependencia": "DP-NADA", "plan": "POA-2019", "period": "2019-01", "value": "1"},
        {**rows[7], "value": None},
        {**rows[8], "value": "50", "numerator": "1", "denominator": "3"},
        {**rows[9], "period": "2019-02"},
    ]

    answer = await azuay.push(sent)

    assert answer.status_code == 201
    assert outcomes(answer.json()) == [
        "invalid-number", "invalid-period", "period-frequency-mismatch", "period-not-open", "duplicate-row",
        "duplicate-row", "created", "unknown-assignment", "unknown-dependencia", "invalid-number",
        "ratio-mismatch", "period-not-open",
    ]  # fmt: skip
    assert all(row["detail"] and row["field"] for row in answer.json()["rows"] if row["outcome"] == "rejected")


async def test_foreign_rows_look_exactly_like_unknown_ones(indicators: Indicators) -> None:
    rows = await monthly_rows(indicators.by(AUDITOR))
    unknown = [{**row, "assignment": row["assignment"].replace("AZUAY", "NINGUNA")} for row in rows]

    foreign = await indicators.by(reporter("DP-GUAYAS")).push(rows)
    missing = await indicators.by(reporter("DP-GUAYAS")).push(unknown)

    assert foreign.status_code == missing.status_code == 422
    assert foreign.headers["content-type"].startswith("application/problem+json")
    assert foreign.json()["rows"] == missing.json()["rows"]


async def test_visible_but_not_writable_rows_say_so(indicators: Indicators) -> None:
    rows = await monthly_rows(indicators.by(AUDITOR))
    guayas = reporter("DP-GUAYAS")
    both = type(guayas)(guayas.subject, "user", "x", (*guayas.grants, *AUDITOR.grants))

    answer = await indicators.by(both).push(rows[:1])

    assert outcomes(answer.json()) == ["not-in-scope"]


@pytest.mark.parametrize("mode", ["partial", "atomic"])
async def test_a_dry_run_answers_like_the_real_one_and_changes_nothing(indicators: Indicators, mode: str) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    rows = await monthly_rows(azuay)
    rows[3]["value"] = "x"

    tried = await azuay.push(rows, mode=mode, dry_run="true")
    listed = await azuay.items("/measurements")
    real = await azuay.push(rows, mode=mode)

    assert tried.status_code == 200
    assert listed == []
    assert tried.json()["rows"] == real.json()["rows"]
    assert real.status_code == (201 if mode == "partial" else 422)
    assert len(await azuay.items("/measurements")) == (25 if mode == "partial" else 0)


@pytest.mark.parametrize("dry_run", ["true", "false"])
async def test_all_or_nothing_says_of_the_good_rows_that_they_did_not_land(
    indicators: Indicators, dry_run: str
) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    rows = (await monthly_rows(azuay))[:3]
    rows[1]["value"] = "x"

    answer = (await azuay.push(rows, mode="atomic", dry_run=dry_run)).json()

    assert [row["outcome"] for row in answer["rows"]] == ["not_applied", "rejected", "not_applied"]
    assert (answer["created"], answer["updated"], answer["unchanged"], answer["rejected"]) == (0, 0, 0, 1)
    assert await azuay.items("/measurements") == []


async def test_a_correction_keeps_the_version_before(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    row = (await monthly_rows(azuay))[0]
    await azuay.push([row])

    corrected = await azuay.push([{**row, "value": "1.50"}])

    history = (await azuay.get(f"/measurements/{row['assignment']}/2019-01/history"))["items"]
    assert corrected.json()["updated"] == 1
    assert [version["value"] for version in history] == ["1.50", row["value"]]
    assert history[1]["superseded_at"] == history[0]["recorded_at"]


async def test_a_receipt_can_be_read_again_by_who_sent_it(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    answer = await azuay.push((await monthly_rows(azuay))[:2])

    again = await azuay.call("GET", answer.headers["location"].removeprefix("/api/v1"))
    foreign = await indicators.by(reporter("DP-GUAYAS")).call("GET", answer.headers["location"].removeprefix("/api/v1"))

    assert again.json() == answer.json()
    assert foreign.status_code == 404


async def test_numerator_and_denominator_give_the_value(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    row = next(r for r in await monthly_rows(azuay))

    await azuay.push([{**row, "value": None, "numerator": "1", "denominator": 8}])

    cell = await azuay.get(f"/measurements/{row['assignment']}/2019-01")
    assert (cell["value"], cell["numerator"], cell["denominator"]) == ("12.5", "1", "8")


async def test_numbers_keep_every_digit_however_they_are_sent(indicators: Indicators) -> None:
    azuay = indicators.by(reporter("DP-AZUAY"))
    rows = (await monthly_rows(azuay))[:3]
    body = (
        '{"source":"prueba","rows":['
        f'{{"assignment":"{rows[0]["assignment"]}","period":"2019-01","value":94.50}},'
        f'{{"assignment":"{rows[1]["assignment"]}","period":"201901","value":12.3456789012}},'
        f'{{"assignment":"{rows[2]["assignment"]}","period":"2019-01","value":1e2}}]}}'
    )

    answer = await azuay.call("POST", "/measurement-batches", body.encode(), headers={"Idempotency-Key": "cifras"})

    cells = await azuay.items("/measurements", assignment=[row["assignment"] for row in rows])
    assert answer.json()["created"] == 3
    assert [cell["value"] for cell in cells] == ["94.50", "12.3456789012", "100"]
