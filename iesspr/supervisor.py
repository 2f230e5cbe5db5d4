"""`iesspr run`: PostgreSQL, migrations, four web processes, one life. If one part dies, everything stops."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from iesspr.home import Home
from iesspr.logs import Logs
from iesspr.migrating import is_at_head
from iesspr.postgres import DATABASES, OWNER, DatabaseUrls, PostgresServer, create_databases
from iesspr.probing import status_of
from iesspr.process import run_to_end, spawn
from iesspr.topology import PROCESSES, ROOT, embedded_databases, external_databases, process_environment
from iesspr.web import WebProcesses
from services.kit.starting import CANNOT_START

_READY_TIMEOUT_S = 180
_MIGRATION_TIMEOUT_S = 600


class CannotRun(Exception):
    """Why the installation does not start or did not go on, in the words the console shows."""


class Supervisor:
    """Runs one installation in `home` with the gateway on 127.0.0.1:`port` until told to stop."""

    def __init__(self, home: Home, port: int) -> None:
        self.home = home
        self.port = port
        self.logs = Logs(home.logs)
        self._postgres: PostgresServer | None = None
        self._web: WebProcesses | None = None
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Start, say `Listo: <url>`, watch until a signal. Raises CannotRun, PostgresFailed, HomeBusy."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._stop_on, number)
        self.home.acquire()
        try:
            await self._until_told_to_stop()
        finally:
            await self._stop_everything()
            self.home.release()

    async def _until_told_to_stop(self) -> None:
        """A start takes seconds, the first one more: told to stop meanwhile, it is left where it is."""
        work = asyncio.create_task(self._start_and_watch(), name="start and watch")
        told = asyncio.create_task(self._stop.wait(), name="told to stop")
        try:
            await asyncio.wait({work, told}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            told.cancel()
            work.cancel()
            await asyncio.gather(work, told, return_exceptions=True)
        if not work.cancelled():
            work.result()

    def _stop_on(self, number: signal.Signals) -> None:
        self._stop.set()
        # Whoever closed the terminal (SIGHUP) or the other end of a pipe is told nothing, and still obeyed.
        with suppress(OSError):
            print(f"\nDeteniendo ({number.name}) …", flush=True)

    async def _start_and_watch(self) -> None:
        began = time.monotonic()
        first_run = not self.home.demo_credentials.exists()
        sockets = self._bind_sockets()
        urls = {name: f"http://127.0.0.1:{sock.getsockname()[1]}" for name, sock in sockets.items()}
        self._web = WebProcesses(sockets, self.logs)
        databases = await self._databases()
        await self._migrate(databases)
        await self._start_web(self._web, urls, databases)
        await self._ready()
        self._announce(first_run, time.monotonic() - began)
        await self._watch()

    def _bind_sockets(self) -> dict[str, socket.socket]:
        """Every port is taken before anything starts, so none can be lost to another program in between."""
        try:
            gateway = _listen(self.port)
        except OSError as error:
            raise CannotRun(
                f"El puerto {self.port} está ocupado ({error.strerror}). Libérelo o elija otro: PORT=8010 make run"
            ) from error
        return {"gateway": gateway} | {name: _listen(0) for name in PROCESSES if name != "gateway"}

    async def _databases(self) -> dict[str, DatabaseUrls]:
        """External servers where the environment names them, otherwise our own."""
        external = external_databases(os.environ)
        if external.keys() >= set(DATABASES):
            return external
        secrets = self.home.secrets()
        self.logs.open("postgres").close()
        log_path = self.logs.path("postgres")
        self._postgres = PostgresServer(self.home.postgres, password=secrets.postgres[OWNER], log_path=log_path)
        await self._postgres.start()
        await create_databases(self._postgres.socket_dir, secrets.postgres)
        return embedded_databases(self._postgres.socket_dir, secrets) | external

    async def _migrate(self, databases: Mapping[str, DatabaseUrls]) -> None:
        behind = [name for name in DATABASES if not await is_at_head(name, databases[name].owner)]
        if not behind:
            return
        print(f"Migrando: {', '.join(behind)} …", flush=True)
        urls = {f"{name.upper()}_MIGRATION_DATABASE_URL": databases[name].owner for name in behind}
        command = [sys.executable, "-m", "iesspr.migrating", *behind]
        with self.logs.open("migrations") as log:
            migration = spawn(command, log=log, environment={**os.environ, **urls}, directory=ROOT)
        if not await run_to_end(migration, _MIGRATION_TIMEOUT_S) or migration.returncode:
            raise CannotRun(f"Las migraciones fallaron:\n{self.logs.end_of('migrations')}")

    async def _start_web(
        self, web: WebProcesses, urls: Mapping[str, str], databases: Mapping[str, DatabaseUrls]
    ) -> None:
        secrets = self.home.secrets()
        environments = {
            name: process_environment(name, urls=urls, databases=databases, secrets=secrets, home=self.home)
            for name in PROCESSES
        }
        await web.start(environments)
        socket_dir = str(self._postgres.socket_dir) if self._postgres else None
        self.home.announce({"port": self.port, "urls": dict(urls), "socket_dir": socket_dir, "pids": web.pids})

    async def _ready(self) -> None:
        """Wait for the gateway's /readyz."""
        deadline = time.monotonic() + _READY_TIMEOUT_S
        while await status_of(self.port, "/readyz") != 200:
            self._refuse_the_dead()
            if time.monotonic() > deadline:
                raise CannotRun(f"No estuvo listo en {_READY_TIMEOUT_S} s; vea {self.home.logs}.")
            await asyncio.sleep(0.05)

    async def _watch(self) -> None:
        while True:
            self._refuse_the_dead()
            await asyncio.sleep(0.2)

    def _refuse_the_dead(self) -> None:
        """Raise CannotRun when a part ended that should live as long as the rest."""
        dead: dict[str, int] = {}
        if self._web is not None:
            self._web.check()
            dead |= self._web.ended
        if self._postgres is not None and (code := self._postgres.process.poll()) is not None:
            dead["postgres"] = code
        for name, code in dead.items():
            last = self.logs.end_of(name)
            if code == CANNOT_START:
                raise CannotRun(last.strip())
            raise CannotRun(f"{name} terminó (código {code}). Lo último de {self.logs.path(name)}:\n{last}")

    def _announce(self, first_run: bool, seconds: float) -> None:
        if first_run and self.home.demo_credentials.exists():
            print_credentials(self.home.demo_credentials)
        print(f"En marcha en {seconds:.1f} s; registros en {self.home.logs}; Ctrl-C lo detiene.")
        print(f"Listo: http://127.0.0.1:{self.port}", flush=True)

    async def _stop_everything(self) -> None:
        if self._web is not None:
            await self._web.stop()
        if self._postgres is not None:
            await self._postgres.stop()


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
