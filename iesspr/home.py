"""The folder where one installation lives: its data, its secrets, its logs, and the lock that says it is running."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from iesspr.postgres import DATABASES, OWNER

SERVICES = ("orgchart", "plans", "indicators")
_OURS = (
    "postgres",
    "logs",
    "secrets.json",
    "running.json",
    "signing-keys.json",
    "vault-keys.json",
    "demo-credentials.json",
    "lock",
)


class HomeBusy(Exception):
    """Another process is running this installation."""


class HomeUnusable(OSError):
    """The folder cannot hold an installation, or what it holds is damaged; the message says what to do."""


@dataclass(frozen=True)
class Secrets:
    """Passwords of database roles, and of the accounts services use among themselves."""

    postgres: Mapping[str, str]
    services: Mapping[str, str]


class Home:
    """Paths and state of one installation (IESSPR_HOME, default `.iesspr`)."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self.logs = self.path / "logs"
        self.postgres = self.path / "postgres"
        self.demo_credentials = self.path / "demo-credentials.json"
        self.signing_keys = self.path / "signing-keys.json"
        self._running = self.path / "running.json"
        self._lock: IO[str] | None = None

    @classmethod
    def of_environment(cls) -> Home:
        return cls(Path(os.environ.get("IESSPR_HOME") or ".iesspr"))

    def acquire(self) -> None:
        """Take the lock until this process ends, however it ends. Raises HomeBusy, HomeUnusable."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            lock = (self.path / "lock").open("a")
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise HomeUnusable(
                f"No se puede guardar nada en {self.path} ({reason}). Elija otra carpeta: IESSPR_HOME=… make run"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise HomeBusy(f"Ya hay una instalación en marcha en {self.path}.") from error
        self._lock = lock

    def release(self) -> None:
        self._running.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def secrets(self) -> Secrets:
        """This installation's secrets, made by the first call. Raises HomeUnusable."""
        path = self.path / "secrets.json"
        if not path.exists():
            roles = [OWNER, *(f"{database}_app" for database in DATABASES)]
            made = {
                "postgres": {role: secrets.token_urlsafe(24) for role in roles},
                "services": {f"svc-{service}": secrets.token_urlsafe(24) for service in SERVICES},
            }
            write_private(path, json.dumps(made, indent=2) + "\n")
        try:
            stored = json.loads(path.read_text())
            return Secrets(stored["postgres"], stored["services"])
        except (ValueError, KeyError, TypeError) as error:
            raise HomeUnusable(
                f"{path} está dañado: sin sus contraseñas no se llega a los datos. Recupérelo de una copia; "
                "o, si los datos no importan, bórrelos con «make reset»."
            ) from error

    def announce(self, facts: Mapping[str, Any]) -> None:
        """Tell other commands (`migrate`, `demo`, `import-rof`) where the running installation answers."""
        write_private(self._running, json.dumps(facts) + "\n")

    def running(self) -> dict[str, Any] | None:
        """What the running installation announced; None when nothing is running here."""
        try:
            self.acquire()
        except HomeBusy:
            facts: dict[str, Any] = json.loads(self._running.read_text()) if self._running.exists() else {}
            return facts or None
        self.release()
        return None

    def remove(self) -> None:
        """Delete what an installation made here, and nothing else. The caller holds the lock."""
        for name in _OURS:
            path = self.path / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        if not any(self.path.iterdir()):
            self.path.rmdir()


def write_private(path: Path, text: str) -> None:
    """Write a whole file that only its owner can read, or leave the former one."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    scratch.replace(path)
