"""A client for scripts that must run anywhere: standard library only, safe to copy.

It signs in by itself, repeats a call that got no answer (the same Idempotency-Key makes that harmless), and raises
`Refused` with the problem's code and errors when the API says no.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

WAITS_S = (1, 3, 10, 30)


class Refused(Exception):
    """The API said no. `problem` is the RFC 9457 document."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        super().__init__(f"{problem['status']} {problem['code']}: {problem['detail']}")


class Client:
    """base: `http://127.0.0.1:8000`. Users sign in with a password, systems with their secret."""

    def __init__(self, base: str, name: str, secret: str, *, system: bool = False) -> None:
        self.base, self.name, self.secret, self.system = base + "/api/v1", name, secret, system
        self._token, self._until = "", 0.0

    def get(self, path: str, **query: Any) -> Any:
        return self._call("GET", path, None, {}, query)

    def items(self, path: str, **query: Any) -> Iterator[Any]:
        """Every item of a list, page by page; stable while others write."""
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, **query, limit=500, **cursor)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}

    def post(self, path: str, body: Any, *, key: str | None = None, **query: Any) -> Any:
        """One effect, however often the link breaks. Keep `key` when you want to repeat it tomorrow."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key or str(uuid.uuid4())}
        return self._call("POST", path, json.dumps(body).encode(), headers, query)

    def _call(self, method: str, path: str, body: bytes | None, headers: dict[str, str], query: dict[str, Any]) -> Any:
        url = self.base + path + ("?" + urllib.parse.urlencode(query, doseq=True) if query else "")
        for wait_s in (*WAITS_S, None):
            sent = {**headers, "Authorization": f"Bearer {self._signed_in()}"}
            try:
                with urllib.request.urlopen(
                    urllib.request.Request(url, body, sent, method=method), timeout=60
                ) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                problem = json.load(error)
                if error.code not in (409, 429, 503, 504) or wait_s is None or problem["code"] == "conflict":
                    raise Refused(problem) from None
                wait_s = int(error.headers.get("Retry-After", wait_s))
            except OSError:
                if wait_s is None:
                    raise
            time.sleep(wait_s)
        raise AssertionError("the last attempt returns or raises")

    def _signed_in(self) -> str:
        if time.monotonic() < self._until:
            return self._token
        if self.system:
            form = {"grant_type": "client_credentials", "client_id": self.name, "client_secret": self.secret}
            request = urllib.request.Request(self.base + "/auth/token", urllib.parse.urlencode(form).encode())
        else:
            body = json.dumps({"username": self.name, "password": self.secret}).encode()
            request = urllib.request.Request(self.base + "/auth/login", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            granted = json.load(answer)
        self._token, self._until = granted["access_token"], time.monotonic() + granted["expires_in"] - 60
        return self._token
