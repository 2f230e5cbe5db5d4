"""The simulation plays through the public API and says that it is one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.e2e.installation import ROOT, Installation

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(120)]


def test_the_simulated_provinces_push_and_a_second_run_changes_nothing(platform: Installation) -> None:
    command = [sys.executable, "-m", "iesspr", "demo", "--provinces", "3", "--months", "2"]
    environment = {**os.environ, "IESSPR_HOME": str(platform.home), "PORT": str(platform.port)}

    first = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    second = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)

    assert first.returncode == 0, first.stderr
    assert "SIMULACIÓN" in first.stdout
    assert " 0 mediciones nuevas" in second.stdout
    stored = platform.get("/api/v1/measurements", "consulta", plan="POA-2019", dependencia="DP-BOLIVAR")
    assert {item["source"] for item in stored.body["items"]} == {"simulation"}
