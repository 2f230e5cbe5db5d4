"""Start and stop one PostgreSQL cluster kept in one folder."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from iesspr.postgres.binaries import find_binaries, readable_by_everyone
from iesspr.postgres.databases import OWNER
from iesspr.process import Account, run_to_end, spawn, wait_for_end

# sun_path holds 108 bytes with the closing zero; the socket's own name takes the last 18.
_LONGEST_SOCKET_DIR = 107 - len("/.s.PGSQL.5432")
_PROC = Path("/proc")

_SETTINGS = {
    "listen_addresses": "",  # Unix socket only: no port to collide with, nothing to reach from outside
    "max_connections": "150",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "log_min_duration_statement": "2s",
    # Details of errors and bound values hold what rows hold: a cédula that is already there is nobody's to log.
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "password_encryption": "scram-sha-256",
}
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_DISPOSABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "1h",
}


class PostgresFailed(Exception):
    """The server did not come up; the message carries the end of its log."""


class PostgresServer:
    """A cluster in `root`/data with its socket in `root`/socket.

    root: made if missing. As root the server runs as `nobody`, who owns `root` but perhaps may not enter the
    folders above it (a clone in /root, a `mktemp -d`); it therefore gets `root` as an open descriptor and names its
    files through /proc/self/fd, which needs no rights on the way there, is short enough for a socket and has no
    character that the server's lists of folders would split. Outside Linux it gets the path.
    durable: False only where the data may be lost with the machine (tests).
    """

    def __init__(self, root: Path, *, password: str, log_path: Path, durable: bool = True) -> None:
        self.root = root.resolve()
        self.data = self.root / "data"
        self.log_path = log_path
        self._password = password
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._alias: Path | None = None
        self._account = _unprivileged_account()
        self._binaries = find_binaries()
        if self._account is not None:
            self._binaries = readable_by_everyone(self._binaries)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise PostgresFailed("PostgreSQL no está en marcha.")
        return self._process

    @property
    def socket_dir(self) -> Path:
        """Where clients connect: the folder itself, or an alias.

        Its path may be too long for a socket; and a comma in it would be read as the end of one host of several.
        """
        real = self.root / "socket"
        if len(os.fsencode(real)) <= _LONGEST_SOCKET_DIR and "," not in str(real):
            return real
        if self._alias is None:
            self._alias = Path(tempfile.mkdtemp(prefix="iesspr-"))
            (self._alias / "s").symlink_to(real)
        return self._alias / "s"

    async def start(self) -> None:
        """Initialise the cluster if it is new, start it and wait until it accepts connections."""
        self._make_folders()
        descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            await self._initialise(descriptor)
            await self._wait_for_former_server()
            self._process = self._launch(descriptor)
        finally:
            os.close(descriptor)
        await self._wait_until_ready()

    async def stop(self, timeout_s: float = 20) -> None:
        """Fast shutdown: sessions are ended, a checkpoint is written."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            if not await wait_for_end(self._process, timeout_s):
                self._process.send_signal(signal.SIGQUIT)
                self._process.wait(10)
        self._process = None
        if self._alias is not None:
            shutil.rmtree(self._alias, ignore_errors=True)
            self._alias = None

    def _make_folders(self) -> None:
        for folder in (self.root, self.data, self.root / "socket"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self._account is not None and folder.stat().st_uid == 0:
                os.chown(folder, self._account.uid, self._account.gid)
                folder.chmod(0o700)

    def _seen_from_server(self, descriptor: int, name: str) -> str:
        return f"/proc/self/fd/{descriptor}/{name}" if _PROC.exists() else str(self.root / name)

    async def _initialise(self, descriptor: int) -> None:
        if (self.root / "initialised").exists():
            return
        # A first start that was interrupted leaves half a cluster: nothing is in it yet, begin again.
        shutil.rmtree(self.data)
        self._make_folders()
        password_file = self.root / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self._password + "\n")
        if self._account is not None:
            os.chown(password_file, self._account.uid, self._account.gid)
        try:
            await self._run_initdb(descriptor)
        finally:
            password_file.unlink()
        (self.root / "initialised").touch()

    async def _run_initdb(self, descriptor: int) -> None:
        command: list[str | Path] = [
            self._binaries / "initdb",
            f"--pgdata={self._seen_from_server(descriptor, 'data')}",
            f"--username={OWNER}",
            f"--pwfile={self._seen_from_server(descriptor, 'password')}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",  # the same order and the same case rules on every machine; Spanish folds in the application
            "--data-checksums",
            *([] if self._durable else ["--no-sync"]),
        ]
        with self.log_path.open("ab") as log:
            process = spawn(
                command,
                log=log,
                environment=_environment(),
                account=self._account,
                pass_fds=[descriptor],
                directory=Path("/"),
            )
        if not await run_to_end(process, timeout_s=120) or process.returncode != 0:
            raise PostgresFailed(f"initdb falló (código {process.returncode}):\n{self._end_of_log()}")

    def _launch(self, descriptor: int) -> subprocess.Popen[bytes]:
        settings = {**_SETTINGS, **(_DURABLE if self._durable else _DISPOSABLE)}
        settings["unix_socket_directories"] = self._seen_from_server(descriptor, "socket")
        command: list[str | Path] = [self._binaries / "postgres", "-D", self._seen_from_server(descriptor, "data")]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log_path.open("ab") as log:
            return spawn(
                command,
                log=log,
                environment=_environment(),
                # Immediate shutdown: gone in milliseconds, and the write-ahead log keeps what was acknowledged.
                death_signal=signal.SIGQUIT,
                account=self._account,
                pass_fds=[descriptor],
                directory=Path("/"),
            )

    async def _wait_until_ready(self, timeout_s: float = 60) -> None:
        """The server writes its state into the eighth line of its lock file."""
        lock_file = self.data / "postmaster.pid"
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise PostgresFailed(f"PostgreSQL no arrancó:\n{self._end_of_log()}")
            with suppress(FileNotFoundError):
                lines = lock_file.read_text().splitlines()
                if len(lines) >= 8 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready":
                    return
            await asyncio.sleep(0.02)
        raise PostgresFailed(f"PostgreSQL no estuvo listo en {timeout_s:.0f} s:\n{self._end_of_log()}")

    async def _wait_for_former_server(self, timeout_s: float = 15) -> None:
        """After a SIGKILL of the supervisor the old server may still be on its way out, or left a lock file.

        The caller holds the installation's own lock, so a lock file without a server is a leftover: PostgreSQL
        would believe it if its process number meanwhile belongs to somebody else.
        """
        deadline = time.monotonic() + timeout_s
        while _works_in(self.data):
            if time.monotonic() > deadline:
                raise PostgresFailed(f"Otro PostgreSQL sigue usando {self.data}; deténgalo y repita.")
            await asyncio.sleep(0.05)
        self._forget_lock_file()

    def _forget_lock_file(self) -> None:
        if _PROC.exists():  # elsewhere nobody could tell whether a server still works there
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _end_of_log(self) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-15:])


def _unprivileged_account() -> Account | None:
    """PostgreSQL refuses to run as root; everybody else runs it as themselves."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _environment() -> dict[str, str]:
    """Nothing of the caller's PG* variables or locale may change the cluster."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _works_in(folder: Path) -> bool:
    """Whether a process has `folder` as its working directory; PostgreSQL's processes have their data folder."""
    for entry in _PROC.glob("[0-9]*/cwd"):
        with suppress(OSError):
            if os.readlink(entry) == str(folder):
                return True
    return False
