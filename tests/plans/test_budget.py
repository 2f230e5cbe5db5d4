"""Budget execution from finance: row results, no sums of doubles, a percent that is always computed."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.plans.domain.amounts import AmbiguousNumber, written_number
from tests.plans.harness import Plans, grant

ROW: dict[str, Any] = {
    "year": 2026, "month": 1, "company": "215", "printed_code": "215", "printed_name": "Fondo Salud",
    "group": None, "current": "2176439547.00", "accrued": "84730237.92", "printed_percent": "3.89",
}  # fmt: skip
OTHER = {**ROW, "company": "214", "printed_code": "214", "printed_name": "Fondo Campesino"}


def finance(plans: Plans) -> Plans:
    return plans.by(grant("budget:read budget:push"), subject="sys-finanzas")


async def push(plans: Plans, rows: list[Any], key: str = "a", query: str = "") -> tuple[int, Any]:
    answer = await finance(plans).call(
        "POST",
        f"/budget-execution-batches{query}",
        {"source": "finanzas", "rows": rows},
        headers={"Idempotency-Key": key},
    )
    return answer.status_code, answer.json()


async def test_a_month_is_taken_and_its_percent_computed(plans: Plans) -> None:
    status, receipt = await push(plans, [ROW])

    [row] = await finance(plans).items("/budget-execution", year=2026, company="215")
    assert (status, receipt["created"], receipt["rows"][0]["outcome"]) == (201, 1, "created")
    assert (row["current"], row["accrued"], row["execution_percent"]) == ("2176439547.00", "84730237.92", "3.8931")


@pytest.mark.parametrize(
    ("current", "accrued", "percent"),
    [
        ("999999999999999999.999999", "123456499999999999.9", "12.3456"),
        ("100000000000000000", "12345650000000000", "12.3457"),
        ("3", "1", "33.3333"),
        ("3", "2", "66.6667"),
        ("0.000001", "999999999999999999.999999", "99999999999999999999999900.0000"),
        ("7", "0", "0.0000"),
        ("0", "0", None),
    ],
)
async def test_a_percent_is_rounded_once(plans: Plans, current: str, accrued: str, percent: str | None) -> None:
    """Half up from the exact quotient: a quotient that was rounded before could be carried over the half."""
    await push(plans, [{**ROW, "current": current, "accrued": accrued, "printed_percent": None}])

    assert (await finance(plans).items("/budget-execution", year=2026))[0]["execution_percent"] == percent


async def test_the_same_rows_again_are_unchanged_and_a_change_is_a_version(plans: Plans) -> None:
    await push(plans, [ROW])
    _, same = await push(plans, [ROW], "b")
    _, changed = await push(plans, [{**ROW, "accrued": "90000000"}], "c")

    [row] = await finance(plans).items("/budget-execution", year=2026)
    assert (same["unchanged"], changed["updated"], row["version"]) == (1, 1, 2)


async def test_one_key_has_one_effect(plans: Plans) -> None:
    first = await push(plans, [ROW])

    assert await push(plans, [ROW]) == first
    assert (await push(plans, [OTHER]))[1]["code"] == "idempotency-key-reused"


async def test_two_rows_for_one_key_are_refused_and_not_summed(plans: Plans) -> None:
    status, receipt = await push(plans, [ROW, {**ROW, "accrued": "1"}, OTHER])

    assert [(r["index"], r.get("code")) for r in receipt["rows"]] == [
        (0, "duplicate-row"), (1, "duplicate-row"), (2, None)
    ]  # fmt: skip
    assert status == 201
    assert await finance(plans).items("/budget-execution", year=2026, company="215") == []


async def test_a_printed_percent_that_differs_is_a_warning(plans: Plans) -> None:
    _, receipt = await push(plans, [{**ROW, "printed_percent": "3.90"}, {**OTHER, "printed_percent": "3.8980"}])

    assert [r["warnings"] for r in receipt["rows"]] == [["printed-percent-differs"], []]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"company": "299"}, "unknown-company", "company"),
        ({"month": 13}, "invalid-period", "month"),
        ({"month": 4}, "period-not-open", "month"),
        ({"year": 2027}, "period-not-open", "month"),
        ({"current": "12a"}, "invalid-number", "current"),
        ({"accrued": "-1"}, "out-of-range", "accrued"),
        ({"printed_name": ""}, "missing-field", "printed_name"),
        ({"total": "1"}, "unknown-field", "total"),
        ({"current": True}, "invalid-number", "current"),
        ({"current": [1]}, "invalid-number", "current"),
    ],
)
async def test_a_bad_row_is_named_with_its_field(plans: Plans, change: dict[str, Any], code: str, field: str) -> None:
    status, answer = await push(plans, [{**ROW, **change}])

    assert (status, answer["code"]) == (422, "batch-rejected")
    assert [(r["code"], r["field"]) for r in answer["rows"]] == [(code, field)]


async def test_atomic_takes_all_or_nothing(plans: Plans) -> None:
    status, answer = await push(plans, [ROW, {**OTHER, "month": 0}], query="?mode=atomic")

    assert (status, answer["rejected"], answer["created"]) == (422, 1, 0)
    assert await finance(plans).items("/budget-execution", year=2026) == []


async def test_a_dry_run_answers_and_changes_nothing(plans: Plans) -> None:
    status, answer = await push(plans, [ROW, {**OTHER, "month": 0}], query="?dry_run=true")

    assert (status, answer["created"], answer["rejected"]) == (200, 1, 1)
    assert await finance(plans).items("/budget-execution", year=2026) == []


async def test_csv_in_spanish_notation_is_the_same_rows(plans: Plans) -> None:
    text = (
        "year;month;company;printed_code;printed_name;current;accrued;printed_percent\n"
        "2026;1;215;215;Fondo Salud;2.176.439.547,00;84.730.237,92;3,89\n"
        "2026;1;214;214;Fondo Campesino;1.234;0;\n"
    )
    finance(plans).app.state.test_caller = finance(plans).caller
    answer = await plans.http.post(
        "/api/v1/budget-execution-batches", content=text.encode(),
        headers={"content-type": "text/csv", "Idempotency-Key": "csv"},
    )  # fmt: skip

    assert answer.status_code == 201
    assert [r.get("code") for r in answer.json()["rows"]] == [None, "ambiguous-number"]
    [row] = await finance(plans).items("/budget-execution", year=2026)
    assert row["accrued"] == "84730237.92"


@pytest.mark.parametrize(("query", "sender"), [("", "sys-finanzas"), ("?source=esigef", "esigef")])
async def test_lines_say_who_sends_them_in_the_address(plans: Plans, query: str, sender: str) -> None:
    finance(plans).app.state.test_caller = finance(plans).caller

    answer = await plans.http.post(
        f"/api/v1/budget-execution-batches{query}",
        content=json.dumps(ROW).encode(),
        headers={"content-type": "application/x-ndjson", "Idempotency-Key": "lines"},
    )

    kept = await plans.app.state.database.pool.fetchval(
        "SELECT source FROM plans.budget_batches WHERE id = $1", UUID(answer.json()["batch_id"])
    )
    assert (answer.status_code, kept) == (201, sender)


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"", "text/csv"), (b'{"source": "x", "rows": []}', "application/json"), (b"[]", "application/json")],
)
async def test_what_is_no_batch_is_refused_as_everywhere(plans: Plans, content: bytes, kind: str) -> None:
    finance(plans).app.state.test_caller = finance(plans).caller

    answer = await plans.http.post(
        "/api/v1/budget-execution-batches", content=content, headers={"content-type": kind, "Idempotency-Key": "none"}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-batch")


async def test_the_receipt_can_be_read_again(plans: Plans) -> None:
    _, receipt = await push(plans, [ROW])

    assert await finance(plans).get(f"/budget-execution-batches/{receipt['batch_id']}") == receipt
    stranger = plans.by(grant("budget:push"), subject="otro")
    assert (await stranger.call("GET", f"/budget-execution-batches/{receipt['batch_id']}")).status_code == 404


async def test_only_finance_of_the_whole_institution_pushes(plans: Plans) -> None:
    body = {"source": "x", "rows": [ROW]}
    for caller in (plans.by(grant("budget:read")), plans.by(grant("budget:push", "DP-AZUAY"))):
        answer = await caller.call("POST", "/budget-execution-batches", body, headers={"Idempotency-Key": "k"})
        assert answer.status_code == 403


async def test_a_batch_without_key_is_refused(plans: Plans) -> None:
    answer = await finance(plans).call("POST", "/budget-execution-batches", {"source": "x", "rows": [ROW]})

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-missing")


@given(st.decimals(min_value=0, max_value=10**12, places=2, allow_nan=False))
def test_a_number_reads_the_same_in_both_notations(number: Any) -> None:
    english = f"{number:,.2f}"
    spanish = english.translate(str.maketrans(",.", ".,"))

    assert written_number(english) == written_number(spanish) == number


@pytest.mark.parametrize("text", ["1.234", "1,234", "999,999"])
def test_one_separator_and_three_digits_is_ambiguous(text: str) -> None:
    with pytest.raises(AmbiguousNumber):
        written_number(text)
