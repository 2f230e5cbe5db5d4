"""`iesspr run`: PostgreSQL, migrations, four web processes, one life. If one part dies, everything stops."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from iesspr.home import Home
from iesspr.migrating import is_at_head
from iesspr.postgres import DATABASES, OWNER, DatabaseUrls, PostgresServer, create_databases
from iesspr.probing import status_of
from iesspr.process import spawn, wait_for_end
from iesspr.topology import PROCESSES, ROOT, embedded_databases, external_databases, process_environment

_READY_TIMEOUT_S = 180
_MIGRATION_TIMEOUT_S = 600
_STOP_TIMEOUT_S = 8
_LARGEST_LOG_BYTES = 20 * 1024 * 1024


class CannotRun(Exception):
    """Why the installation does not start or did not go on, in the words the console shows."""


class Supervisor:
    """Runs one installation in `home` with the gateway on 127.0.0.1:`port` until told to stop."""

    def __init__(self, home: Home, port: int) -> None:
        self.home = home
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._postgres: PostgresServer | None = None
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._log_starts: dict[str, int] = {}
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Start, say `Listo: <url>`, watch until a signal. Raises CannotRun, PostgresFailed, HomeBusy."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._stop.set)
        self.home.acquire()
        try:
            await self._start_and_watch()
        finally:
            await self._stop_everything()
            self.home.release()

    async def _start_and_watch(self) -> None:
        began = time.monotonic()
        sockets = self._bind_sockets()
        first_run = not self.home.demo_credentials.exists()
        databases = await self._databases()
        await self._migrate(databases)
        self._start_processes(sockets, databases)
        if await self._ready():
            self._announce(first_run, time.monotonic() - began)
            await self._watch()

    def _bind_sockets(self) -> dict[str, socket.socket]:
        """Every port is taken before anything starts, so none can be lost to another program in between."""
        sockets = {name: _listen(0) for name in PROCESSES if name != "gateway"}
        try:
            sockets["gateway"] = _listen(self.port)
        except OSError as error:
            raise CannotRun(
                f"El puerto {self.port} está ocupado ({error.strerror}). Libérelo o elija otro: PORT=8010 make run"
            ) from error
        return sockets

    async def _databases(self) -> dict[str, DatabaseUrls]:
        """External servers where the environment names them, otherwise our own."""
        external = external_databases(os.environ)
        if external.keys() >= set(DATABASES):
            return external
        secrets = self.home.secrets()
        self._postgres = PostgresServer(
            self.home.postgres, password=secrets.postgres[OWNER], log_path=self._log("postgres")
        )
        await self._postgres.start()
        await create_databases(self._postgres.socket_dir, secrets.postgres)
        return embedded_databases(self._postgres.socket_dir, secrets) | external

    async def _migrate(self, databases: Mapping[str, DatabaseUrls]) -> None:
        behind = [name for name in DATABASES if not await is_at_head(name, databases[name].owner)]
        if not behind:
            return
        print(f"Migrando: {', '.join(behind)} …", flush=True)
        urls = {f"{name.upper()}_MIGRATION_DATABASE_URL": databases[name].owner for name in behind}
        migration = self._spawn(
            "migrations", [sys.executable, "-m", "iesspr.migrating", *behind], {**os.environ, **urls}
        )
        if not await wait_for_end(migration, _MIGRATION_TIMEOUT_S) or migration.returncode:
            migration.kill()
            raise CannotRun(f"Las migraciones fallaron:\n{self._end_of_log('migrations')}")

    def _start_processes(self, sockets: Mapping[str, socket.socket], databases: Mapping[str, DatabaseUrls]) -> None:
        urls = {name: f"http://127.0.0.1:{sock.getsockname()[1]}" for name, sock in sockets.items()}
        secrets = self.home.secrets()
        for name in PROCESSES:
            environment = process_environment(name, urls=urls, databases=databases, secrets=secrets, home=self.home)
            descriptor = sockets[name].fileno()
            command = [sys.executable, "-m", "iesspr.serve", name, "--fd", str(descriptor)]
            self._children[name] = self._spawn(name, command, environment, pass_fds=[descriptor])
        for sock in sockets.values():
            sock.close()
        socket_dir = str(self._postgres.socket_dir) if self._postgres else None
        pids = {name: child.pid for name, child in self._children.items()}
        self.home.announce({"port": self.port, "urls": urls, "socket_dir": socket_dir, "pids": pids})

    def _spawn(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], pass_fds: Sequence[int] = ()
    ) -> subprocess.Popen[bytes]:
        path = self._log(name)
        self._log_starts[name] = path.stat().st_size if path.exists() else 0
        with path.open("ab") as log:
            return spawn(command, log=log, environment=environment, pass_fds=pass_fds, directory=ROOT)

    async def _ready(self) -> bool:
        """Wait for the gateway's /readyz; False when asked to stop meanwhile."""
        deadline = time.monotonic() + _READY_TIMEOUT_S
        while not self._stop.is_set():
            self._refuse_the_dead()
            if await status_of(self.port, "/readyz") == 200:
                return True
            if time.monotonic() > deadline:
                raise CannotRun(f"No estuvo listo en {_READY_TIMEOUT_S} s; vea {self.home.logs}.")
            await asyncio.sleep(0.05)
        return False

    async def _watch(self) -> None:
        while not self._stop.is_set():
            self._refuse_the_dead()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), 0.2)

    def _refuse_the_dead(self) -> None:
        watched = dict(self._children)
        if self._postgres is not None:
            watched["postgres"] = self._postgres.process
        for name, process in watched.items():
            if process.poll() is not None:
                raise CannotRun(
                    f"{name} terminó (código {process.returncode}). Lo último de {self._log(name)}:\n"
                    f"{self._end_of_log(name)}"
                )

    def _announce(self, first_run: bool, seconds: float) -> None:
        if first_run and self.home.demo_credentials.exists():
            print_credentials(self.home.demo_credentials)
        print(f"En marcha en {seconds:.1f} s; registros en {self.home.logs}; Ctrl-C lo detiene.")
        print(f"Listo: {self.url}", flush=True)

    async def _stop_everything(self) -> None:
        for child in self._children.values():
            if child.poll() is None:
                child.terminate()
        ends = [wait_for_end(child, _STOP_TIMEOUT_S) for child in self._children.values()]
        for child, ended in zip(self._children.values(), await asyncio.gather(*ends), strict=True):
            if not ended:
                child.kill()
                child.wait()
        if self._postgres is not None:
            await self._postgres.stop()

    def _log(self, name: str) -> Path:
        """The log of a process; a large one is set aside when it is next opened."""
        path = self.home.logs / f"{name}.log"
        if name not in self._log_starts and path.exists() and path.stat().st_size > _LARGEST_LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path

    def _end_of_log(self, name: str) -> str:
        """What the process said last; plain lines (what it meant for people) before structured ones."""
        with self._log(name).open("rb") as log:
            log.seek(self._log_starts.get(name, 0))
            lines = log.read().decode(errors="replace").splitlines()
        plain = [line for line in lines if line.strip() and not line.startswith("{")]
        return "\n".join(f"  {line[-600:]}" for line in (plain or lines)[-8:])


def _listen(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", port))
        sock.listen(2048)
    except OSError:
        sock.close()
        raise
    return sock


def print_credentials(path: Path) -> None:
    credentials: dict[str, dict[str, str]] = json.loads(path.read_text())
    print(f"\nCuentas de demostración (solo se muestran ahora; quedan en {path}):")
    for kind, title in (("users", "usuario"), ("clients", "sistema")):
        for name, secret in credentials.get(kind, {}).items():
            print(f"  {title:8} {name:20} {secret}")
    print()
