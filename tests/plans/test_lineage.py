"""Why an objective exists and who carries it; coverage of the real POA 2025."""

from __future__ import annotations

from typing import Any

import pytest

from services.kit.clients import PeerUnavailable
from tests.plans.harness import Plans, codes, grant
from tests.plans.test_workflow import make_plan, move, owner


class Peer:
    """The indicators service as a test wants it to answer."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers

    async def get(self, path: str, **_rest: Any) -> Any:
        if path not in self.answers:
            raise PeerUnavailable(path)
        return {"items": self.answers[path], "next_cursor": None}


def assignment(code: str, objective: str | None) -> dict[str, Any]:
    return {
        "code": code, "statement": "x", "objective": objective, "dependencia": "DNPL", "unit": "percent",
        "direction": "up", "frequency": "annual", "targets": [{"period": "2025", "value": "95"}],
        "target_text": "95%", "warnings": [],
    }  # fmt: skip


@pytest.fixture
def peer(loaded: Plans, monkeypatch: pytest.MonkeyPatch) -> Peer:
    peer = Peer({})
    monkeypatch.setitem(loaded.app.state.clients, "indicators", peer)
    return peer


async def test_lineage_reaches_the_strategic_objective(loaded: Plans) -> None:
    walk = await loaded.get("/objectives/POA-2025.DSGSIF.N4.01/lineage")

    reached = codes(walk["nodes"])
    assert reached[:2] == ["POA-2025.DSGSIF.N4.01", "POA-2025.DSGSIF.N3.1"]
    assert {"PEI-2018-2028.OEI1", "PEI-2018-2028.OEI2", "PEI-2018-2028.OEI4"} <= set(reached)
    assert [n["depth"] for n in walk["nodes"]] == sorted(n["depth"] for n in walk["nodes"])


async def test_cascade_reaches_the_operative_level(loaded: Plans) -> None:
    walk = await loaded.get("/objectives/PEI-2018-2028.OEI6/cascade")

    operative = [n["code"] for n in walk["nodes"] if n["level"] == "N4"]
    assert operative == [f"POA-2025.DNSC.N4.0{n}" for n in range(1, 6)]
    assert len([n for n in walk["nodes"] if n["kind"] == "strategy"]) == 2


async def test_a_strategy_nobody_carries_cascades_to_itself(loaded: Plans) -> None:
    walk = await loaded.get("/strategies/PEI-2018-2028.OEI7.E5/cascade")

    assert codes(walk["nodes"]) == ["PEI-2018-2028.OEI7.E5"]
    assert walk["edges"] == []


async def test_status_that_cannot_be_asked_does_not_fail_the_walk(loaded: Plans) -> None:
    walk = await loaded.get("/objectives/PEI-2018-2028.OEI6/cascade?expand=status")

    assert walk["unavailable"] == ["indicators"]
    assert all(node["status"] is None for node in walk["nodes"])


async def test_status_shows_the_worst_light_of_an_objective(loaded: Plans, peer: Peer) -> None:
    peer.answers = {
        "/api/v1/assignments": [assignment("A.1", "POA-2025.DNPL.N2.1"), assignment("A.2", "POA-2025.DNPL.N2.1")],
        "/api/v1/measurements": [
            {"assignment": "A.1", "period": "2025-01", "traffic_light": "red"},
            {"assignment": "A.1", "period": "2025-02", "traffic_light": "green"},
        ],
    }
    walk = await loaded.get("/objectives/POA-2025.DNPL.N2.1/cascade?expand=status")

    assert walk["nodes"][0]["status"] == {"indicators": 2, "reported": 1, "lights": {"green": 1}, "worst": "green"}
    assert walk["unavailable"] == []


async def test_a_state_is_told_to_who_reads_the_measurements_of_its_dependencia(loaded: Plans, peer: Peer) -> None:
    peer.answers = {
        "/api/v1/assignments": [assignment("A.1", "POA-2025.DNPL.N2.1"), assignment("A.2", "POA-2025.DNRI.N2.1")],
        "/api/v1/measurements": [{"assignment": "A.1", "period": "2025-01", "traffic_light": "red"}],
    }
    dnpl = loaded.by(grant("plan:read measurement:read", "DNPL"), subject="planificación")

    walk = await dnpl.get("/objectives/PEI-2018-2028.OEI5/cascade?expand=status")
    states = {node["code"]: node["status"] for node in walk["nodes"]}

    assert states["POA-2025.DNPL.N2.1"]["worst"] == "red"
    assert states["POA-2025.DNRI.N2.1"] is None
    assert walk["unavailable"] == []


async def test_a_plan_with_indicators_that_ask_nothing_is_not_submitted(
    plans: Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_plan(plans, "draft")
    [objective] = codes(await plans.items("/objectives", plan="POA-2026"))
    silent = {**assignment("POA-2026.DNPL.001", objective), "targets": []}
    monkeypatch.setitem(plans.app.state.clients, "indicators", Peer({"/api/v1/assignments": [silent]}))

    refused = await move(owner(plans), "submitted")
    spoken = {**silent, "targets": [{"period": "2026", "value": "95"}]}
    monkeypatch.setitem(plans.app.state.clients, "indicators", Peer({"/api/v1/assignments": [spoken]}))
    accepted = await move(owner(plans), "submitted")

    assert (refused[0], [e["code"] for e in refused[1]["errors"]]) == (422, ["indicator-without-target"])
    assert refused[1]["errors"][0]["pointer"] == "/assignments/POA-2026.DNPL.001"
    assert accepted[0] == 200


async def test_coverage_of_the_real_poa(loaded: Plans, peer: Peer) -> None:
    peer.answers = {"/api/v1/assignments": [assignment("POA-2025.DNPL.001", None)]}
    report = await loaded.get("/plans/POA-2025/coverage")

    assert report["objectives"] == {"N2": 19, "N3": 5, "N4": 65}
    assert report["strategies"]["unused"] == ["PEI-2018-2028.OEI7.E5"]
    assert report["strategies"]["outside_pei"] == ["POA-2025.PG.E1", "POA-2025.PG.E2"]
    assert report["strategies"]["total"] == 27
    assert report["objectives_aligned"] == 89
    assert len(report["objectives_without_indicators"]) == 89
    assert report["printed_mismatches"] == ["POA-2025.DNSI.N4.01/PEI-2018-2028.OEI7"]
    assert report["crossed_units"] == ["POA-2025.DSGSIF.N4.11", "POA-2025.DSGSIF.N4.12"]
    assert report["unavailable"] == []


async def test_coverage_without_indicators_says_so(loaded: Plans) -> None:
    report = await loaded.get("/plans/POA-2025/coverage")

    assert (report["indicators"], report["objectives_without_indicators"]) == (None, None)
    assert report["unavailable"] == ["indicators"]
    assert "DNPL" not in codes(report["dependencias_without_objectives"])


async def test_an_unknown_code_is_not_found(loaded: Plans) -> None:
    assert (await loaded.call("GET", "/objectives/NADA/lineage")).status_code == 404
