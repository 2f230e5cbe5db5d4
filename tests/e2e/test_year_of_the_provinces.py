"""A year of the 24 provinces, approved, then corrected in three cells: what was read is read again, to the byte."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.e2e.installation import ROOT, Installation

pytestmark = [pytest.mark.e2e, pytest.mark.proof, pytest.mark.xdist_group("e2e-year"), pytest.mark.timeout(600)]
PLAN, MONTH, WHO = "POA-2019", "2019-03", "auditoria"
# A reorganisation recorded after the reading must not reach back either.
REORGANIZATION = {
    "resolution": "C.D. 701",
    "effective_on": "2020-01-01",
    "operations": [
        {"op": "create", "code": "DP-SUR", "name": "Dirección Provincial del Sur", "kind": "provincial_directorate",
         "parent": "DG"},
        {"op": "merge", "sources": ["DP-AZUAY"], "into": "DP-SUR"},
        {"op": "move", "code": "DP-CANAR", "parent": "SDG"},
    ],
}  # fmt: skip

Question = tuple[str, dict[str, str]]


def questions(cells: list[str], indicator: str, provinces: list[str]) -> list[Question]:
    """Every kind of number: provinces, the country, the tree, quality, series, comparison, and how it came to be."""
    card = "/api/v1/scorecards/{}".format
    asked: list[Question] = [(card(province), {"plan": PLAN, "period": MONTH}) for province in provinces]
    for period in (MONTH, "2019-Q1", "2019-S1", "2019"):
        for root in ("DP-AZUAY", "DG", "IESS"):
            query = {"plan": PLAN, "period": period, "scope": "subtree"}
            asked += [(card(root), query), (card(root), {**query, "structure": "today"})]
            asked.append((f"/api/v1/data-quality/{root}", query))
    asked.append((card("IESS"), {"plan": PLAN, "period": MONTH, "scope": "subtree", "approved_only": "true"}))
    asked.append((card("DP-AZUAY"), {"plan": PLAN, "period": MONTH, "accumulated": "true"}))
    one = {"indicator": indicator}
    asked.append(("/api/v1/series", {**one, "dependencia": "DP-AZUAY"}))
    asked.append(("/api/v1/series", {**one, "dependencia": "DG", "scope": "subtree", "structure": "today"}))
    for structure in ("as_reported", "today"):
        asked.append(("/api/v1/comparisons", {**one, "plan": PLAN, "period": MONTH, "structure": structure}))
    for cell in cells:
        asked.append((f"/api/v1/measurements/{cell}/{MONTH}", {}))
        asked.append((f"/api/v1/measurements/{cell}/{MONTH}/explain", {}))
    asked.append(("/api/v1/measurements", {"plan": PLAN, "dependencia": "DP-AZUAY", "limit": "500"}))
    asked.append(("/api/v1/missing-measurements", {"plan": PLAN, "dependencia": "DG", "subtree": "true"}))
    return asked


def answer(installation: Installation, path: str, query: dict[str, str]) -> bytes:
    """The bytes of an answer, as they came."""
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=60)
    try:
        headers = {"Authorization": f"Bearer {installation.token(WHO)}"}
        connection.request("GET", f"{path}?{urlencode(query)}", headers=headers)
        response = connection.getresponse()
        body = response.read()
        assert response.status == 200, (path, query, body)
        return body
    finally:
        connection.close()


def played(installation: Installation) -> None:
    command = [sys.executable, "-m", "iesspr", "demo", "--provinces", "24", "--months", "12"]
    environment = {**os.environ, "IESSPR_HOME": str(installation.home), "PORT": str(installation.port)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr


def approved(installation: Installation) -> list[dict[str, Any]]:
    """Azuay's March, approved by its titular; the cells."""
    body = {"action": "approve", "dependencia": "DP-AZUAY", "period": MONTH}
    reviewed = installation.call("POST", "/api/v1/reviews", who="azuay.titular", body=body)
    assert reviewed.status == 200, reviewed
    listed = installation.get(
        "/api/v1/measurements", WHO, plan=PLAN, dependencia="DP-AZUAY", period_from=MONTH, period_to=MONTH, limit="500"
    )
    return [item for item in listed.body["items"] if item["review"] == "approved"]


def test_known_at_before_a_correction_repeats_every_reading(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "home")
    installation.start()
    try:
        played(installation)
        cells = approved(installation)[:3]
        provinces = sorted(p["dependencia"] for p in installation.get("/api/v1/provinces", WHO).body["items"])
        asked = questions([cell["assignment"] for cell in cells], cells[0]["indicator"], provinces)
        before = [answer(installation, *question) for question in asked]
        known_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        assert len(provinces) == 24

        rows = [{"assignment": c["assignment"], "period": MONTH, "value": str(n)} for n, c in enumerate(cells, 1)]
        corrected = installation.push(rows, "sys-azuay")
        assert corrected.body["updated"] == 3
        drifted = installation.get(f"/api/v1/measurements/{cells[0]['assignment']}/{MONTH}", WHO).body
        applied = installation.call("POST", "/api/v1/reorganizations", who="dnpl.metodologia", body=REORGANIZATION)
        assert applied.status == 201, applied
        deadline = time.monotonic() + 30
        told = f"/api/v1/reorganizations/{applied.body['id']}"
        while installation.get(told, WHO).body["status"] != "complete" and time.monotonic() < deadline:
            time.sleep(0.1)

        after = [answer(installation, *question) for question in asked]
        again = [answer(installation, path, {**query, "known_at": known_at}) for path, query in asked]

        assert (drifted["drifted"], drifted["approved_value"]) == (True, cells[0]["value"])
        different = [question for question, old, new in zip(asked, before, again, strict=True) if old != new]
        assert different == []
        changed = {question[0] for question, old, new in zip(asked, before, after, strict=True) if old != new}
        assert {"/api/v1/scorecards/DP-AZUAY", "/api/v1/scorecards/DG", "/api/v1/scorecards/IESS"} <= changed
        assert "/api/v1/scorecards/DP-GUAYAS" not in changed, "nothing was corrected there"
    finally:
        installation.stop()
