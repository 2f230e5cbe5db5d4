"""docs/how-to/client.py against a scripted server: what it repeats, and what it does not."""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

PATH = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "client.py"
PROBLEM = "application/problem+json"


class Scripted(HTTPServer):
    """Signs anybody in; answers every other call with the next of `script`: status, media type, body."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[tuple[int, str, str]] = []
        self.asked: list[tuple[str, str | None]] = []
        self.sign_ins = 0


class Handler(BaseHTTPRequestHandler):
    server: Scripted

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Idempotency-Key"]))
        self._say(*self.server.script.pop(0))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        if "/auth/" not in self.path:
            return self.do_GET()
        self.server.sign_ins += 1
        return self._say(200, "application/json", '{"access_token": "t", "expires_in": 600}')

    def _say(self, status: int, kind: str, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        # A body shorter than promised is a link that broke in the middle of it.
        self.send_header("Content-Length", str(len(body) + (100 if kind == "cut" else 0)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def documented(monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = importlib.util.spec_from_file_location("documented_client", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "WAITS_S", (0, 0))
    return module


@pytest.fixture
def server() -> Iterator[Scripted]:
    scripted = Scripted()
    thread = threading.Thread(target=scripted.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield scripted
    scripted.shutdown()
    thread.join()
    scripted.server_close()


@pytest.fixture
def client(documented: Any, server: Scripted) -> Any:
    return documented.Client(f"http://127.0.0.1:{server.server_port}", "sys-azuay", "secreto", system=True)


def problem(status: int, code: str) -> tuple[int, str, str]:
    return status, PROBLEM, json.dumps({"status": status, "code": code, "detail": "", "errors": []})


DONE = (200, "application/json", '{"done": true}')


@pytest.mark.parametrize(
    "first",
    [
        problem(503, "unavailable"),
        problem(429, "too-many-requests"),
        problem(409, "idempotency-in-progress"),
        (502, "text/html", "<h1>Bad Gateway</h1>"),
        (200, "cut", "{"),
    ],
    ids=["down", "too-many", "still-running", "a proxy's page", "cut"],
)
def test_what_passes_is_repeated_under_the_same_key(client: Any, server: Scripted, first: tuple[int, str, str]) -> None:
    server.script = [first, DONE]

    assert client.post("/reviews", {}) == {"done": True}

    [(_, key), (_, again)] = server.asked
    assert key == again


@pytest.mark.parametrize("code", ["grant-exists", "unlawful-transition"])
def test_a_conflict_is_raised_at_once(documented: Any, client: Any, server: Scripted, code: str) -> None:
    server.script = [problem(409, code)]

    with pytest.raises(documented.Refused, match=code):
        client.post("/grants", {})

    assert len(server.asked) == 1


def test_a_session_that_ended_early_is_begun_again_once(documented: Any, client: Any, server: Scripted) -> None:
    server.script = [problem(401, "unauthorized"), DONE, problem(401, "unauthorized"), problem(401, "unauthorized")]

    assert client.get("/me") == {"done": True}
    with pytest.raises(documented.Refused, match="unauthorized"):
        client.get("/me")

    assert server.sign_ins == 3


def test_an_answer_without_a_body_is_none(client: Any, server: Scripted) -> None:
    server.script = [(204, "application/json", "")]

    assert client.post("/me/second-factor/confirmation", {}) is None
