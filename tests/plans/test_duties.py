"""Two acts that belong to two people stay apart also when somebody stands in for one of them."""

from __future__ import annotations

from typing import Any

import pytest

from services.kit.access import Grant
from tests.plans.harness import Plans, grant
from tests.plans.projects import ID, make_project
from tests.plans.test_pac import LINE, WHY
from tests.plans.test_reforms import CODE, REFORM
from tests.plans.test_workflow import ACT, authority, make_draft, make_plan, move, office, owner

ALL = "plan:read plan:write plan:submit plan:validate plan:approve project:read project:report project:approve"
ALL += " pac:read pac:write"


def acting(plans: Plans, subject: str, holder: str) -> Plans:
    """Somebody who holds nothing of their own and stands in for a holder of everything."""
    return plans.by(Grant(frozenset(ALL.split()), "IESS", True, holder), subject=subject)


def own(plans: Plans, subject: str) -> Plans:
    return plans.by(grant(ALL), subject=subject)


def pairs(plans: Plans) -> dict[str, tuple[Plans, Plans]]:
    """Who acts first and who may not act afterwards."""
    return {
        "holder, then stand-in": (own(plans, "ana"), acting(plans, "eva", "ana")),
        "stand-in, then holder": (acting(plans, "eva", "ana"), own(plans, "ana")),
        "two stand-ins of one": (acting(plans, "eva", "ana"), acting(plans, "luis", "ana")),
        "one for two": (acting(plans, "eva", "ana"), acting(plans, "eva", "rosa")),
    }


PAIRS = ["holder, then stand-in", "stand-in, then holder", "two stand-ins of one", "one for two"]


@pytest.mark.parametrize("pair", PAIRS)
async def test_a_plan_is_not_validated_nor_approved_in_the_place_of_who_submitted(plans: Plans, pair: str) -> None:
    first, second = pairs(plans)[pair]
    await make_draft(plans)
    assert (await move(first, "submitted"))[0] == 200

    assert (await move(second, "validated"))[1]["code"] == "separation-of-duties"
    assert (await move(office(plans), "validated"))[0] == 200
    assert (await move(second, "approved", act=ACT))[1]["code"] == "separation-of-duties"
    assert (await move(authority(plans), "approved", act=ACT))[0] == 200


@pytest.mark.parametrize("pair", PAIRS)
async def test_a_reform_is_not_decided_in_the_place_of_who_submitted(plans: Plans, pair: str) -> None:
    first, second = pairs(plans)[pair]
    await make_plan(plans, "approved")
    await owner(plans).post("/plans/POA-2026/reforms", REFORM)
    path = "/plans/POA-2026/reforms/1/transitions"

    async def step(who: Plans, to: str, **rest: Any) -> Any:
        return (await who.call("POST", path, {"to": to, **rest})).json()

    await step(own(plans, "otra"), "submitted")
    await step(first, "validated")
    assert (await step(second, "approved", act=ACT))["code"] == "separation-of-duties"
    assert (await step(authority(plans), "approved", act=ACT))["status"] == "approved"
    assert (await plans.get(f"/objectives/{CODE}/changes"))["items"]


@pytest.mark.parametrize("pair", PAIRS)
async def test_progress_is_not_decided_in_the_place_of_who_reported(plans: Plans, pair: str) -> None:
    first, second = pairs(plans)[pair]
    await make_project(plans)
    path = f"/projects/{ID}/progress-reports"
    await first.post(path, {"period": "2026-01", "progress_percent": "8"})

    refused = await second.call("POST", f"{path}/2026-01/decision", {"action": "approve"})

    assert refused.json()["code"] == "separation-of-duties"
    assert (await own(plans, "otra").call("POST", f"{path}/2026-01/decision", {"action": "approve"})).status_code == 200


@pytest.mark.parametrize("pair", PAIRS)
async def test_a_reform_of_the_pac_is_not_answered_in_the_place_of_who_asked(plans: Plans, pair: str) -> None:
    first, second = pairs(plans)[pair]
    line = (await own(plans, "otra").post("/pac-lines", LINE))["id"]
    body = {"kind": "exclude", "line": line, "justification": WHY, "requested_on": "2026-02-26"}
    reform = (await first.post("/pac-reforms", body))["id"]
    answer = {"answer": "rejected", "answered_on": "2026-02-27"}

    refused = await second.call("POST", f"/pac-reforms/{reform}/answer", answer)

    assert refused.json()["code"] == "separation-of-duties"
    assert (await own(plans, "otra").call("POST", f"/pac-reforms/{reform}/answer", answer)).status_code == 200


async def test_who_may_act_in_their_own_right_acts_for_nobody(plans: Plans) -> None:
    """A grant of one's own counts before one as a stand-in: eva validates what ana submitted."""
    await make_draft(plans)
    await move(own(plans, "ana"), "submitted")
    both = plans.by(grant(ALL), Grant(frozenset(ALL.split()), "IESS", True, "ana"), subject="eva")

    assert (await move(both, "validated"))[0] == 200
