"""What the platform is for, on the real processes: provinces push, the scorecard answers, neighbours see nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.installation import ROOT, Installation

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(180)]
CONTRACT = ROOT.parent / "shared" / "checks" / "contract.py"


def test_two_provinces_push_their_month_and_one_wrong_row_stops_nobody(platform: Installation) -> None:
    azuay = platform.monthly_rows("sys-azuay", "DP-AZUAY", "2019-03")
    guayas = platform.monthly_rows("sys-guayas", "DP-GUAYAS", "2019-03")
    guayas[2]["value"] = "12a"

    from_azuay = platform.push(azuay, "sys-azuay")
    from_guayas = platform.push(guayas, "sys-guayas")

    assert (from_azuay.status, from_azuay.body["created"], from_azuay.body["rejected"]) == (201, len(azuay), 0)
    assert (from_guayas.status, from_guayas.body["created"]) == (201, len(guayas) - 1)
    assert [(row["index"], row["code"]) for row in from_guayas.body["rows"] if row["outcome"] == "rejected"] == [
        (2, "invalid-number")
    ]


def test_the_same_push_again_creates_nothing(platform: Installation) -> None:
    rows = platform.monthly_rows("sys-azuay", "DP-AZUAY", "2019-04")

    first = platform.push(rows, "sys-azuay", key="azuay-2019-04-a")
    replay = platform.push(rows, "sys-azuay", key="azuay-2019-04-a")
    resend = platform.push(rows, "sys-azuay", key="azuay-2019-04-b")

    assert replay.body == first.body
    assert replay.headers["idempotency-replayed"] == "true"
    assert (resend.body["created"], resend.body["unchanged"]) == (0, len(rows))


def test_the_scorecard_shows_what_was_pushed(platform: Installation) -> None:
    rows = platform.monthly_rows("sys-azuay", "DP-AZUAY", "2019-05")
    platform.push(rows, "sys-azuay")

    card = platform.get("/api/v1/scorecards/DP-AZUAY", "azuay.titular", plan="POA-2019", period="2019-05")

    assert card.status == 200
    lights = {cell["assignment"]: cell["traffic_light"] for cell in card.body["indicators"]}
    assert {lights[row["assignment"]] for row in rows} == {"green"}


def test_another_province_neither_sees_nor_writes(platform: Installation) -> None:
    rows = platform.monthly_rows("sys-azuay", "DP-AZUAY", "2019-06")

    pushed = platform.push(rows, "sys-guayas")
    card = platform.get("/api/v1/scorecards/DP-AZUAY", "guayas.reporte", plan="POA-2019", period="2019-06")
    listed = platform.get("/api/v1/measurements", "guayas.reporte", dependencia="DP-AZUAY", plan="POA-2019")

    assert (pushed.status, pushed.body["created"]) == (422, 0)
    assert {row["code"] for row in pushed.body["rows"]} == {"unknown-assignment"}
    assert card.status == 404
    assert listed.status == 404 or listed.body["items"] == []


def test_a_front_end_finds_the_documents_it_needs(platform: Installation) -> None:
    merged = platform.get("/api/v1/openapi.json", None)
    docs = platform.get("/docs", None)

    assert merged.body["openapi"].startswith("3.1")
    assert "/api/v1/scorecards/{dependencia}" in merged.body["paths"]
    assert docs.status == 200


def test_the_trail_of_all_this_is_intact(platform: Installation) -> None:
    verdict = platform.get("/api/v1/audit-events/verify", "auditoria")

    assert verdict.status == 200
    assert verdict.body["intact"] is True


@pytest.mark.skipif(not CONTRACT.is_file(), reason="sin la comprobación del contrato junto al repositorio")
def test_nothing_falls_short_of_the_contract(platform: Installation) -> None:
    """It pushes DP-AZUAY's January 2019: no other test of this installation may touch that month."""
    run = subprocess.run(
        [sys.executable, CONTRACT],
        env={"PORT": str(platform.port), "IESSPR_HOME": str(platform.home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=150,
    )

    assert run.returncode == 0, run.stdout + run.stderr


def test_the_example_of_the_readme_works(platform: Installation, tmp_path: Path) -> None:
    example = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)[0]
    here = example.replace("127.0.0.1:8000", f"127.0.0.1:{platform.port}").replace(".iesspr", str(platform.home))

    run = subprocess.run([sys.executable, "-c", here], capture_output=True, text=True, timeout=30)

    assert run.returncode == 0, run.stderr
    assert "'outcome': 'rejected'" not in run.stdout
