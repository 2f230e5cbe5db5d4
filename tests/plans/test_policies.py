"""Policies of plans are versioned data: added to by the planning office alone, named by what they judge."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plans.harness import Plans, grant
from tests.plans.test_pac import LINE, WHY
from tests.plans.test_workflow import make_plan, move, owner

TODAY, TOMORROW = "2026-03-02", "2026-03-03"
VERBS = {"valid_from": TODAY, "reason": "Guía metodológica 2026", "rules": {"verbs": [{"verb": "Construir"}]}}
BANDS = {"valid_from": TODAY, "reason": "Más exigente", "rules": {"amber_points": "1", "red_points": "2.5"}}
DEADLINE = {"valid_from": TODAY, "reason": "Resolución nueva", "rules": {"deadline_business_days": 2}}


def office(plans: Plans, dependencia: str = "IESS") -> Plans:
    permissions = "plan:read plan:write plan:submit project:read pac:read pac:write policy:read policy:write"
    return plans.by(grant(permissions, dependencia), subject="dnpl")


async def refused(plans: Plans, code: str, body: dict[str, Any]) -> tuple[int, list[tuple[str, str]]]:
    answer = await office(plans).call("POST", f"/plan-policies/{code}", body)
    return answer.status_code, [(e["pointer"], e["code"]) for e in answer.json().get("errors", [])]


async def test_the_installation_starts_with_one_version_of_each(plans: Plans) -> None:
    items = await office(plans).items("/plan-policies")

    assert [(p["code"], p["version"], p["kind"], p["in_force"]) for p in items] == [
        ("PAC-REFORMAS", 1, "pac_deadlines", True),
        ("PROYECTOS", 1, "project_lights", True),
        ("VERBOS", 1, "lint_verbs", True),
    ]
    assert len(items[2]["rules"]["verbs"]) == 15
    assert all(v["source"] for v in items[2]["rules"]["verbs"])


async def test_a_new_list_of_verbs_judges_from_its_day_and_says_so(plans: Plans) -> None:
    await make_plan(plans, "draft")
    before = await plans.get("/plans/POA-2026/findings")

    made = await office(plans).call("POST", "/plan-policies/VERBOS", VERBS)
    after = await plans.get("/plans/POA-2026/findings")
    submitted = await move(owner(plans), "submitted")

    assert (made.status_code, made.headers["location"]) == (201, "/api/v1/plan-policies/VERBOS/2")
    assert (before["policy"], after["policy"]) == ("VERBOS@1", "VERBOS@2")
    found = [[f["code"] for f in page["items"]] for page in (before, after)]
    assert ["objective-without-infinitive" in codes for codes in found] == [False, True]
    assert (submitted[0], submitted[1]["policy"]) == (422, "VERBOS@2")
    assert (await plans.get("/plans/POA-2026/coverage"))["policy"] == "VERBOS@2"


async def test_a_version_of_tomorrow_does_not_judge_today(plans: Plans) -> None:
    await office(plans).post("/plan-policies/PROYECTOS", {**BANDS, "valid_from": TOMORROW})

    board = await plans.get("/projects/portfolio", dependencia="IESS")
    [today] = await office(plans).items("/plan-policies", code="PROYECTOS", in_force_on=TODAY)
    [tomorrow] = await office(plans).items("/plan-policies", code="PROYECTOS", in_force_on=TOMORROW)

    assert board["policy"] == "PROYECTOS@1"
    assert [p["version"] for p in (today, tomorrow)] == [1, 2]
    assert [p["in_force"] for p in (today, tomorrow)] == [True, False]


async def test_boards_name_the_version_in_force(plans: Plans) -> None:
    await office(plans).post("/plan-policies/PROYECTOS", BANDS)

    assert (await plans.get("/projects/portfolio", dependencia="IESS"))["policy"] == "PROYECTOS@2"
    assert (await plans.get("/projects/POA-2025.DSGSIF.P01/standing"))["policy"] == "PROYECTOS@2"


async def test_when_a_version_ends_the_one_before_judges_again(plans: Plans) -> None:
    await office(plans).post("/plan-policies/PROYECTOS", {**BANDS, "valid_to": TODAY})

    days = [await office(plans).items("/plan-policies", code="PROYECTOS", in_force_on=d) for d in (TODAY, TOMORROW)]

    assert [[p["version"] for p in day] for day in days] == [[2], [1]]


async def test_a_new_deadline_counts_for_requests_from_its_day(plans: Plans) -> None:
    await office(plans).post("/plan-policies/PAC-REFORMAS", DEADLINE)
    line = await office(plans).post("/pac-lines", LINE)
    ask = {"kind": "exclude", "line": line["id"], "justification": WHY}

    old = await office(plans).post("/pac-reforms", {**ask, "requested_on": "2026-02-27"})
    new = await office(plans).post("/pac-reforms", {**ask, "requested_on": TODAY})

    assert [r["policy"] for r in (old, new)] == [{"code": "PAC-REFORMAS", "version": v} for v in (1, 2)]
    assert new["deadline_on"] == "2026-03-04"


async def test_an_older_reading_does_not_overwrite_a_newer_version(plans: Plans) -> None:
    first = await office(plans).call("GET", "/plan-policies/PROYECTOS/1")
    match = {"If-Match": first.headers["etag"]}

    one = await office(plans).call("POST", "/plan-policies/PROYECTOS", BANDS, headers=match)
    two = await office(plans).call("POST", "/plan-policies/PROYECTOS", BANDS, headers=match)
    again = await office(plans).call("GET", "/plan-policies/PROYECTOS/2")

    assert (one.status_code, two.status_code) == (201, 412)
    assert again.headers["etag"] == one.headers["etag"]


async def test_the_same_request_twice_is_one_version(plans: Plans) -> None:
    key = {"Idempotency-Key": "verbos-2026"}

    first = await office(plans).call("POST", "/plan-policies/VERBOS", VERBS, headers=key)
    second = await office(plans).call("POST", "/plan-policies/VERBOS", VERBS, headers=key)

    assert (first.content, second.headers["idempotency-replayed"]) == (second.content, "true")
    assert len(await office(plans).items("/plan-policies", code="VERBOS")) == 2


@pytest.mark.parametrize(
    ("code", "changes", "pointer", "error"),
    [
        ("VERBOS", {"rules": {"verbs": []}}, "/rules/verbs", "too-short"),
        ("VERBOS", {"rules": {"verbs": [{"verb": "Casa"}]}}, "/rules/verbs/0/verb", "not-an-infinitive"),
        ("VERBOS", {"rules": {"verbs": [{"verb": "Reír"}, {"verb": "REIR"}]}}, "/rules/verbs/1/verb", "verb-repeated"),
        ("VERBOS", {"rules": {"red_points": "1"}}, "/rules/verbs", "required"),
        ("VERBOS", {"valid_from": "2026-03-01"}, "/valid_from", "validity-in-the-past"),
        ("VERBOS", {"valid_to": "2026-03-01"}, "/valid_to", "date-out-of-range"),
        *[
            ("VERBOS", {"valid_from": day}, "/valid_from", "invalid-date")
            for day in ("2027-01-01T00:00:00", "1798761600", 1_798_761_600, 1_798_761_600.0, True, None)
        ],
        ("VERBOS", {"reason": ""}, "/reason", "too-short"),
        ("PROYECTOS", {"rules": {"amber_points": "5", "red_points": "5"}}, "/rules/red_points", "bands-out-of-order"),
        ("PROYECTOS", {"rules": {"amber_points": "x", "red_points": "5"}}, "/rules/amber_points", "invalid-number"),
        ("PROYECTOS", {"rules": {"amber_points": "1_0", "red_points": "٥"}}, "/rules/amber_points", "invalid-number"),
        (
            "PAC-REFORMAS",
            {"rules": {"deadline_business_days": True}},
            "/rules/deadline_business_days",
            "invalid-integer",
        ),
        ("PAC-REFORMAS", {"rules": {"deadline_business_days": 0}}, "/rules/deadline_business_days", "out-of-range"),
    ],
)
async def test_a_version_that_makes_no_sense_is_refused_with_its_place(
    plans: Plans, code: str, changes: dict[str, Any], pointer: str, error: str
) -> None:
    body = {"VERBOS": VERBS, "PROYECTOS": BANDS, "PAC-REFORMAS": DEADLINE}[code]

    status, errors = await refused(plans, code, {**body, **changes})

    assert status == 422
    assert errors[0] == (pointer, error)
    assert len(await office(plans).items("/plan-policies")) == 3


async def test_only_the_planning_office_of_the_whole_institution_adds(plans: Plans) -> None:
    reader = plans.by(grant("policy:read"), subject="lectora")

    assert (await reader.call("POST", "/plan-policies/VERBOS", VERBS)).status_code == 403
    assert (await office(plans, "DP-AZUAY").call("POST", "/plan-policies/VERBOS", VERBS)).status_code == 403
    assert (await office(plans).call("POST", "/plan-policies/OTRA", VERBS)).status_code == 404
    assert (await office(plans).call("GET", "/plan-policies/VERBOS/9")).status_code == 404
