"""A real installation of its own for the benchmarks, and rivals beside it on the same PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from iesspr.home import Home
from iesspr.postgres import OWNER, database_url
from iesspr.process import dies_with_parent
from services.kit.identity import issue, load_signing_keys

ROOT = Path(__file__).resolve().parents[1]
# One subject that calls as fast as it can is what the quotas are there to stop.
NO_LIMITS = {f"GATEWAY_{kind}_PER_MINUTE": "0" for kind in ("READS", "WRITES", "SIGN_INS")}
# Lives of tokens in seconds: long enough for a whole suite, so that no round pays for a signature.
_TOKEN_S = 3600


@dataclass(frozen=True)
class Installation:
    """URLs of the running processes, and what is needed to speak to them directly."""

    home: Path
    urls: Mapping[str, str]
    pids: Mapping[str, int]
    socket_dir: Path

    def credentials(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode((self.home / "demo-credentials.json").read_bytes())
        return found

    def database(self, name: str) -> str:
        """The owner's URL of a database of the embedded server."""
        password = Home(self.home).secrets().postgres[OWNER]
        return database_url(self.socket_dir, OWNER, password, name)

    def inner_token(self, audience: str, *permissions: str, dependencia: str = "IESS") -> str:
        """A token as the gateway would give it, to call a service without the gateway in between."""
        key = load_signing_keys(self.home / "signing-keys.json")[0]
        now = datetime.now(UTC)
        claims = {
            "iss": "iesspr-gateway", "aud": audience, "sub": "benchmark", "kind": "user", "name": "Benchmark",
            "iat": int(now.timestamp()), "exp": int(now.timestamp()) + _TOKEN_S,
            "grants": [{"permissions": list(permissions), "dependencia": dependencia, "subtree": True}],
        }  # fmt: skip
        return issue(key, claims, "iesspr-inner+jwt", _TOKEN_S)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running_installation() -> Iterator[Installation]:
    """Starts `iesspr run` in a temporary home and stops it afterwards."""
    with tempfile.TemporaryDirectory(prefix="iesspr-bench-") as folder:
        home = Path(folder) / "home"
        environment = {**os.environ, "PORT": str(free_port()), "IESSPR_HOME": str(home), **NO_LIMITS}
        log = (Path(folder) / "run.log").open("w+")
        process = subprocess.Popen(
            [sys.executable, "-m", "iesspr", "run"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=dies_with_parent(signal.SIGTERM),
        )
        try:
            _wait_for_ready(process, Path(folder) / "run.log")
            facts = msgspec.json.decode((home / "running.json").read_bytes())
            yield Installation(home, facts["urls"], facts["pids"], Path(facts["socket_dir"]))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)
            log.close()


def _wait_for_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while "Listo:" not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the installation did not start:\n{log.read_text()}")
        time.sleep(0.1)


@contextlib.contextmanager
def rival(application: str, environment: Mapping[str, str]) -> Iterator[str]:
    """Runs `benchmarks.rivals.<module>:app` under uvicorn with the product's own server settings; yields its URL."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", f"benchmarks.rivals.{application}", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--log-level", "warning", "--no-access-log"],
        cwd=ROOT,
        env={**os.environ, **environment},
        preexec_fn=dies_with_parent(signal.SIGKILL),
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for_answer(process, f"{url}/openapi.json")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for_answer(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
