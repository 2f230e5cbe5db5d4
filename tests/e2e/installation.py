"""A real installation under test: `iesspr run` in a home of its own, driven through its gateway."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from iesspr.process import dies_with_parent
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 90


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


class Installation:
    """One home and port; `start` and `stop` as a person would, `call` as a client would."""

    def __init__(self, home: Path, port: int | None = None, environment: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.port = port or free_port()
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[str] | None = None
        self._tokens: dict[str, str] = {}
        self.output = ""

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None, "not started"
        return self._process

    @property
    def pids(self) -> dict[str, int]:
        """Process number of each web process."""
        pids: dict[str, int] = json.loads((self.home / "running.json").read_text())["pids"]
        return pids

    def launch(self) -> None:
        self._tokens.clear()
        log = self.home.with_suffix(".console")
        with log.open("w") as console:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "iesspr", "run"],
                cwd=ROOT,
                env={**os.environ, "IESSPR_HOME": str(self.home), "PORT": str(self.port), **self._environment},
                stdout=console,
                stderr=subprocess.STDOUT,
                text=True,
                process_group=0,
                preexec_fn=dies_with_parent(signal.SIGKILL),
            )
        self._console = log

    def start(self) -> None:
        """Start and wait for `Listo:`; fails with the console's text when the process ends instead."""
        self.launch()
        deadline = time.monotonic() + START_TIMEOUT_S
        while f"Listo: http://127.0.0.1:{self.port}\n" not in self.console():
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.console()}"
            assert time.monotonic() < deadline, f"not ready:\n{self.console()}"
            time.sleep(0.05)

    def console(self) -> str:
        return self._console.read_text()

    def wait(self, timeout_s: float = 60) -> int:
        return self.process.wait(timeout_s)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.wait()

    def survivors(self) -> list[str]:
        """Command lines of processes that still belong to this installation."""
        return [line for line in _command_lines() if str(self.home) in line]

    def token(self, who: str) -> str:
        if who not in self._tokens:
            credentials = json.loads((self.home / "demo-credentials.json").read_text())
            if who in credentials["users"]:
                body: Any = {"username": who, "password": credentials["users"][who]}
                answer = self.call("POST", "/api/v1/auth/login", who=None, body=body)
            else:
                secret = credentials["clients"][who]
                form = {"grant_type": "client_credentials", "client_id": who, "client_secret": secret}
                answer = self.call("POST", "/api/v1/auth/token", who=None, form=form)
            assert answer.status == 200, answer
            self._tokens[who] = answer.body["access_token"]
        return self._tokens[who]

    def call(
        self,
        method: str,
        path: str,
        *,
        who: str | None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        sent = dict(headers or {})
        content = None
        if who is not None:
            sent["Authorization"] = f"Bearer {self.token(who)}"
        if body is not None:
            content, sent["Content-Type"] = json.dumps(body), "application/json"
        if form is not None:
            content, sent["Content-Type"] = urlencode(form), "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path + (f"?{urlencode(query)}" if query else ""), content, sent)
            response = connection.getresponse()
            data = response.read()
        finally:
            connection.close()
        received = {name.lower(): value for name, value in response.getheaders()}
        return Answer(
            response.status, received, json.loads(data) if "json" in received.get("content-type", "") else data
        )

    def get(self, path: str, who: str | None, **query: str) -> Answer:
        return self.call("GET", path, who=who, query=query)

    def push(self, rows: list[dict[str, Any]], who: str, key: str | None = None, **query: str) -> Answer:
        return self.call(
            "POST",
            "/api/v1/measurement-batches",
            who=who,
            body={"source": who, "rows": rows},
            headers={"Idempotency-Key": key or str(uuid4())},
            query=query,
        )

    def monthly_rows(self, who: str, dependencia: str, period: str) -> list[dict[str, Any]]:
        """One row per monthly assignment of POA-2019, each meeting its target."""
        answer = self.get(
            "/api/v1/assignments", who, plan="POA-2019", dependencia=dependencia, frequency="monthly", limit="500"
        )
        assert answer.status == 200, answer
        with_target = [item for item in answer.body["items"] if item["targets"]]
        assert len(with_target) > 5, f"{dependencia} has too few monthly targets to test with"
        return [
            {"assignment": item["code"], "period": period, "value": item["targets"][0]["value"]} for item in with_target
        ]


def _command_lines() -> list[str]:
    """Command line, working directory and environment of every process (what of them we may read)."""
    lines = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                continue
            parts = [(entry / "cmdline").read_bytes(), os.fsencode(os.readlink(entry / "cwd"))]
            with suppress(OSError):
                parts.append((entry / "environ").read_bytes())
            if int(entry.name) != os.getpid():
                lines.append(b" ".join(parts).replace(b"\0", b" ").decode(errors="replace"))
    return lines
