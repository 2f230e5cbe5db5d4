"""What somebody has to mend before it starts is said in one line in Spanish: what, and what to do."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from gateway.identity.keys import KeyRing
from gateway.vault import CannotOpen, Vault
from iesspr.cli import app, port_of
from iesspr.home import Home
from iesspr.postgres import DATABASES, OWNER, DatabaseUrls, PostgresFailed
from iesspr.supervisor import CannotRun, Supervisor
from iesspr.topology import ROOT, process_environment
from services.kit.starting import CANNOT_START, CannotStart

DAMAGED = ["", "{", "[]", "{}", '{"keys": []}', '{"keys": [{}]}', '{"keys": {"id": 1}}', '{"keys": [7]}', "\x00\x01"]


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "80.5", " 80", "8_000", "٣", "9" * 30])
@pytest.mark.parametrize("command", ["run", "demo"])
def test_a_port_that_is_none_is_refused_in_spanish(port: str, command: str) -> None:
    ran = CliRunner().invoke(app, [command], env={"PORT": port})

    assert ran.exit_code == 1
    assert ran.stdout == ""
    assert (
        ran.stderr
        == f"El puerto «{port}» no vale: PORT es un número entre 1 y 65535. Por ejemplo: PORT=8010 make run\n"
    )


@pytest.mark.parametrize(
    ("error", "is_told"),
    [
        (PostgresFailed('initdb falló:\ncould not write to file "pg_wal/x": No space left on device'), True),
        (asyncpg.ConnectionDoesNotExistError("could not extend file: No space left on device"), True),
        (asyncpg.DiskFullError("could not extend file"), True),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), True),
        (asyncpg.InvalidPasswordError("password authentication failed"), False),
    ],
)
def test_a_full_disk_is_named_and_not_taken_for_a_lost_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, is_told: bool
) -> None:
    async def refused(self: Supervisor) -> None:
        raise error

    monkeypatch.setattr(Supervisor, "run", refused)

    ran = CliRunner().invoke(app, ["run"], env={"PORT": "8010", "IESSPR_HOME": str(tmp_path)})

    assert ran.exit_code == 1
    assert ran.stderr.startswith("No queda espacio en el disco. Libere espacio y repita") is is_told
    assert ("secrets.json" in ran.stderr) is not is_told


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        # A machine whose texts are not UTF-8, and one whose terminal shows nothing else than ASCII.
        ({"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, "dice «Listo: <url>»"),
        ({"PYTHONIOENCODING": "ascii"}, "Arranca todo, dice ?Listo: <url>?"),
    ],
)
def test_it_speaks_spanish_on_every_machine(machine: dict[str, str], said: str) -> None:
    environment = {"PATH": os.environ["PATH"], "TERM": "dumb", "COLUMNS": "200", **machine}

    ran = subprocess.run(
        [sys.executable, "-m", "iesspr", "run", "--help"], cwd=ROOT, env=environment, capture_output=True, check=False
    )

    assert (ran.returncode, ran.stderr) == (0, b"")
    assert said in ran.stdout.decode()


def test_a_port_is_a_number_also_by_default() -> None:
    assert [port_of(given) for given in ("1", "8010", "65535", 8000)] == [1, 8010, 65535, 8000]


@pytest.mark.parametrize("content", DAMAGED)
@pytest.mark.parametrize(("kind", "loses"), [(KeyRing, "tokens"), (Vault, "segundo factor")])
def test_a_damaged_key_file_is_named_with_what_to_do(
    tmp_path: Path, kind: Callable[[Path], Any], loses: str, content: str
) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)

    with pytest.raises(CannotStart) as caught:
        kind(path)

    said = str(caught.value)
    assert said.startswith(f"{path} está dañado. Restáurelo del respaldo")
    assert loses in said
    assert "\n" not in said
    assert path.read_text() == content, "what may still be mended is not written over"


@pytest.mark.parametrize("kind", [KeyRing, Vault])
def test_a_key_file_that_is_a_folder_is_named(tmp_path: Path, kind: Callable[[Path], Any]) -> None:
    with pytest.raises(CannotStart, match=r"No se puede usar .* Dé permiso"):
        kind(tmp_path)


def test_key_files_damaged_while_serving_leave_the_known_keys_in_use(tmp_path: Path) -> None:
    signing, sealing = tmp_path / "signing.json", tmp_path / "sealing.json"
    ring, vault = KeyRing(signing), Vault(sealing)
    kid, sealed = ring.signing.kid, vault.seal(b"secret", "totp:ana")

    for path in (signing, sealing):
        path.write_text("{")
        os.utime(path, (1, 1))

    assert (ring.reread(), ring.signing.kid) == (False, kid)
    assert vault.open_sealed(sealed, "totp:ana") == b"secret"
    assert vault.open_sealed(vault.seal(b"more", "totp:eva"), "totp:eva") == b"more"
    with pytest.raises(CannotOpen):
        vault.open_sealed(b"\x00" * 64, "totp:ana")
    signing.unlink()
    assert ring.reread() is False


def test_a_process_with_a_damaged_key_file_ends_with_that_line_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    secrets, nowhere = home.secrets(), "postgresql+asyncpg://nobody:nothing@127.0.0.1:9/none"
    home.signing_keys.write_text("{")
    environment = process_environment(
        "gateway",
        urls=dict.fromkeys(DATABASES, "http://127.0.0.1:9"),
        databases=dict.fromkeys(DATABASES, DatabaseUrls(owner=nowhere, app=nowhere)),
        secrets=secrets,
        home=home,
    )

    ran = subprocess.run(
        [sys.executable, "-m", "iesspr.serve", "gateway", "--port", "1"],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert (ran.returncode, ran.stdout) == (CANNOT_START, "")
    assert ran.stderr.startswith(f"{home.signing_keys} está dañado.")
    assert ran.stderr.count("\n") == 1
    assert OWNER not in ran.stderr


def test_the_console_shows_that_line_and_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    home.logs.mkdir()
    supervisor = Supervisor(home, 8000)
    with supervisor.logs.open("gateway") as log:
        log.write("signing-keys.json está dañado. Restáurelo del respaldo.\n".encode())
    monkeypatch.setattr(supervisor, "_web", SimpleNamespace(check=lambda: None, ended={"gateway": CANNOT_START}))

    with pytest.raises(CannotRun) as caught:
        supervisor._refuse_the_dead()

    assert str(caught.value) == "signing-keys.json está dañado. Restáurelo del respaldo."
