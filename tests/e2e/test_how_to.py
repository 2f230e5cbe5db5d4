"""The programs of docs/how-to run as they stand, against the real processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.installation import ROOT, Installation

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(180)]
PAGES = sorted((ROOT / "docs" / "how-to").glob("*.md"))
PROGRAM = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROGRAMS = [(page, program) for page in PAGES for program in PROGRAM.findall(page.read_text())]


@pytest.mark.parametrize(("page", "program"), PROGRAMS, ids=[page.stem for page, _ in PROGRAMS])
def test_a_documented_program_runs_as_it_stands(platform: Installation, page: Path, program: str) -> None:
    environment = {
        **os.environ,
        "IESSPR_URL": f"http://127.0.0.1:{platform.port}",
        "IESSPR_HOME": str(platform.home),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(page.parent),
    }

    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=page.parent, capture_output=True, text=True, timeout=60
    )

    assert run.returncode == 0, run.stderr
    assert run.stdout


def test_every_page_has_a_program() -> None:
    assert {page.stem for page, _ in PROGRAMS} == {page.stem for page in PAGES} - {"README"}
