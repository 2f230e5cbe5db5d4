"""The databases of an installation for a command: those of the running one, or its own server for a moment."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from iesspr.home import Home, HomeBusy
from iesspr.postgres import DATABASES, OWNER, DatabaseUrls, PostgresServer, create_databases
from iesspr.topology import embedded_databases, external_databases


@contextmanager
def databases_of(home: Home, *, must_run: bool = False) -> Iterator[Mapping[str, DatabaseUrls]]:
    """Owner's and application's URL of each database. Raises HomeBusy when it should run and does not."""
    external = external_databases(os.environ)
    if external.keys() >= set(DATABASES):
        yield external
        return
    if running := home.running():
        yield embedded_databases(Path(running["socket_dir"]), home.secrets()) | external
        return
    if must_run:
        raise HomeBusy(f"No hay una instalación en marcha en {home.path}: ejecute «make run».")
    home.acquire()
    secrets = home.secrets()
    server = PostgresServer(home.postgres, password=secrets.postgres[OWNER], log_path=home.logs / "postgres.log")
    try:
        asyncio.run(_start(server, secrets.postgres))
        yield embedded_databases(server.socket_dir, secrets) | external
    finally:
        asyncio.run(server.stop())
        home.release()


async def _start(server: PostgresServer, passwords: Mapping[str, str]) -> None:
    await server.start()
    await create_databases(server.socket_dir, passwords)
