"""The procurement plan: lines change by reform; a deadline in business days; timeliness is computed."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.database import asyncpg_arguments
from services.plans.domain.business_days import business_days_between, deadline, is_business_day
from services.plans.pac.calendar import holidays_around
from services.plans.pac.overdue import tell_overdue
from tests.plans.harness import Plans, grant

LINE: dict[str, Any] = {
    "dependencia": "DNTI", "year": 2026, "company": "201", "procedure_type": "Subasta inversa electrónica",
    "description": "Renovación de equipos de red", "amount": "125000.50", "quarter": 2,
}  # fmt: skip
WHY = "Cambió el presupuesto referencial"


def unit(plans: Plans, subject: str = "titular") -> Plans:
    return plans.by(grant("pac:read pac:write", "DNTI"), subject=subject)


def office(plans: Plans) -> Plans:
    return plans.by(grant("pac:read plan:validate"), subject="dnpl")


async def request(plans: Plans, line: int, requested_on: str = "2026-02-26", **changes: Any) -> Any:
    body = {"kind": "change", "line": line, "justification": WHY, "requested_on": requested_on}
    return await unit(plans).post("/pac-reforms", {**body, "changes": {"amount": "99.90", **changes}})


async def answer(plans: Plans, reform: int, on: str = "2026-03-02", what: str = "accepted") -> tuple[int, Any]:
    body = {"answer": what, "answered_on": on}
    response = await office(plans).call("POST", f"/pac-reforms/{reform}/answer", body)
    return response.status_code, response.json()


async def test_lines_are_numbered_within_their_dependencia_and_year(plans: Plans) -> None:
    first = await unit(plans).post("/pac-lines", LINE)
    second = await unit(plans).post("/pac-lines", {**LINE, "ocid": "ocds-5wno2w-SIE-IESS-2026-1"})

    assert (first["number"], second["number"]) == (1, 2)
    assert (first["status"], second["status"], second["amount"]) == ("planned", "published", "125000.50")


async def test_lines_included_at_once_have_numbers_of_their_own(plans: Plans) -> None:
    body = {"kind": "include", "new_line": LINE, "justification": WHY, "requested_on": "2026-02-26"}
    reforms = [(await unit(plans).post("/pac-reforms", body))["id"] for _ in range(4)]
    boss = office(plans)
    said = {"answer": "accepted", "answered_on": "2026-03-02"}

    answers = await asyncio.gather(*(boss.call("POST", f"/pac-reforms/{n}/answer", said) for n in reforms))

    assert [a.status_code for a in answers] == [200] * 4
    assert sorted(line["number"] for line in await unit(plans).items("/pac-lines", year=2026)) == [1, 2, 3, 4]


async def test_an_accepted_reform_changes_the_line_and_nothing_else(plans: Plans) -> None:
    line = await unit(plans).post("/pac-lines", LINE)
    reform = await request(plans, line["id"])

    assert (await unit(plans).get(f"/pac-lines/{line['id']}"))["amount"] == "125000.50"
    status, answered = await answer(plans, reform["id"])

    assert (status, answered["answer"], answered["in_time"]) == (200, "accepted", True)
    assert await unit(plans).get(f"/pac-lines/{line['id']}") == {**line, "amount": "99.90"}


@pytest.mark.parametrize("changes", [{}, {"amount": "125000.5"}, {"quarter": 2, "ocid": None}])
async def test_a_reform_that_changes_nothing_is_refused(plans: Plans, changes: dict[str, Any]) -> None:
    line = await unit(plans).post("/pac-lines", LINE)
    body = {"kind": "change", "line": line["id"], "justification": WHY, "requested_on": "2026-02-26"}

    response = await unit(plans).call("POST", "/pac-reforms", {**body, "changes": changes})

    assert response.status_code == 422
    assert [(e["pointer"], e["code"]) for e in response.json()["errors"]] == [("/changes", "nothing-changes")]


@pytest.mark.parametrize("value", [True, "2", 2.0])
async def test_a_whole_number_is_neither_text_nor_true(plans: Plans, value: object) -> None:
    response = await unit(plans).call("POST", "/pac-lines", {**LINE, "quarter": value})

    assert response.status_code == 422
    assert [(e["pointer"], e["code"]) for e in response.json()["errors"]] == [("/quarter", "invalid-integer")]


async def test_a_line_is_published_while_it_has_an_identifier(plans: Plans) -> None:
    line = await unit(plans).post("/pac-lines", LINE)
    seen = []
    for ocid in ("ocds-5wno2w-SIE-IESS-2026-1", None):
        await answer(plans, (await request(plans, line["id"], ocid=ocid))["id"])
        now = await unit(plans).get(f"/pac-lines/{line['id']}")
        seen.append((now["ocid"], now["status"]))

    assert seen == [("ocds-5wno2w-SIE-IESS-2026-1", "published"), (None, "planned")]


async def test_a_rejected_reform_changes_nothing(plans: Plans) -> None:
    line = await unit(plans).post("/pac-lines", LINE)
    await answer(plans, (await request(plans, line["id"]))["id"], what="rejected")

    assert await unit(plans).get(f"/pac-lines/{line['id']}") == line


async def test_a_line_is_included_and_excluded_by_reform(plans: Plans) -> None:
    body = {"kind": "include", "new_line": LINE, "justification": WHY, "requested_on": "2026-02-26"}
    await answer(plans, (await unit(plans).post("/pac-reforms", body))["id"])
    [line] = await unit(plans).items("/pac-lines", dependencia="DNTI")
    out = {"kind": "exclude", "line": line["id"], "justification": WHY, "requested_on": "2026-02-26"}
    await answer(plans, (await unit(plans).post("/pac-reforms", out))["id"])

    assert (await unit(plans).get(f"/pac-lines/{line['id']}"))["status"] == "excluded"
    again = await unit(plans).call("POST", "/pac-reforms", out)
    assert (again.status_code, again.json()["code"]) == (409, "pac-line-excluded")


async def test_the_deadline_counts_business_days_over_carnival(plans: Plans) -> None:
    line = await unit(plans).post("/pac-lines", LINE)

    # Carnival 2026 is Monday 16 and Tuesday 17 February: 12 is a Thursday, the fifth business day is the 23rd.
    assert (await request(plans, line["id"], "2026-02-12"))["deadline_on"] == "2026-02-23"


async def test_timeliness_counts_what_was_due(plans: Plans) -> None:
    line = await unit(plans).post("/pac-lines", LINE)
    in_time = await request(plans, line["id"], "2026-02-02")
    late = await request(plans, line["id"], "2026-02-02")
    await request(plans, line["id"], "2026-02-03")
    await request(plans, line["id"], "2026-02-27")
    await answer(plans, in_time["id"], "2026-02-09")
    await answer(plans, late["id"], "2026-02-10")

    found = await unit(plans).get("/pac-reforms/timeliness", dependencia="DNTI", year=2026, month=2)

    # The third was never answered and is past its deadline; the fourth still has time.
    assert found == {"dependencia": "DNTI", "period": "2026-02", "in_time": 1, "due": 3, "percent": "33.3333"}


async def test_who_asks_does_not_answer(plans: Plans) -> None:
    both = plans.by(grant("pac:read pac:write plan:validate"), subject="titular")
    line = await both.post("/pac-lines", LINE)
    reform = await request(plans, line["id"])

    response = await both.call(
        "POST", f"/pac-reforms/{reform['id']}/answer", {"answer": "accepted", "answered_on": "2026-03-01"}
    )

    assert (response.status_code, response.json()["code"]) == (403, "separation-of-duties")


async def test_an_answer_is_given_once_and_in_order(plans: Plans) -> None:
    line = await unit(plans).post("/pac-lines", LINE)
    reform = (await request(plans, line["id"]))["id"]

    assert (await answer(plans, reform, "2026-02-25"))[1]["errors"][0]["code"] == "date-out-of-range"
    assert (await answer(plans, reform, "2026-03-03"))[1]["errors"][0]["code"] == "date-out-of-range"
    assert (await answer(plans, reform))[0] == 200
    assert (await answer(plans, reform))[1]["code"] == "pac-reform-answered"


async def test_another_dependencia_s_lines_are_not_there(plans: Plans) -> None:
    line = await unit(plans).post("/pac-lines", LINE)
    stranger = plans.by(grant("pac:read pac:write", "DNPL"), subject="otra")

    assert await stranger.items("/pac-lines") == []
    assert (await stranger.call("GET", f"/pac-lines/{line['id']}")).status_code == 404
    assert (await stranger.call("POST", "/pac-lines", LINE)).status_code == 403


async def test_only_the_ocid_is_set_directly(plans: Plans) -> None:
    line = await unit(plans).post("/pac-lines", LINE)
    path, headers = f"/pac-lines/{line['id']}", {"If-Match": "*"}

    published = await unit(plans).call("PATCH", path, {"ocid": "ocds-5wno2w-X-0001"}, headers=headers)

    assert (published.status_code, published.json()["status"]) == (200, "published")
    assert (await unit(plans).call("PATCH", path, {"amount": "1"}, headers=headers)).status_code == 422


@pytest.mark.parametrize("kind", ["include", "change", "exclude"])
async def test_a_reform_carries_what_its_kind_needs(plans: Plans, kind: str) -> None:
    body = {"kind": kind, "justification": WHY, "requested_on": "2026-02-26"}

    response = await unit(plans).call("POST", "/pac-reforms", body)

    assert response.json()["errors"][0]["code"] == "kind-mismatch"


@given(st.dates(date(2018, 1, 1), date(2030, 12, 31)), st.integers(1, 30))
def test_a_deadline_is_a_business_day_that_many_days_on(start: date, days: int) -> None:
    holidays = holidays_around(start)
    due = deadline(start, days, holidays)

    assert is_business_day(due, holidays)
    assert business_days_between(start, due, holidays) == days
    assert business_days_between(start, due - timedelta(days=1), holidays) == days - 1


# Days counted by hand in the calendar of each year: five business days after the request.
@pytest.mark.parametrize(
    ("requested_on", "due"),
    [
        ("2026-02-12", "2026-02-23"),  # Carnival, Monday 16 and Tuesday 17, stays where it falls
        ("2024-02-09", "2024-02-20"),
        ("2025-12-23", "2025-12-31"),  # Christmas stays on its Thursday
        ("2023-12-22", "2024-01-02"),  # Monday 25 December and Monday 1 January
        ("2022-12-23", "2023-01-03"),  # both on Sundays: Mondays 26 and 2
        ("2021-12-30", "2022-01-07"),  # New Year on a Saturday: Friday 31 December
        ("2025-10-08", "2025-10-16"),  # Thursday 9 October goes to Friday 10
        ("2024-10-31", "2024-11-11"),  # 2 and 3 November on a weekend: Friday 1 and Monday 4
        ("2025-10-30", "2025-11-10"),  # 2 November on a Sunday and 3 on Monday: Monday 3 and Tuesday 4
        ("2023-10-31", "2023-11-09"),  # Thursday 2 and Friday 3 November
        ("2025-05-22", "2025-05-30"),  # 24 May on a Saturday: Friday 23
        ("2025-08-07", "2025-08-15"),  # 10 August on a Sunday: Monday 11
        ("2024-03-28", "2024-04-05"),  # Good Friday
    ],
)
def test_a_deadline_walks_around_the_holidays_as_the_law_moves_them(requested_on: str, due: str) -> None:
    start = date.fromisoformat(requested_on)

    assert deadline(start, 5, holidays_around(start)) == date.fromisoformat(due)


async def test_a_deadline_that_passes_without_an_answer_is_told_once(plans: Plans) -> None:
    """Indicators hear of it though nobody calls; an answer that comes late is told as every other."""
    line = (await unit(plans).post("/pac-lines", LINE))["id"]
    late = await request(plans, line, "2026-02-02")
    await request(plans, line, "2026-02-27")
    arguments = asyncpg_arguments(plans.app.state.database.url)
    connection = await asyncpg.connect(**arguments)
    try:
        due = date.fromisoformat(late["deadline_on"])
        told = [await tell_overdue(connection, plans.clock.now(), day) for day in (due, due + timedelta(days=1))]
        again = await tell_overdue(connection, plans.clock.now(), due + timedelta(days=2))
    finally:
        await connection.close()
    await answer(plans, late["id"])

    feed = await plans.by(grant("internal:read")).get("/feed", limit=1000)
    events = [e for e in feed["items"] if e["type"].startswith("pac-reform.") and e["subject"] == str(late["id"])]
    assert (told, again) == ([0, 1], 0)
    assert [e["type"].partition(".")[2] for e in events] == ["requested", "overdue", "answered"]
    month = {"period": "2026-02", "numerator": "0", "denominator": "1", "value": "0.0000", "in_time": False}
    assert events[1]["data"].items() >= {**month, "answer": None}.items()
