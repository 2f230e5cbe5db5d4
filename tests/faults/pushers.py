"""Provincial systems over bad links: they repeat a push with the same key until an answer reaches them."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

CLIENT = "sys-azuay"
PATH = "/api/v1/measurement-batches"
PERIODS = tuple(f"2019-{month:02}" for month in range(1, 13))
ROWS_A_PUSH = 4
# Share of answers that are lost: half on the way out (the caller hangs up), half after they were sent.
LOST = 0.25
GIVE_UP_S = 90


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


class Lost(Exception):
    """No answer came, or none that says what became of the push."""


@dataclass
class Pusher(threading.Thread):
    """One system. It owns its cells, pushes one batch after the other, and remembers what was acknowledged."""

    name_: str
    port: int
    secret: str
    assignments: Sequence[str]
    pushes: int
    chance: random.Random
    # Added to every value, so that no push says what another storm has left in its cells: that would change nothing.
    least: int = 0
    acknowledged: dict[str, Answer] = field(default_factory=dict)
    # What an answer said that this system never saw; it must be what the repetition says.
    unseen: dict[str, Answer] = field(default_factory=dict)
    sent: dict[str, bytes] = field(default_factory=dict)
    expected: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    failure: BaseException | None = None
    _token: str = ""

    def __post_init__(self) -> None:
        super().__init__(name=self.name_)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        try:
            for number in range(self.pushes):
                self.push(f"{self.name_}-{number}", self._batch(number))
        except BaseException as error:  # noqa: BLE001 — handed to the thread that judges
            self.failure = error

    def push(self, key: str, body: bytes) -> None:
        """Send until an answer comes that settles it."""
        self.sent[key] = body
        deadline = time.monotonic() + GIVE_UP_S
        while key not in self.acknowledged:
            assert time.monotonic() < deadline, f"{key} was never acknowledged: {self.troubles[-3:]}"
            try:
                answer = self.send(key, body, lossy=True)
            except Lost as why:
                self.troubles.append(str(why))
                time.sleep(0.02 + self.chance.random() * 0.1)
            else:
                self.acknowledged[key] = answer

    def repeated(self, key: str) -> Answer:
        """The answer to a push sent once more after the storm; what is still getting up is asked again."""
        deadline = time.monotonic() + GIVE_UP_S
        while True:
            try:
                return self.send(key, self.sent[key])
            except Lost:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def wait_until_served(self) -> None:
        """Ask until gateway and service answer: they may still hold connections that a storm before has cut."""
        deadline = time.monotonic() + GIVE_UP_S
        while True:
            try:
                status, answer = self._exchange("GET", "/api/v1/measurements?limit=1", b"", self._authorization())
                if status == HTTPStatus.OK:
                    return
                raise Lost(f"{status} {answer[:300]!r}")
            except Lost:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def send(self, key: str, body: bytes, *, lossy: bool = False) -> Answer:
        """One attempt. Raises Lost. lossy: the line may swallow the answer."""
        hang_up = lossy and self.chance.random() < LOST / 2
        headers = {"Content-Type": "application/json", "Idempotency-Key": key, **self._authorization()}
        status, answer = self._exchange("POST", PATH, body, headers, hang_up=hang_up)
        if status == 401:
            self._token = ""
        if status in (401, 409, 429) or status >= 500:
            raise Lost(f"{status} {answer[:300]!r}")
        found = Answer(status, answer)
        if lossy and self.chance.random() < LOST / 2:
            self.unseen.setdefault(key, found)
            raise Lost("swallowed on the way back")
        return found

    def _batch(self, number: int) -> bytes:
        """Rows with values that no earlier push of this system had, so that every one makes a version."""
        cells = self.chance.sample([(a, p) for a in self.assignments for p in PERIODS], ROWS_A_PUSH)
        value = f"{self.least + number // 2}.{5 * (number % 2)}"
        for cell in cells:
            self.expected.setdefault(cell, []).append(value)
        rows = [{"assignment": assignment, "period": period, "value": value} for assignment, period in cells]
        return json.dumps({"source": self.name_, "rows": rows}).encode()

    def _authorization(self) -> dict[str, str]:
        if not self._token:
            form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": self.secret}
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            status, answer = self._exchange("POST", "/api/v1/auth/token", urlencode(form).encode(), headers)
            if status != 200:
                raise Lost(f"no token: {status} {answer[:200]!r}")
            self._token = json.loads(answer)["access_token"]
        return {"Authorization": f"Bearer {self._token}"}

    def _exchange(
        self, method: str, path: str, body: bytes, headers: dict[str, str], *, hang_up: bool = False
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        try:
            connection.request(method, path, body, headers)
            if hang_up:
                raise Lost("hung up")
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Lost(repr(error)) from error
        finally:
            connection.close()


def at_once(actions: Sequence[Callable[[], Any]]) -> list[Any]:
    """Runs the actions in threads that start together; their results in order. Raises what the first to fail raised."""
    gate = threading.Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        gate.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as threads:
        return [future.result() for future in [threads.submit(run, action) for action in actions]]
