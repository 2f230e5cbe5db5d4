"""docs/openapi shows the contract as the code has it: a change of one without the other does not pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_snapshots_are_what_the_code_says() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "iesspr", "openapi", "--check"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )

    assert run.returncode == 0, run.stderr
