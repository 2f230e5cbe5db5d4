"""Targets in a reform: recorded with their cause, published whole, and told as pending, applied or refused."""

from __future__ import annotations

from typing import Any

import pytest

from services.kit.clients import PeerUnavailable
from tests.plans.harness import Plans, grant
from tests.plans.test_reforms import REFORM, approve, prepare, step
from tests.plans.test_workflow import ACT, make_plan, office, owner

CODE = "POA-2026.DNPL.001"
TARGET = {"op": "change_target", "assignment": CODE, "period": "2026", "value": "95.50"}


class Peer:
    """What the indicators service says of reformed targets."""

    def __init__(self, *items: dict[str, Any], down: bool = False) -> None:
        self.items, self.down = items, down

    async def get(self, path: str, *, params: dict[str, Any], **_: Any) -> Any:
        if self.down:
            raise PeerUnavailable("indicators: down")
        if path != "/api/v1/targets/reforms":
            return {"items": [], "next_cursor": None}
        # One item a page, so that the caller has to go on.
        start = int(params.get("cursor", 0))
        more = start + 1 < len(self.items)
        return {"items": self.items[start : start + 1], "next_cursor": str(start + 1) if more else None}


def told(operation: int, outcome: str, **rest: Any) -> dict[str, Any]:
    nothing = {"kind": None, "before": None, "code": None, "detail": None, "version": None}
    return {"operation": operation, "outcome": outcome, **nothing, **rest}


async def reform_with(plans: Plans, monkeypatch: pytest.MonkeyPatch, peer: Peer, *targets: dict[str, Any]) -> Any:
    monkeypatch.setitem(plans.app.state.clients, "indicators", peer)
    await make_plan(plans, "approved")
    operations = [*REFORM["operations"], *targets]
    await approve(plans, await prepare(plans, operations=operations))
    return await plans.get("/plans/POA-2026/reforms/1")


async def test_a_reform_says_what_became_of_each_target(plans: Plans, monkeypatch: pytest.MonkeyPatch) -> None:
    peer = Peer(
        told(1, "applied", before="90", version=2, kind="level"),
        told(2, "refused", code="unknown-assignment", detail="No existe."),
    )
    others = [{**TARGET, "assignment": f"POA-2026.DNPL.00{n}"} for n in (2, 3)]

    reform = await reform_with(plans, monkeypatch, peer, TARGET, *others)

    assert [(t["operation"], t["status"], t["code"]) for t in reform["targets"]] == [
        (1, "applied", None),
        (2, "refused", "unknown-assignment"),
        (3, "pending", None),
    ]
    assert (reform["targets"][0]["before"], reform["targets"][0]["value"]) == ("90", "95.50")
    assert reform["unavailable"] == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [({"value": 95}, ("95", "2026")), ({"value": 0.10}, ("0.1", "2026")), ({"value": "0.10"}, ("0.10", "2026")),
     ({"period": "202603"}, ("95.50", "2026-03")), ({"period": "202602B"}, ("95.50", "2026-B2")),
     ({"period": "2026Q4"}, ("95.50", "2026-Q4")), ({"period": "2026S1"}, ("95.50", "2026-S1"))],
)  # fmt: skip
async def test_a_target_is_a_number_or_text_and_its_period_ours_or_of_dhis2(
    plans: Plans, sent: dict[str, Any], kept: tuple[str, str]
) -> None:
    await make_plan(plans, "approved")

    made = await owner(plans).post("/plans/POA-2026/reforms", {**REFORM, "operations": [{**TARGET, **sent}]})

    assert [(t["value"], t["period"]) for t in made["targets"]] == [kept]


@pytest.mark.parametrize("value", [True, None, [], "٩٥.٥", "9٥", "1e3", "+5", "95,5"])
async def test_a_target_is_a_decimal_that_everybody_reads_alike(plans: Plans, value: Any) -> None:
    await make_plan(plans, "approved")

    answer = await owner(plans).call(
        "POST", "/plans/POA-2026/reforms", {**REFORM, "operations": [{**TARGET, "value": value}]}
    )

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "invalid-text")


async def test_when_indicators_is_down_the_reform_says_so(plans: Plans, monkeypatch: pytest.MonkeyPatch) -> None:
    reform = await reform_with(plans, monkeypatch, Peer(down=True), TARGET)

    assert [t["status"] for t in reform["targets"]] == [None]
    assert reform["unavailable"] == ["indicators"]


async def test_a_target_is_proposed_until_the_reform_is_decided(plans: Plans) -> None:
    await make_plan(plans, "approved")
    number = await prepare(plans, operations=[TARGET])
    proposed = await plans.get(f"/plans/POA-2026/reforms/{number}")
    await step(owner(plans), number, "submitted")
    status, rejected = await step(office(plans), number, "rejected", reason="No corresponde al año")

    assert [t["status"] for t in proposed["targets"]] == ["proposed"]
    assert (status, [t["status"] for t in rejected["targets"]]) == (200, ["dropped"])


async def test_the_feed_carries_all_that_indicators_needs(plans: Plans) -> None:
    await make_plan(plans, "approved")
    await approve(plans, await prepare(plans, operations=[*REFORM["operations"], {**TARGET, "kind": "level"}]))
    inner = plans.by(grant("internal:read"), subject="svc-indicators")
    inner.app.state.test_caller = inner.caller

    feed = (await plans.http.get("/feed", params={"limit": 1000})).json()
    [data] = [event["data"] for event in feed["items"] if event["type"] == "plan.reform-approved"]

    assert (data["reform"], data["cause"], data["approved_by"]) == (1, REFORM["cause"], "directora")
    assert data["act"] == {"body": "Dirección General", **{k: ACT[k] for k in ("number", "date")}}
    [target] = data["targets"]
    assert {k: target[k] for k in ("operation", "assignment", "period", "value", "kind")} == {
        "operation": 1,
        "assignment": CODE,
        "period": "2026",
        "value": "95.50",
        "kind": "level",
    }


@pytest.mark.parametrize(
    ("operations", "pointer", "code"),
    [
        ([{**TARGET, "period": "2026-13"}], "/operations/0/period", "invalid-text"),
        ([{**TARGET, "period": "2019"}], "/operations/0/period", "outside-plan-period"),
        ([{**TARGET, "value": "mucho"}], "/operations/0/value", "invalid-text"),
        ([TARGET, {**TARGET, "value": "1"}], "/operations/1", "target-repeated"),
    ],
)
async def test_a_target_that_makes_no_sense_is_refused_at_once(
    plans: Plans, operations: list[dict[str, Any]], pointer: str, code: str
) -> None:
    await make_plan(plans, "approved")

    answer = await owner(plans).call("POST", "/plans/POA-2026/reforms", {**REFORM, "operations": operations})

    assert answer.status_code == 422, answer.text
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]
