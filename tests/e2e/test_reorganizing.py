"""A reorganisation with plans and measurements present, killed in the middle, ends complete; the past stays."""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.installation import Installation

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-lives"), pytest.mark.timeout(240)]
WHO = "dnpl.metodologia"
REORGANIZATION = {
    "resolution": "C.D. 700",
    "resolution_date": "2026-11-20",
    "effective_on": "2027-01-01",
    "operations": [
        {"op": "merge", "sources": ["DP-AZUAY-PL", "DP-AZUAY-CS"], "into": "DP-AZUAY-PL"},
        {"op": "rename", "code": "DP-AZUAY", "name": "Dirección Provincial del Azuay"},
    ],
}


def past(installation: Installation, known_at: str) -> list[Any]:
    """What was answered about days and instants before the reorganisation."""
    questions: list[tuple[str, dict[str, str]]] = [
        (path, {"as_of": day, "limit": "500"})
        for day in ("2019-06-01", "2025-01-01", "2026-12-31")
        for path in ("/api/v1/dependencias", "/api/v1/rof/units")
    ]
    questions += [
        ("/api/v1/org-tree", {"as_of": "2026-12-31"}),
        ("/api/v1/objectives", {"plan": "POA-2025", "limit": "500"}),
        ("/api/v1/assignments", {"plan": "POA-2019", "dependencia": "DP-AZUAY", "limit": "500"}),
        ("/api/v1/measurements", {"plan": "POA-2019", "dependencia": "DP-AZUAY", "known_at": known_at}),
        ("/api/v1/scorecards/DP-AZUAY", {"plan": "POA-2019", "period": "2019-01", "known_at": known_at}),
    ]
    answers = [installation.call("GET", path, who=WHO, query=query) for path, query in questions]
    assert [answer.status for answer in answers] == [200] * len(answers), answers
    return [answer.body for answer in answers]


def completed(installation: Installation, number: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        body: dict[str, Any] = installation.get(f"/api/v1/reorganizations/{number}", WHO).body
        if body["status"] == "complete":
            return body
        time.sleep(0.2)
    raise AssertionError(f"not complete in a minute: {body['services']}")


def test_a_reorganisation_killed_in_the_middle_ends_complete_and_changes_no_past_answer(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "home")
    installation.start()
    try:
        rows = installation.monthly_rows("sys-azuay", "DP-AZUAY", "2019-01")
        assert installation.push(rows, "sys-azuay").status == 201
        known_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        before = past(installation, known_at)
        # A service that is stopped cannot take it over: the reorganisation is caught half way.
        os.kill(installation.pids["plans"], signal.SIGSTOP)
        applied = installation.call("POST", "/api/v1/reorganizations", who=WHO, body=REORGANIZATION)
        os.kill(installation.pids["orgchart"], signal.SIGKILL)
        assert applied.status == 201, applied
        assert installation.wait() != 0
        installation.start()

        done = completed(installation, applied.body["id"])

        assert [service["acknowledged"] for service in done["services"]] == [True, True, True]
        assert past(installation, known_at) == before
        renamed = installation.get("/api/v1/dependencias/DP-AZUAY", WHO, as_of="2027-01-01")
        assert renamed.body["name"] == "Dirección Provincial del Azuay"
        assert installation.get("/api/v1/dependencias/DP-AZUAY-CS", WHO, as_of="2027-01-01").status == 404
        assert installation.push(rows, "sys-azuay").body["unchanged"] == len(rows)
    finally:
        if installation.process.poll() is None:
            installation.stop()
