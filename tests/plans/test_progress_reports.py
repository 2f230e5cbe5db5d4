"""Progress of a project: reported for a month by one person, decided by another."""

from __future__ import annotations

import pytest

from tests.plans.harness import Plans
from tests.plans.projects import ID, make_project, reporter, titular


async def test_progress_is_approved_by_another_person_than_who_reported(plans: Plans) -> None:
    await make_project(plans)
    report = {"period": "2026-02", "progress_percent": "12.50"}
    path = f"/projects/{ID}/progress-reports"
    await titular(plans, "reporta").post(path, report)

    own = await titular(plans, "reporta").call("POST", f"{path}/2026-02/decision", {"action": "approve"})
    assert (own.status_code, own.json()["code"]) == (403, "separation-of-duties")
    other = await titular(plans).call("POST", f"{path}/2026-02/decision", {"action": "approve"})

    project = await titular(plans).get(f"/projects/{ID}")
    assert other.status_code == 200
    assert (project["progress_percent"], project["cut_off"]) == ("12.50", "2026-02-28")


async def test_a_returned_report_is_sent_again_and_both_stay(plans: Plans) -> None:
    await make_project(plans)
    path = f"/projects/{ID}/progress-reports"
    await reporter(plans).post(path, {"period": "2026-02", "progress_percent": "90"})
    mute = await titular(plans).call("POST", f"{path}/2026-02/decision", {"action": "return"})
    assert mute.json()["code"] == "reason-missing"
    back = {"action": "return", "reason": "Sin evidencia"}
    await titular(plans).call("POST", f"{path}/2026-02/decision", back)
    await reporter(plans).post(path, {"period": "2026-02", "progress_percent": "40"})

    found = await reporter(plans).items(path)
    assert [(r["version"], r["status"], r["progress_percent"]) for r in found] == [
        (1, "returned", "90"), (2, "submitted", "40")
    ]  # fmt: skip
    assert (await reporter(plans).get(f"/projects/{ID}"))["progress_percent"] is None


async def test_a_month_that_has_not_begun_is_not_reported(plans: Plans) -> None:
    await make_project(plans)

    answer = await reporter(plans).call(
        "POST", f"/projects/{ID}/progress-reports", {"period": "2026-04", "progress_percent": "1"}
    )

    assert answer.json()["errors"][0]["code"] == "period-not-open"


async def test_a_month_before_the_project_is_not_reported(plans: Plans) -> None:
    await make_project(plans, start_date="2026-01-15")
    path = f"/projects/{ID}/progress-reports"

    early = await reporter(plans).call("POST", path, {"period": "2025-12", "progress_percent": "1"})

    assert [(e["pointer"], e["code"]) for e in early.json()["errors"]] == [("/period", "before-start")]
    await reporter(plans).post(path, {"period": "2026-01", "progress_percent": "1"})


async def test_what_nobody_reported_is_not_decided(plans: Plans) -> None:
    await make_project(plans)

    answer = await titular(plans).call(
        "POST", f"/projects/{ID}/progress-reports/2026-01/decision", {"action": "approve"}
    )

    assert answer.status_code == 404


async def test_what_is_reported_of_a_running_month_is_so_on_that_day(plans: Plans) -> None:
    """On 2 March a third of the year's days up to the 31st have not passed yet."""
    await make_project(plans)
    await reporter(plans).post(f"/projects/{ID}/progress-reports", {"period": "2026-03", "progress_percent": "16"})
    await titular(plans).post(f"/projects/{ID}/progress-reports/2026-03/decision", {"action": "approve"}, 200)

    standing = await plans.get(f"/projects/{ID}/standing")

    assert (standing["cut_off"], standing["planned_percent"]) == ("2026-03-02", "16.48")
    assert standing["traffic_light"] == "green"


@pytest.mark.parametrize("period", ["0000-01", "٢٠٢٦-02", "1026-02", "2026-2", "2026-13"])
async def test_a_month_has_one_spelling(plans: Plans, period: str) -> None:
    await make_project(plans)
    path = f"/projects/{ID}/progress-reports"

    sent = await reporter(plans).call("POST", path, {"period": period, "progress_percent": "1"})
    decided = await titular(plans).call("POST", f"{path}/{period}/decision", {"action": "approve"})

    assert [(a.status_code, a.json()["code"]) for a in (sent, decided)] == [(422, "invalid")] * 2
