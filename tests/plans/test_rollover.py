"""A plan into the next year: previewed, then cloned whole; projects with past end dates are carried over."""

from __future__ import annotations

from typing import Any

from tests.plans.harness import Plans, codes, grant
from tests.plans.test_reforms import approve, prepare
from tests.plans.test_workflow import ACT, OBJECTIVE, PLAN, authority, make_draft, make_plan, office, owner

BODY: dict[str, Any] = {
    "code": "POA-2026", "title": "Plan Operativo Anual 2026",
    "period_from": "2026-01-01", "period_to": "2026-12-31", "ends": ["POA-2025.DNSC.N4.05", "POA-2025.PG.E1"],
}  # fmt: skip


def writer(plans: Plans) -> Plans:
    return plans.by(grant("plan:read plan:write project:read"), subject="titular")


async def walk(plans: Plans, plan: str = "POA-2026") -> None:
    """Takes a draft to its approval."""
    steps: list[tuple[Plans, str, dict[str, Any]]] = [
        (owner(plans), "submitted", {}), (office(plans), "validated", {}), (authority(plans), "approved", {"act": ACT}),
    ]  # fmt: skip
    for who, to, rest in steps:
        answer = await who.call("POST", f"/plans/{plan}/transitions", {"to": to, **rest})
        assert answer.status_code == 200, answer.json()


async def test_a_preview_says_what_continues_and_keeps_nothing(plans: Plans) -> None:
    answer = await writer(plans).call("POST", "/plans/POA-2025/rollovers?dry_run=true", BODY)

    preview = answer.json()
    assert answer.status_code == 200
    assert (len(preview["continues"]), preview["ends"]) == (89, ["POA-2025.DNSC.N4.05", "POA-2025.PG.E1"])
    assert (len(preview["projects"]), len(preview["carried_over"])) == (121, 21)
    assert preview["unavailable"] == ["indicators"]
    assert (await plans.call("GET", "/plans/POA-2026")).status_code == 404


async def test_what_a_reform_ended_does_not_continue(plans: Plans) -> None:
    await make_plan(plans, "approved")
    new: dict[str, Any] = {"code": "POA-2026.DNPL.N4.02", "plan": "POA-2026", "dependencia": "DNPL", "level": "N4"}
    new |= {"statement": "Reducir los tiempos MEDIANTE turnos", "aligned_to": ["PEI-2018-2028.OEI5"]}
    operations = [
        {"op": "add_objective", "objective": new},
        {"op": "end_objective", "code": new["code"], "on": "2026-06-30"},
    ]
    await approve(plans, await prepare(plans, operations=operations))
    later = {**BODY, "code": "POA-2027", "period_from": "2027-01-01", "period_to": "2027-12-31", "ends": []}

    preview = (await writer(plans).call("POST", "/plans/POA-2026/rollovers?dry_run=true", later)).json()

    assert [c["from"] for c in preview["continues"]] == ["POA-2026.DNPL.N4.01"]
    assert preview["ends"] == [new["code"]]


async def test_the_clone_is_a_draft_with_the_same_alignment(plans: Plans) -> None:
    old = await plans.get("/plans/POA-2025/alignment")
    await writer(plans).post("/plans/POA-2025/rollovers", BODY)

    new = await plans.get("/plans/POA-2026/alignment")
    plan = await plans.get("/plans/POA-2026")
    ended = [e for e in old["edges"] if {e["from"], e["to"]} & set(BODY["ends"])]
    assert (plan["status"], plan["version"]) == ("draft", 0)
    assert len(new["edges"]) == len(old["edges"]) - len(ended)
    assert new["orphan_objectives"] == []
    assert len(await plans.items("/objectives", plan="POA-2026")) == 88


async def test_carried_projects_and_their_owners_come_along(plans: Plans) -> None:
    await writer(plans).post("/plans/POA-2025/rollovers", BODY)

    carried = await plans.items("/projects", plan="POA-2026", carried_over=True)
    shared = await plans.items("/projects", plan="POA-2026", owner="DNPR", kind="project")
    assert all(p["end_date"] < "2026-01-01" for p in carried)
    assert (shared[0]["owners"], len(shared[0]["components"])) == (["DNTI", "DNPR"], 5)


async def test_a_new_period_begins_after_the_old_one(plans: Plans) -> None:
    early = {**BODY, "period_from": "2025-12-31"}
    answer = await writer(plans).call("POST", "/plans/POA-2025/rollovers", early)

    assert answer.json()["errors"][0]["code"] == "period-overlap"


async def test_what_ends_is_of_the_plan(plans: Plans) -> None:
    answer = await writer(plans).call("POST", "/plans/POA-2025/rollovers", {**BODY, "ends": ["POA-2025.NADA"]})

    assert answer.json()["errors"][0]["code"] == "unknown-code"


async def test_a_draft_is_not_rolled_over(plans: Plans) -> None:
    await make_plan(plans, "draft")

    later = {**BODY, "code": "POA-2027", "period_from": "2027-01-01", "period_to": "2027-12-31", "ends": []}
    answer = await writer(plans).call("POST", "/plans/POA-2026/rollovers", later)

    assert answer.json()["code"] == "plan-not-approved"


LATER = {**BODY, "code": "POA-2027", "period_from": "2027-01-01", "period_to": "2027-12-31", "ends": []}


async def test_what_is_not_named_after_its_plan_goes_on_below_the_new_one(plans: Plans) -> None:
    """Codes are free to choose, and a strategy of a POA is named after the objective of the PEI that it serves."""
    await make_draft(plans)
    await owner(plans).post("/objectives", {**OBJECTIVE, "code": "O-1"})
    await owner(plans).post("/objectives", {**OBJECTIVE, "code": "O-2", "level": "N3", "statement": "Incrementar"})
    foreign = {"plan": "POA-2026", "objective": "PEI-2018-2028.OEI5", "text": "Escuchar a la gente"}
    strategy = (await owner(plans).post("/strategies", foreign))["code"]
    await walk(plans)

    body = await writer(plans).post("/plans/POA-2026/rollovers", LATER)

    made = [pair["to"] for pair in body["continues"]]
    assert strategy == "PEI-2018-2028.OEI5.E6"
    assert made == ["POA-2027.DNPL.N4.01", "POA-2027.O-1", "POA-2027.O-2", f"POA-2027.{strategy}"]
    assert codes(await plans.items("/objectives", plan="POA-2027")) == made[:3]
    await walk(plans, "POA-2027")
    again = {**LATER, "code": "POA-2028", "period_from": "2028-01-01", "period_to": "2028-12-31"}
    body = await writer(plans).post("/plans/POA-2027/rollovers", again)
    assert [pair["to"] for pair in body["continues"]] == [code.replace("POA-2027", "POA-2028", 1) for code in made]


async def test_names_that_would_be_shared_are_refused(plans: Plans) -> None:
    await make_draft(plans)
    for code in ("O-1", "POA-2026.O-1"):
        await owner(plans).post(
            "/objectives", {**OBJECTIVE, "code": code, "statement": f"Reducir {code} MEDIANTE algo"}
        )
    await walk(plans)

    answer = await writer(plans).call("POST", "/plans/POA-2026/rollovers", LATER)

    assert (answer.status_code, answer.json()["code"]) == (409, "code-already-used")
    assert "POA-2027.O-1" in answer.json()["detail"]


async def test_a_second_clone_into_the_same_year_names_the_codes_of_projects(plans: Plans) -> None:
    await writer(plans).post("/plans/POA-2025/rollovers", BODY)

    answer = await writer(plans).call("POST", "/plans/POA-2025/rollovers", {**BODY, "code": "POA-2026-B"})

    assert (answer.status_code, answer.json()["code"]) == (409, "code-already-used")
    assert "C001" in answer.json()["detail"]


HALF = {"title": "POA 2026, segundo semestre", "period_from": "2026-07-01", "period_to": "2026-12-31", "ends": []}
CODED: dict[str, Any] = {"plan": "POA-2026", "kind": "project", "name": "Ordenar archivos", "code": "C077"}
CODED |= {"dependencia": "DNPL", "owners": ["DNPL"]}


async def make_half_year(plans: Plans) -> None:
    """A plan of the first half of 2026 with a project that has a code."""
    await owner(plans).post("/plans", {**PLAN, "period_to": "2026-06-30"})
    await owner(plans).post("/objectives", OBJECTIVE)
    await plans.post("/projects", CODED)
    await walk(plans)


async def test_a_project_keeps_its_code_within_the_year(plans: Plans) -> None:
    """It is the same project: in the second half of the year it has the code of the first, and so the year after."""
    await make_half_year(plans)

    successors: list[tuple[str, dict[str, Any]]] = [
        ("POA-2026", {**HALF, "code": "POA-2026-B"}),
        ("POA-2026-B", {**LATER, "period_to": "2027-06-30"}),
        ("POA-2027", {**HALF, "code": "POA-2027-B", "period_from": "2027-07-01", "period_to": "2027-12-31"}),
    ]
    for old, new in successors:
        preview = await writer(plans).call("POST", f"/plans/{old}/rollovers?dry_run=true", new)
        done = await writer(plans).call("POST", f"/plans/{old}/rollovers", new)
        assert (preview.status_code, done.status_code) == (200, 201), done.json()
        [project] = await plans.items("/projects", plan=new["code"])
        assert (project["code"], project["continues"]) == ("C077", f"{old}.DNPL.P01")
        await walk(plans, new["code"])


async def test_a_code_of_the_year_is_of_one_project_however_often_it_goes_on(plans: Plans) -> None:
    await make_half_year(plans)
    await writer(plans).post("/plans/POA-2026/rollovers", {**HALF, "code": "POA-2026-B"})

    again = await writer(plans).call("POST", "/plans/POA-2026/rollovers", {**HALF, "code": "POA-2026-C"})
    other = await plans.call("POST", "/projects", {**CODED, "plan": "POA-2026-B", "name": "Otro"})

    assert [(a.status_code, a.json()["code"]) for a in (again, other)] == [(409, "code-already-used")] * 2
    assert "C077" in again.json()["detail"]


async def test_a_rejected_clone_gives_its_codes_back(plans: Plans) -> None:
    body = {**BODY, "ends": ["POA-2025.PG.N4.01"]}
    await writer(plans).post("/plans/POA-2025/rollovers", body)
    await owner(plans).call("POST", "/plans/POA-2026/transitions", {"to": "submitted"})
    step = {"to": "rejected", "reason": "Se hará de nuevo"}
    assert (await office(plans).call("POST", "/plans/POA-2026/transitions", step)).status_code == 200

    answer = await writer(plans).call("POST", "/plans/POA-2025/rollovers", {**body, "code": "POA-2026-B"})

    assert answer.status_code == 201, answer.json()
    assert [p["code"] for p in await plans.items("/projects", plan="POA-2026", owner="DNPR", kind="project")] == [
        "C001"
    ]


async def test_what_judges_a_project_goes_on_with_it(plans: Plans) -> None:
    await make_draft(plans)
    new: dict[str, Any] = {
        "plan": "POA-2026",
        "kind": "project",
        "name": "Ordenar archivos",
        "dependencia": "DNPL",
        "owners": ["DNPL"],
    }
    new |= {"start_date": "2026-01-01", "end_date": "2026-12-31"}
    project = (await plans.post("/projects", new))["id"]
    await walk(plans)
    milestone = {"name": "Primera mitad", "weight_percent": "50", "planned_on": "2026-02-01"}
    risk = {"description": "Falta espacio", "probability": 2, "impact": 3, "response": "mitigate"}
    await plans.post(f"/projects/{project}/milestones", milestone)
    await plans.post(f"/projects/{project}/risks", risk)
    await plans.call("PUT", f"/projects/{project}/budgets/2026", {"planned": "10.50", "accrued": "0"})
    for to in ("nomination", "approved", "execution", "frozen"):
        step = {"to": to, "reason": "Así se decidió", "effective_on": "2026-01-15"}
        assert (await plans.call("POST", f"/projects/{project}/transitions", step)).status_code == 200

    later = (await writer(plans).post("/plans/POA-2026/rollovers", LATER))["projects"][0]["to"]

    for part in ("milestones", "risks", "budgets", "transitions"):
        old = await plans.items(f"/projects/{project}/{part}")
        assert len(old) > 0
        assert await plans.items(f"/projects/{later}/{part}") == old
    old = await plans.get(f"/projects/{project}/standing")
    assert {**await plans.get(f"/projects/{later}/standing"), "project": project} == old
    assert old["frozen_days"] == 46


async def test_carried_over_stays_so_over_two_years(plans: Plans) -> None:
    first = await writer(plans).post("/plans/POA-2025/rollovers", {**BODY, "ends": ["POA-2025.PG.N4.01"]})
    await walk(plans)

    second = await writer(plans).post("/plans/POA-2026/rollovers", LATER)

    twice = {code.replace("POA-2025", "POA-2026") for code in first["carried_over"]}
    assert twice < set(second["carried_over"])
    assert "POA-2026.DNSC.P01" in set(second["carried_over"]) - twice  # it ends on 2026-06-30
    assert all(p["carried_over"] for p in await plans.items("/projects", plan="POA-2027") if p["end_date"] is not None
               and p["end_date"] < "2027-01-01")  # fmt: skip


async def test_into_the_next_strategic_plan_alignments_follow_what_continues(plans: Plans) -> None:
    """The PEI ends in 2028: what the POA of 2028 leans on is continued by the next PEI, or falls away and is said."""
    pei: dict[str, Any] = {"code": "PEI-2029-2038", "title": "Plan Estratégico 2029-2038", "period_from": "2029-01-01"}
    pei |= {"period_to": "2038-12-31", "ends": ["PEI-2018-2028.OEI5.E5"]}
    await make_draft(plans)
    await walk(plans)
    await writer(plans).post("/plans/PEI-2018-2028/rollovers", pei)
    next_year = {**LATER, "period_from": "2029-01-01", "period_to": "2029-12-31", "parent": "PEI-2029-2038"}

    preview = (await writer(plans).call("POST", "/plans/POA-2026/rollovers?dry_run=true", next_year)).json()
    done = await writer(plans).post("/plans/POA-2026/rollovers", next_year)

    lower = "POA-2026.DNPL.N4.01"
    assert preview["dropped_alignments"] == [{"from": lower, "to": "PEI-2018-2028.OEI5.E5"}]
    assert {**preview, "dry_run": False} == done
    rolled = await plans.get("/objectives/POA-2027.DNPL.N4.01")
    assert [a["code"] for a in rolled["aligned_to"]] == ["PEI-2029-2038.OEI5"]


async def test_a_preview_is_refused_for_what_the_rollover_would_be(plans: Plans) -> None:
    await make_plan(plans, "approved")
    wrong = {**LATER, "period_from": "2029-01-01", "period_to": "2029-12-31"}

    answers = [
        (await writer(plans).call("POST", f"/plans/POA-2026/rollovers{query}", wrong)).json()["errors"]
        for query in ("", "?dry_run=true")
    ]

    assert answers[0] == answers[1]
    assert answers[0][0]["code"] == "date-hole"


async def test_what_continues_says_of_what(plans: Plans) -> None:
    await writer(plans).post("/plans/POA-2025/rollovers", BODY)

    assert (await plans.get("/plans/POA-2026"))["continues"] == "POA-2025"
    for path, code in (("objectives", "DNPL.N4.01"), ("strategies", "PG.E2"), ("projects", "DNTI.P01")):
        assert (await plans.get(f"/{path}/POA-2026.{code}"))["continues"] == f"POA-2025.{code}"
        assert (await plans.get(f"/{path}/POA-2025.{code}"))["continues"] is None


async def test_a_project_that_goes_on_is_counted_once(plans: Plans) -> None:
    """In the old plan until the new one is approved, then in the new one; of one plan, all of it."""
    before = await plans.get("/projects/portfolio", dependencia="IESS")
    await writer(plans).post("/plans/POA-2025/rollovers", {**BODY, "ends": ["POA-2025.PG.N4.01"]})
    draft = await plans.get("/projects/portfolio", dependencia="IESS")
    await walk(plans)
    after = await plans.get("/projects/portfolio", dependencia="IESS")

    assert draft == before
    assert (after["total"], after["carried_over"]) == (before["total"], 21)
    assert {entry["id"].partition(".")[0] for entry in after["worst"]} == {"POA-2026"}
    old = await plans.get("/projects/portfolio", dependencia="IESS", plan="POA-2025")
    assert old == {**before, "plan": "POA-2025"}
