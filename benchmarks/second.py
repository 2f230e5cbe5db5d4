"""A second indicators process beside the installation's own, on a database of its own in the same server."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.installation import ROOT, Installation, free_port
from benchmarks.plan import execute
from iesspr.home import Home
from iesspr.migrating import upgrade
from iesspr.postgres import DatabaseUrls, database_url
from iesspr.probing import status_of
from iesspr.process import dies_with_parent
from iesspr.topology import embedded_databases, process_environment

_READY_S = 60


@contextlib.contextmanager
def second_indicators(installation: Installation, name: str) -> Iterator[tuple[str, str]]:
    """Yields its base URL and its owner's database URL; it has the installation's facts and nothing else."""
    home = Home(installation.home)
    secrets = home.secrets()
    execute(
        installation.database("postgres"),
        [f"CREATE DATABASE {name}", f"GRANT CONNECT, TEMPORARY ON DATABASE {name} TO indicators_app"],
    )
    urls = DatabaseUrls(
        owner=installation.database(name),
        app=database_url(installation.socket_dir, "indicators_app", secrets.postgres["indicators_app"], name),
    )
    upgrade("indicators", urls.owner)
    databases = {**embedded_databases(installation.socket_dir, secrets), "indicators": urls}
    environment = process_environment(
        "indicators", urls=installation.urls, databases=databases, secrets=secrets, home=home
    )
    port = free_port()
    command = [sys.executable, "-m", "iesspr.serve", "indicators", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=dies_with_parent(signal.SIGKILL),
    )
    try:
        deadline = time.monotonic() + _READY_S
        while asyncio.run(status_of(port, "/readyz")) != 200:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the second indicators process did not start")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", urls.owner
    finally:
        process.terminate()
        process.wait(timeout=20)
