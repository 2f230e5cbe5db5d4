"""The real processes, started one by one so that each can be killed and started again while the others live.

`iesspr run` is not used here: it ends as a whole when a part dies, which is right for a person and useless for a storm.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import asyncpg

from iesspr.home import Home
from iesspr.migrating import upgrade
from iesspr.postgres import DATABASES, OWNER, PostgresServer, create_databases
from iesspr.probing import status_of
from iesspr.process import spawn
from iesspr.topology import ROOT, embedded_databases, process_environment
from tests.support.ports import free_port

READY_S = 120
NAMES = DATABASES
POSTGRES = "postgres"
VICTIMS = ("gateway", "indicators", POSTGRES)


class Stack:
    """PostgreSQL with everything durable, and the four web processes. Call it from the main thread only."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder / "home")
        self._modules: dict[str, str] = {}
        self._ports = {name: free_port() for name in DATABASES}
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: dict[str, IO[bytes]] = {}
        self._postgres: PostgresServer | None = None

    @property
    def port(self) -> int:
        return self._ports["gateway"]

    def start(self) -> None:
        self.home.acquire()
        self._start_postgres()
        for name, urls in embedded_databases(self._server.socket_dir, self.home.secrets()).items():
            upgrade(name, urls.owner)
        for name in NAMES:
            self._start(name)
        self.wait_until_ready()

    def kill(self, name: str) -> None:
        """SIGKILL: nothing is flushed, nothing is said."""
        process = self._server.process if name == POSTGRES else self._children[name]
        process.kill()
        process.wait()

    def start_again(self, name: str) -> None:
        if name == POSTGRES:
            self._start_postgres()
        else:
            self._start(name)

    @contextmanager
    def running_instead(self, name: str, module: str) -> Iterator[None]:
        """Another module serves in place of a process, with the same settings, until the block ends."""
        self._restart_with(name, module)
        try:
            yield
        finally:
            self._restart_with(name, "iesspr.serve")

    def _restart_with(self, name: str, module: str) -> None:
        self._modules[name] = module
        self.kill(name)
        self.start_again(name)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Until the gateway and what is behind it answer, or fail with the ends of the logs."""
        deadline = time.monotonic() + READY_S
        while any(asyncio.run(status_of(self._ports[name], "/readyz")) != 200 for name in NAMES):
            dead = [name for name in NAMES if self._children[name].poll() is not None]
            assert not dead, f"{dead} ended on their own:\n{self._ends(dead)}"
            assert time.monotonic() < deadline, f"not ready:\n{self._ends(list(NAMES))}"
            time.sleep(0.1)

    def stop(self) -> None:
        for child in self._children.values():
            child.kill()
            child.wait()
        if self._postgres is not None:
            asyncio.run(self._postgres.stop())
        for log in self._logs.values():
            log.close()
        self.home.release()

    def client_secret(self, client: str) -> str:
        secret: str = json.loads(self.home.demo_credentials.read_text())["clients"][client]
        return secret

    def query(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """Rows from the indicators database, as its owner sees them."""

        async def run() -> list[asyncpg.Record]:
            connection = await asyncpg.connect(
                host=str(self._server.socket_dir),
                user=OWNER,
                password=self.home.secrets().postgres[OWNER],
                database="indicators",
            )
            try:
                return await connection.fetch(statement, *arguments)
            finally:
                await connection.close()

        return asyncio.run(run())

    def log_of(self, name: str) -> str:
        return self._log_path(name).read_text(errors="replace")

    @property
    def _server(self) -> PostgresServer:
        assert self._postgres is not None, "not started"
        return self._postgres

    def _start_postgres(self) -> None:
        secrets = self.home.secrets()
        self._postgres = PostgresServer(
            self.home.postgres, password=secrets.postgres[OWNER], log_path=self.home.logs / "postgres.log"
        )

        async def bring_up(server: PostgresServer) -> None:
            await server.start()
            await create_databases(server.socket_dir, secrets.postgres)

        asyncio.run(bring_up(self._postgres))

    def _start(self, name: str) -> None:
        urls = {known: f"http://127.0.0.1:{port}" for known, port in self._ports.items()}
        secrets = self.home.secrets()
        databases = embedded_databases(self._server.socket_dir, secrets)
        environment = process_environment(name, urls=urls, databases=databases, secrets=secrets, home=self.home)
        # Repetitions come faster than a person's: the quota is not what is tried here.
        environment |= {"GATEWAY_WRITES_PER_MINUTE": "0", "GATEWAY_READS_PER_MINUTE": "0"} if name == "gateway" else {}
        if name not in self._logs:
            self._logs[name] = self._log_path(name).open("ab")
        module = self._modules.get(name, "iesspr.serve")
        command = [sys.executable, "-m", module, name, "--host", "127.0.0.1", "--port", str(self._ports[name])]
        self._children[name] = spawn(command, log=self._logs[name], environment=environment, directory=ROOT)

    def _log_path(self, name: str) -> Path:
        return self.home.logs / f"{quote(name, safe='')}.log"

    def _ends(self, names: list[str]) -> str:
        return "\n".join(f"{name}: {self.log_of(name)[-2000:]}" for name in names)
