"""Starting, stopping and being killed: nothing acknowledged is lost, nothing is left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.installation import ROOT, Installation

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-lives"), pytest.mark.timeout(240)]


def no_process_is_left(installation: Installation, within_s: float = 5) -> None:
    deadline = time.monotonic() + within_s
    while (left := installation.survivors()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []


def test_an_installation_survives_what_happens_to_it(tmp_path: Path) -> None:
    """One home through its lives; a start costs seconds, so the chapters share it."""
    installation = Installation(tmp_path / "home")
    restored: Installation | None = None
    installation.start()
    try:
        credentials_are_private_and_shown_once(installation)
        a_second_run_in_the_same_home_is_refused(installation)
        a_busy_port_is_refused(installation, tmp_path)
        key = an_acknowledged_push_survives_sigkill_of_its_service(installation)
        a_start_after_that_knows_the_push(installation, key)
        sigkill_of_the_supervisor_leaves_no_orphan(installation)
        restored = a_copy_of_the_home_is_a_backup(installation, tmp_path, key)
        it_stops_cleanly(restored)
    finally:
        for started in filter(None, (installation, restored)):
            if started.process.poll() is None:
                started.process.kill()


def credentials_are_private_and_shown_once(installation: Installation) -> None:
    path = installation.home / "demo-credentials.json"

    assert path.stat().st_mode & 0o777 == 0o600
    assert installation.token("sys-azuay")
    assert "sys-azuay" in installation.console()
    for name in ("secrets.json", "signing-keys.json"):
        assert (installation.home / name).stat().st_mode & 0o077 == 0


def a_second_run_in_the_same_home_is_refused(installation: Installation) -> None:
    second = Installation(installation.home)

    second.launch()

    assert second.wait() == 1
    assert "Ya hay una instalación en marcha" in second.console()
    assert installation.get("/readyz", None).status == 200


def a_busy_port_is_refused(installation: Installation, tmp_path: Path) -> None:
    other = Installation(tmp_path / "other", port=installation.port)

    other.launch()

    assert other.wait() == 1
    assert f"El puerto {installation.port} está ocupado" in other.console()
    assert not (tmp_path / "other" / "postgres").exists()


def an_acknowledged_push_survives_sigkill_of_its_service(installation: Installation) -> str:
    key = "killed-right-after"
    rows = installation.monthly_rows("sys-azuay", "DP-AZUAY", "2019-02")
    victim = installation.pids["indicators"]

    answer = installation.push(rows, "sys-azuay", key=key)
    os.kill(victim, signal.SIGKILL)

    assert answer.status == 201
    assert installation.wait() != 0, "a child that dies takes the rest down"
    assert "indicators terminó" in installation.console()
    no_process_is_left(installation)
    return key


def a_start_after_that_knows_the_push(installation: Installation, key: str) -> None:
    installation.start()
    assert "Cuentas de demostración" not in installation.console()

    rows = installation.monthly_rows("sys-azuay", "DP-AZUAY", "2019-02")
    replay = installation.push(rows, "sys-azuay", key=key)
    stored = installation.get("/api/v1/measurements", "sys-azuay", plan="POA-2019", dependencia="DP-AZUAY", limit="500")

    assert replay.headers["idempotency-replayed"] == "true"
    assert {row["assignment"] for row in rows} == {item["assignment"] for item in stored.body["items"]}


def sigkill_of_the_supervisor_leaves_no_orphan(installation: Installation) -> None:
    installation.process.send_signal(signal.SIGKILL)
    installation.wait()

    no_process_is_left(installation)


def a_copy_of_the_home_is_a_backup(installation: Installation, tmp_path: Path, key: str) -> Installation:
    """As docs/how-to/operator.md makes one; even of a home whose processes were killed."""
    copy = tmp_path / "iesspr-backup"
    subprocess.run(["cp", "-a", installation.home, copy], check=True)
    restored = Installation(copy)
    restored.start()

    rows = restored.monthly_rows("sys-azuay", "DP-AZUAY", "2019-02")
    replay = restored.push(rows, "sys-azuay", key=key)
    trail = restored.get("/api/v1/audit-events/verify", "auditoria")

    assert replay.headers["idempotency-replayed"] == "true"
    assert trail.body["intact"]
    return restored


def it_stops_cleanly(installation: Installation) -> None:
    logs = {log: log.stat().st_size for log in (installation.home / "logs").glob("*.log")}
    # The gateway gathers the documents after a start; asked for, they are there, and only waiting calls are left.
    assert installation.get("/api/v1/openapi.json", None).status == 200

    assert installation.stop() == 0

    assert installation.survivors() == []
    said = "".join(log.read_bytes()[begin:].decode() for log, begin in logs.items())
    assert "timeout graceful shutdown exceeded" not in said, "a call that waits for news held the stop"


def test_a_broken_seed_row_stops_the_start_naming_file_and_line(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(ROOT / "data", data)
    seed = data / "indicators" / "assignments-poa-2019.jsonl"
    lines = seed.read_text().splitlines(keepends=True)
    lines[11] = lines[11].replace("{", "{]", 1)
    seed.write_text("".join(lines))
    installation = Installation(tmp_path / "home", environment={"INDICATORS_SEED_DIR": str(data)})

    installation.launch()

    assert installation.wait(90) == 1
    assert "data/indicators/assignments-poa-2019.jsonl:12:" in installation.console()
    no_process_is_left(installation)
