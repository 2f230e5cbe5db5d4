"""Every command in the README and docs is one that works: run here, run end to end elsewhere, or at least existing."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "data").rglob("*.md"))]
FENCED = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
ELSEWHERE = {
    "docker compose up --build --detach": "nowhere: no container engine here; test_containers.py checks the file",
    "cp -a .iesspr iesspr-backup": "tests/e2e/test_living_and_dying.py starts from such a copy",
    "export IESSPR_URL=http://127.0.0.1:8000 IESSPR_HOME=../../.iesspr": "tests/e2e/test_how_to.py sets both",
    "python3": "tests/e2e/test_how_to.py runs what is pasted",
}
INLINE = re.compile(r"`(make [a-z][^`]*|iesspr [a-z][^`]*)`")


def documented_commands() -> list[str]:
    found: set[str] = set()
    for page in PAGES:
        text = page.read_text()
        lines = [line for block in FENCED.findall(text) for line in block.splitlines()]
        found |= {line.partition("#")[0].strip() for line in [*lines, *INLINE.findall(text)]}
    return sorted(found - {""})


@pytest.mark.parametrize("command", documented_commands())
def test_a_documented_command_exists(command: str) -> None:
    program, _, rest = command.removeprefix("PORT=8010 ").partition(" ")

    if program == "make":
        # What each target does is the business of other tests; here it must be known and its variables complete.
        arguments = re.findall(r'(?:[^\s"]|"[^"]*")+', rest)
        given = [argument.replace('"', "") for argument in arguments if not argument.startswith("<")]
        subprocess.run(["make", "-n", *given], cwd=ROOT, check=True, capture_output=True)
    elif program == "iesspr":
        subprocess.run(
            [sys.executable, "-m", "iesspr", rest.split()[0], "--help"], cwd=ROOT, check=True, capture_output=True
        )
    else:
        assert command in ELSEWHERE, "a command that no test knows: classify it here"


def test_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    declared = set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split())

    shown = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout

    assert {line.split()[1] for line in shown.splitlines()} == declared


def test_links_of_the_pages_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in PAGES
        for link in re.findall(r"\]\(([^)#:\s]+)\)", page.read_text())
        if not (page.parent / link).exists()
    ]

    assert broken == []


def test_migrate_and_reset_work_without_a_running_installation(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = {"IESSPR_HOME": str(home), "PATH": "/usr/bin:/bin"}

    def iesspr(*arguments: str) -> str:
        command = [sys.executable, "-m", "iesspr", *arguments]
        run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=90)
        assert run.returncode == 0, run.stderr
        return run.stdout

    migrated = iesspr("migrate")
    (home / "mine.txt").write_text("not ours to delete")
    iesspr("reset", "--yes")

    assert "indicators: al día" in migrated
    assert [path.name for path in home.iterdir()] == ["mine.txt"]


@pytest.mark.skipif(shutil.which("sh") is None, reason="sin sh")
def test_install_says_clearly_that_venv_is_missing(tmp_path: Path) -> None:
    """A python3 that is new enough but has no ensurepip, as Debian's without python3-venv."""
    fake = tmp_path / "python3"
    fake.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexit 0\n')
    fake.chmod(0o755)
    for tool in ("sh", "cat", "cksum", "dirname", "rm", "pwd"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or "/bin/sh")
    checkout = tmp_path / "checkout"
    (checkout / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "install.sh", checkout / "scripts")
    shutil.copy(ROOT / "requirements-dev.lock", checkout)

    run = subprocess.run(
        [tmp_path / "sh", checkout / "scripts" / "install.sh"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=20,
    )

    assert run.returncode == 1
    assert "python3-venv" in run.stderr


def test_the_lock_files_agree_and_name_no_index() -> None:
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE))

    runtime, development = pins("requirements.lock"), pins("requirements-dev.lock")
    resolved = dict(re.findall(r'^name = "([^"]+)"\nversion = "([^"]+)"', (ROOT / "uv.lock").read_text(), re.MULTILINE))

    assert runtime.items() <= development.items()
    assert development.items() <= resolved.items()
    for name in ("requirements.lock", "requirements-dev.lock"):
        assert not re.search(r"https?://|--index|--find-links", (ROOT / name).read_text())
