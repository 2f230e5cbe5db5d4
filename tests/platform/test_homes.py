"""Folders that cannot be an installation's home are refused in one line that says what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from iesspr.home import Home, HomeUnusable
from tests.support.ports import free_port


def test_a_file_is_no_home(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    environment = {**os.environ, "IESSPR_HOME": str(file), "PORT": str(free_port())}

    ran = subprocess.run(
        [sys.executable, "-m", "iesspr", "run"], env=environment, capture_output=True, text=True, timeout=60
    )

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(f"No se puede guardar nada en {file} (")
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"postgres": {}'])
def test_damaged_secrets_are_named(tmp_path: Path, content: str) -> None:
    home = Home(tmp_path)
    home.secrets()
    (tmp_path / "secrets.json").write_text(content)

    with pytest.raises(HomeUnusable, match=r"secrets\.json está dañado"):
        home.secrets()


def test_secrets_are_made_once(tmp_path: Path) -> None:
    made = Home(tmp_path).secrets()

    assert Home(tmp_path).secrets() == made
    assert json.loads((tmp_path / "secrets.json").read_text())["services"] == made.services
