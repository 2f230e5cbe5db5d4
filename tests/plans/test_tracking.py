"""Projects in depth: phases, milestones, the freeze clock, the light and the portfolio."""

from __future__ import annotations

import pytest

from tests.plans.harness import Plans, grant
from tests.plans.projects import ID, PROJECT, enter, make_project, reporter, titular


async def test_a_project_is_created_with_its_owners_and_components(plans: Plans) -> None:
    made = await make_project(plans)

    assert (made["id"], made["owners"], made["phase"]) == (ID, ["DNTI", "DNPL"], "preproject")
    assert [c["text"] for c in made["components"]] == ["Producto 1", "Producto 2"]
    assert (made["progress_percent"], made["carried_over"]) == (None, False)


async def test_a_code_is_unique_within_its_owner_and_year(plans: Plans) -> None:
    await make_project(plans, draft=True)
    both = plans.by(grant("plan:read plan:write project:read"), subject="titular")

    other = await both.call("POST", "/projects", {**PROJECT, "dependencia": "DNPR", "owners": ["DNPR"]})
    same = await both.call("POST", "/projects", {**PROJECT, "dependencia": "DNPL", "owners": ["DNPL"]})

    assert other.status_code == 201
    assert (same.status_code, same.json()["code"]) == (409, "code-already-used")


async def test_a_project_that_ended_before_the_plan_is_carried_over(plans: Plans) -> None:
    made = await make_project(plans, start_date="2025-01-01", end_date="2025-11-30")

    assert (made["carried_over"], made["overdue"]) == (True, True)


async def test_phases_follow_the_catalogue_and_give_reasons(plans: Plans) -> None:
    await make_project(plans)

    wrong = await titular(plans).call("POST", f"/projects/{ID}/transitions", {"to": "execution"})
    assert (wrong.status_code, wrong.json()["lawful"]) == (409, ["nomination", "cancelled"])
    await enter(plans, "nomination", "approved", "execution")
    mute = await titular(plans).call("POST", f"/projects/{ID}/transitions", {"to": "frozen"})
    assert (mute.status_code, mute.json()["code"]) == (422, "reason-missing")
    assert (await enter(plans, "frozen"))["phase"] == "frozen"


async def test_a_closed_project_is_not_overdue_and_receives_nothing(plans: Plans) -> None:
    await make_project(plans, start_date="2025-01-01", end_date="2025-11-30")
    closed = await enter(plans, "nomination", "approved", "execution", "closing", "closed")

    report = {"period": "2026-01", "progress_percent": "100"}
    answer = await reporter(plans).call("POST", f"/projects/{ID}/progress-reports", report)

    assert closed["overdue"] is False
    assert (answer.status_code, answer.json()["code"]) == (409, "project-ended")


async def test_milestones_are_parts_of_one_whole(plans: Plans) -> None:
    await make_project(plans)
    path = f"/projects/{ID}/milestones"
    await titular(plans).post(path, {"name": "Diseño", "weight_percent": "60", "planned_on": "2026-02-01"})

    over = await titular(plans).call(
        "POST", path, {"name": "Entrega", "weight_percent": "40.01", "planned_on": "2026-09-01"}
    )
    assert over.json()["errors"][0]["code"] == "weights-above-100"
    await titular(plans).post(path, {"name": "Entrega", "weight_percent": "40", "planned_on": "2026-09-01"})
    stands = await titular(plans).get(f"/projects/{ID}/standing")
    assert (stands["planned_percent"], stands["traffic_light"]) == ("60.00", None)


async def test_a_part_is_changed_by_who_read_it(plans: Plans) -> None:
    await make_project(plans)
    path = f"/projects/{ID}/milestones"
    await titular(plans).post(path, {"name": "Diseño", "weight_percent": "60", "planned_on": "2026-02-01"})
    etag = (await titular(plans).call("GET", f"{path}/1")).headers["etag"]
    done = {"done_on": "2026-02-03"}

    assert (await reporter(plans).call("PATCH", f"{path}/1", done)).status_code == 428
    assert (await reporter(plans).call("PATCH", f"{path}/1", done, headers={"If-Match": etag})).status_code == 200
    assert (await reporter(plans).call("PATCH", f"{path}/1", done, headers={"If-Match": etag})).status_code == 412


async def test_the_plan_of_a_frozen_project_waits(plans: Plans) -> None:
    await make_project(plans)
    await enter(plans, "nomination", "approved", "execution", on="2026-01-01")
    await enter(plans, "frozen", on="2026-01-21")

    stands = await titular(plans).get(f"/projects/{ID}/standing")

    # 60 days have passed of 364, of which 40 frozen.
    assert (stands["frozen_days"], stands["planned_percent"]) == (40, "5.49")


async def test_the_curve_runs_from_start_to_end(plans: Plans) -> None:
    await make_project(plans)
    await reporter(plans).post(f"/projects/{ID}/progress-reports", {"period": "2026-02", "progress_percent": "12.5"})

    points = (await reporter(plans).get(f"/projects/{ID}/curve"))["points"]

    assert (len(points), points[-1]["planned_percent"], points[1]["actual_percent"]) == (12, "100.00", "12.5")


async def test_a_risk_and_a_budget_are_kept(plans: Plans) -> None:
    await make_project(plans)
    risk = {"description": "Sin proveedor", "probability": 4, "impact": 5, "response": "mitigate"}
    made = await reporter(plans).post(f"/projects/{ID}/risks", risk)
    put = await titular(plans).call("PUT", f"/projects/{ID}/budgets/2026", {"planned": "100.50", "accrued": "0"})

    assert (made["exposure"], made["status"]) == (20, "open")
    assert (put.status_code, put.json()["planned"]) == (200, "100.50")
    blind = await titular(plans).call("PUT", f"/projects/{ID}/budgets/2026", {"planned": "1", "accrued": "0"})
    assert blind.status_code == 428


async def test_committed_facts_change_in_a_draft_only(plans: Plans) -> None:
    both = plans.by(grant("plan:read plan:write project:read"), subject="titular")
    body, headers = {"name": "Otro nombre"}, {"If-Match": "*"}

    answer = await both.call("PATCH", "/projects/POA-2025.DNTI.P01", body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (409, "plan-not-in-draft")


async def test_another_dependencia_does_not_touch_a_project(plans: Plans) -> None:
    await make_project(plans)
    stranger = plans.by(grant("plan:read project:read project:report project:approve", "DP-AZUAY"), subject="azuay")

    for path, body in (
        ("progress-reports", {"period": "2026-02", "progress_percent": "1"}),
        ("transitions", {"to": "nomination"}),
    ):
        assert (await stranger.call("POST", f"/projects/{ID}/{path}", body)).status_code == 404


async def test_the_portfolio_of_the_real_poa(loaded: Plans) -> None:
    board = await loaded.get("/projects/portfolio?dependencia=IESS&plan=POA-2025")
    salud = await loaded.get("/projects/portfolio?dependencia=DSGSIF")

    assert (board["total"], board["by_kind"]) == (121, {"project": 25, "action_plan": 96})
    assert board["by_phase"] == {"execution": 22, "preproject": 2, "frozen": 1, "none": 96}
    assert (board["carried_over"], len(board["worst"]), salud["by_kind"]["project"]) == (3, 10, 5)
    assert [w["id"][-3:] for w in board["worst"][:3]] == ["P03", "P04", "P02"]
    assert board["by_light"] == {"red": 2, "amber": 1, "unknown": 118}


async def test_a_reader_of_one_unit_does_not_see_its_children_in_the_portfolio(loaded: Plans) -> None:
    alone = loaded.by(grant("plan:read"), grant("project:read", "DSGSIF", subtree=False), subject="solo")
    whole = loaded.by(grant("plan:read"), grant("project:read", "DSGSIF"), subject="todo")
    path = "/projects/portfolio?dependencia=DSGSIF"

    # The section's own dependencia sees what its plan registers, not what other sections put on its children.
    assert (await alone.get(path))["total"] == len(await alone.items("/projects"))
    assert (await whole.get(path))["total"] == 20
    province = loaded.by(grant("plan:read"), grant("project:read", "IESS", subtree=False), subject="raiz.sola")
    assert (await province.get("/projects/portfolio?dependencia=IESS"))["total"] == 0


async def test_the_real_frozen_project_can_go_on(plans: Plans) -> None:
    boss = plans.by(grant("plan:read project:read project:approve", "DNSAC"), subject="dnsac")

    answer = await boss.call(
        "POST", "/projects/POA-2025.DNSAC.P01/transitions", {"to": "execution", "reason": "Hay presupuesto"}
    )

    assert (answer.status_code, answer.json()["phase"]) == (200, "execution")


async def test_projects_of_a_draft_are_not_tracked(plans: Plans) -> None:
    await make_project(plans, draft=True)

    answer = await titular(plans).call("POST", f"/projects/{ID}/transitions", {"to": "nomination"})

    assert answer.status_code == 404


@pytest.mark.parametrize("phase", ["preproject", "approved", "execution"])
async def test_what_was_printed_without_phase_enters_the_catalogue(plans: Plans, phase: str) -> None:
    boss = plans.by(grant("plan:read project:read project:approve", "DNPL"), subject="dnpl.titular")

    answer = await boss.call("POST", "/projects/POA-2025.DNPL.A01/transitions", {"to": phase})

    assert (answer.status_code, answer.json()["phase"]) == (200, phase)


async def test_a_standing_and_its_curve_say_the_same_of_the_cut_off(plans: Plans) -> None:
    """A freeze after the last report stops the plan of the days that follow, not of those before."""
    await make_project(plans)
    for weight, day in (("40", "2026-01-31"), ("60", "2026-12-31")):
        body = {"name": "Hito", "weight_percent": weight, "planned_on": day}
        await titular(plans).post(f"/projects/{ID}/milestones", body)
    await enter(plans, "nomination", "approved", "execution", on="2026-01-02")
    await reporter(plans).post(f"/projects/{ID}/progress-reports", {"period": "2026-01", "progress_percent": "20"})
    await titular(plans).post(f"/projects/{ID}/progress-reports/2026-01/decision", {"action": "approve"}, 200)
    await enter(plans, "frozen", on="2026-02-05")
    await enter(plans, "execution", on="2026-02-25")

    standing = await plans.get(f"/projects/{ID}/standing")
    january = (await plans.get(f"/projects/{ID}/curve"))["points"][0]

    assert (standing["planned_percent"], standing["cut_off"], standing["frozen_days"]) == ("40.00", "2026-01-31", 20)
    assert (january["planned_percent"], january["actual_percent"]) == ("40.00", "20")
    assert standing["traffic_light"] == "red"


async def test_carried_projects_of_the_real_poa_have_their_light(loaded: Plans) -> None:
    carried = await loaded.items("/projects", plan="POA-2025", carried_over=True)

    lights = [(await loaded.get(f"/projects/{p['id']}/standing"))["traffic_light"] for p in carried]

    assert [(p["progress_percent"], light) for p, light in zip(carried, lights, strict=True)] == [
        ("88.00", "amber"),
        ("8.00", "red"),
        ("74.00", "red"),
    ]


async def test_a_phase_that_is_not_in_the_catalogue_is_named(loaded: Plans) -> None:
    answer = await loaded.call("GET", "/projects?phase=execution&phase=rara")

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query/phase")
    assert "frozen" in answer.json()["errors"][0]["detail"]


async def test_the_catalogue_of_phases_says_where_each_may_go(loaded: Plans) -> None:
    phases = {p["code"]: p for p in await loaded.items("/projects/phases")}

    assert list(phases) == [
        "preproject", "nomination", "approved", "execution", "frozen", "closing", "closed", "cancelled",
    ]  # fmt: skip
    assert (phases["frozen"]["stops_clock"], phases["closed"]["next"]) == (True, [])
    assert {"to": "frozen", "needs_reason": True} in phases["execution"]["next"]
