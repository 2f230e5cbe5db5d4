"""The fixed part of the contract, "Plans", on the real facts."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.plans.harness import Plans, codes, grant

FIELDS = {
    "/plans": "code kind title dependencia period_from period_to status version approval",
    "/objectives": "code plan level number statement dependencia aligned_to",
    "/strategies": "code objective text in_pei",
    "/projects": "id code number name kind owners progress_percent phase end_date carried_over overdue components",
    "/budget-execution": "year month company printed_code printed_name group current accrued execution_percent",
    "/plans/POA-2025/findings": "code severity pointer detail",
}


@pytest.mark.parametrize("path", FIELDS)
async def test_items_have_their_fixed_fields(loaded: Plans, path: str) -> None:
    for item in (await loaded.get(path))["items"]:
        assert set(FIELDS[path].split()) <= set(item)


async def test_the_default_installation_has_its_three_plans(loaded: Plans) -> None:
    plans = await loaded.items("/plans")

    assert codes(plans) == ["PEI-2018-2028", "POA-2019", "POA-2025"]
    assert plans[0]["approval"] == {"body": "Consejo Directivo", "act": "CD. 807", "date": "2018-08-02"}
    assert plans[2]["approval"] == {"body": "Dirección General", "act": None, "date": None}


async def test_objectives_are_counted_by_level(loaded: Plans) -> None:
    strategic = await loaded.items("/objectives", plan="PEI-2018-2028")
    operative = await loaded.items("/objectives", plan="POA-2025")

    assert Counter(o["level"] for o in strategic) == {"N1": 7}
    assert Counter(o["level"] for o in operative) == {"N2": 19, "N3": 5, "N4": 65}


async def test_strategies_of_a_poa_are_those_of_its_pei_and_its_own(loaded: Plans) -> None:
    own = [s for s in await loaded.items("/strategies", plan="POA-2025") if not s["in_pei"]]

    assert len(await loaded.items("/strategies", plan="PEI-2018-2028")) == 25
    assert len(await loaded.items("/strategies", plan="POA-2025", in_pei=True)) == 25
    assert [s["plan"] for s in own] == ["POA-2025", "POA-2025"]


async def test_projects_are_counted_once_and_action_plans_apart(loaded: Plans) -> None:
    projects = await loaded.items("/projects", plan="POA-2025", kind="project")
    shared = [p for p in projects if len(p["owners"]) > 1]

    assert len(projects) == 25
    assert len(await loaded.items("/projects", plan="POA-2025", kind="action_plan")) == 96
    assert [(p["code"], p["owners"], len(p["components"])) for p in shared] == [("C001", ["DNTI", "DNPR"], 5)]


async def test_both_owners_find_their_shared_project(loaded: Plans) -> None:
    for owner in ("DNTI", "DNPR"):
        found = await loaded.items("/projects", kind="project", owner=owner)

        assert [p["name"] for p in found] == ["Reingeniería Institucional y Transformación Digital del IESS"]


async def test_progress_not_printed_is_null_and_not_zero(loaded: Plans) -> None:
    projects = {p["id"]: p for p in await loaded.items("/projects", plan="POA-2025", kind="project")}

    assert projects["POA-2025.DSGSIF.P05"]["progress_percent"] is None
    assert projects["POA-2025.DSGSIF.P05"]["code"] is None
    assert projects["POA-2025.DNRGC.P02"]["progress_percent"] == "82.67"


async def test_three_projects_that_ended_in_2024_are_carried_over(loaded: Plans) -> None:
    carried = await loaded.items("/projects", carried_over=True)

    assert [(p["code"], p["end_date"]) for p in carried] == [
        ("C003", "2024-12-15"),
        ("C005", "2024-12-31"),
        ("C010", "2024-12-31"),
    ]


async def test_overdue_is_judged_by_the_clock(loaded: Plans) -> None:
    overdue = await loaded.items("/projects", overdue=True)
    on_time = await loaded.items("/projects", kind="project", overdue=False)

    assert all(p["end_date"] < "2026-03-02" for p in overdue)
    assert len(overdue) + len(on_time) == 25
    assert {p["code"] for p in on_time} >= {"I001"}


async def test_alignment_keeps_the_printed_number_and_the_printed_text(loaded: Plans) -> None:
    graph = await loaded.get("/plans/POA-2025/alignment")
    odd = [row for row in graph["printed"] if not row["consistent"]]

    assert [(r["section"], r["number"], r["number_by_text"]) for r in odd] == [("6.1.19", 7, 5)]
    assert len(graph["printed"]) == 40
    assert sum(len(row["strategies"]) for row in graph["printed"]) == 72


async def test_alignment_names_what_hangs_loose(loaded: Plans) -> None:
    graph = await loaded.get("/plans/POA-2025/alignment")

    assert codes(graph["unused_strategies"]) == ["PEI-2018-2028.OEI7.E5"]
    assert codes(graph["foreign_strategies"]) == ["POA-2025.PG.E1", "POA-2025.PG.E2"]
    assert graph["orphan_objectives"] == []


async def test_every_edge_ends_at_a_node(loaded: Plans) -> None:
    graph = await loaded.get("/plans/POA-2025/alignment")
    nodes = {node["code"]: node["layer"] for node in graph["nodes"]}

    assert all(nodes[edge["from"]] > nodes[edge["to"]] for edge in graph["edges"])


async def test_a_plan_has_its_nineteen_sections_in_order(loaded: Plans) -> None:
    sections = await loaded.items("/plans/POA-2025/sections")

    assert [s["number"] for s in sections] == [f"6.1.{n}" for n in range(1, 20)]
    assert sum(s["counts"]["action_plans"] for s in sections) == 96


async def test_budget_percent_is_computed_and_codes_kept(loaded: Plans) -> None:
    rows = await loaded.items("/budget-execution", year=2024, month=12)

    assert len(rows) == 11
    assert [r["printed_code"] for r in rows].count("204") == 2
    assert rows[0]["execution_percent"] == "46.4767"
    assert sum(int(r["current"]) for r in rows) == 10358363919


async def test_a_province_sees_the_projects_of_its_own_only(loaded: Plans) -> None:
    manabi = loaded.by(grant("plan:read"), grant("project:read", "DP-MANABI"))
    azuay = loaded.by(grant("plan:read"), grant("project:read", "DP-AZUAY"))

    assert [p["code"] for p in await manabi.items("/projects")] == ["I001"]
    assert await azuay.items("/projects") == []
    assert (await azuay.call("GET", "/projects/POA-2025.DNSC.P01")).status_code == 404


async def test_an_approved_plan_is_read_by_every_signed_in_subject(loaded: Plans) -> None:
    azuay = loaded.by(grant("plan:read"))

    assert len(await azuay.items("/plans")) == 3
    assert (await azuay.call("GET", "/projects")).status_code == 403


async def test_the_same_bytes_are_answered_304(loaded: Plans) -> None:
    first = await loaded.call("GET", "/plans/POA-2025/alignment")
    again = await loaded.call("GET", "/plans/POA-2025/alignment", headers={"if-none-match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/objectives?nope=1", "/objectives?level=N9", "/projects?kind=x", "/plans?sort=zz"])
async def test_parameters_are_never_ignored(loaded: Plans, path: str) -> None:
    assert (await loaded.call("GET", path)).status_code == 422


async def test_pages_join_into_the_whole_list(loaded: Plans) -> None:
    whole = await loaded.items("/objectives")
    page = await loaded.get("/objectives", limit=7)
    pages = page["items"]
    while page["next_cursor"] is not None:
        page = await loaded.get("/objectives", limit=7, cursor=page["next_cursor"])
        pages += page["items"]

    assert codes(pages) == codes(whole)


async def test_as_of_outside_a_plan_finds_nothing(loaded: Plans) -> None:
    assert await loaded.items("/objectives", as_of="2018-08-01") == []
    assert len(await loaded.items("/objectives", as_of="2025-06-30")) == 96
    assert len(await loaded.items("/objectives", as_of="2026-01-01")) == 7


async def test_a_direction_finds_the_objectives_its_section_registers(loaded: Plans) -> None:
    levels = Counter(o["level"] for o in await loaded.items("/objectives", plan="POA-2025", dependencia="DSGSIF"))

    assert levels == {"N2": 3, "N3": 5, "N4": 19}
    assert len(await loaded.items("/objectives", plan="POA-2025", dependencia="CNASS")) == 1
