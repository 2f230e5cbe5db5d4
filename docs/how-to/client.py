"""A client for scripts that must run anywhere: standard library only, safe to copy.

It signs in by itself, and again when its session ended early; repeats a call that got no answer, or none yet (the same
Idempotency-Key makes that harmless); and raises `Refused` with the problem when the API says no.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

WAITS_S = (1, 3, 10, 30)
# Answers that say «later»: too many calls, or somebody on the way who is not there for now.
PASSING = (429, 502, 503, 504)


class Refused(Exception):
    """The API said no. problem: the RFC 9457 document; program against its `code`."""

    def __init__(self, problem: dict[str, Any], retry_after_s: int | None) -> None:
        self.problem, self.retry_after_s = problem, retry_after_s
        super().__init__(f"{problem['status']} {problem['code']}: {problem['detail']} {problem['errors'] or ''}")

    @property
    def is_passing(self) -> bool:
        """The same call may succeed later. Every other refusal will be the same tomorrow."""
        return self.problem["status"] in PASSING or self.problem["code"] == "idempotency-in-progress"


class Client:
    """base: `http://127.0.0.1:8000`. Users sign in with a password, systems with their secret."""

    def __init__(self, base: str, name: str, secret: str, *, system: bool = False) -> None:
        self.base, self.name, self.secret, self.system = base + "/api/v1", name, secret, system
        self._token, self._until = "", 0.0

    def get(self, path: str, **query: Any) -> Any:
        return self._call("GET", path, query)[0]

    def read(self, path: str, **query: Any) -> tuple[Any, str]:
        """A document and its ETag, for `change`."""
        return self._call("GET", path, query)

    def items(self, path: str, **query: Any) -> Iterator[Any]:
        """Every item of a list, page by page; stable while others write."""
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, **query, limit=500, **cursor)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}

    def post(self, path: str, body: Any = None, *, key: str | None = None, **query: Any) -> Any:
        """One effect, however often the link breaks. Keep `key` when you want to repeat it tomorrow."""
        return self._call("POST", path, query, body, {"Idempotency-Key": key or str(uuid.uuid4())})[0]

    def change(self, path: str, changes: Any, etag: str) -> Any:
        """Refused as `stale-version` when somebody changed it since it was read: read it again, and decide again."""
        return self._call("PATCH", path, {}, changes, {"If-Match": etag})[0]

    def _call(
        self, method: str, path: str, query: dict[str, Any], body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[Any, str]:
        url = self.base + path + ("?" + urllib.parse.urlencode(query, doseq=True) if query else "")
        for wait_s in (*WAITS_S, None):
            try:
                return self._signed(method, url, body, headers or {})
            except Refused as refused:
                if wait_s is None or not refused.is_passing:
                    raise
                wait_s = refused.retry_after_s or wait_s
            except (OSError, http.client.HTTPException):  # no answer, or half of one
                if wait_s is None:
                    raise
            time.sleep(wait_s)
        raise AssertionError("the last attempt returns or raises")

    def _signed(self, method: str, url: str, body: Any, headers: dict[str, str]) -> tuple[Any, str]:
        data = None if body is None else json.dumps(body).encode()
        kind = {} if body is None else {"Content-Type": "application/json"}
        try:
            return _sent(method, url, data, {**headers, **kind, "Authorization": f"Bearer {self._signed_in()}"})
        except Refused as refused:
            if refused.problem["code"] != "unauthorized":
                raise
            self._until = 0.0  # the session ended before its time: keys or secret were changed
            return _sent(method, url, data, {**headers, **kind, "Authorization": f"Bearer {self._signed_in()}"})

    def _signed_in(self) -> str:
        if time.monotonic() < self._until:
            return self._token
        if self.system:
            form = {"grant_type": "client_credentials", "client_id": self.name, "client_secret": self.secret}
            granted, _ = _sent("POST", self.base + "/auth/token", urllib.parse.urlencode(form).encode(), {})
        else:
            body = json.dumps({"username": self.name, "password": self.secret}).encode()
            granted, _ = _sent("POST", self.base + "/auth/login", body, {"Content-Type": "application/json"})
        self._token, self._until = granted["access_token"], time.monotonic() + granted["expires_in"] - 60
        return self._token


def _sent(method: str, url: str, data: bytes | None, headers: dict[str, str]) -> tuple[Any, str]:
    """The answer's document, None where it has none, and its ETag. Raises Refused, OSError, HTTPException."""
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
            return json.loads(text) if text else None, answer.headers.get("ETag", "")
    except urllib.error.HTTPError as error:
        seconds = error.headers.get("Retry-After", "")
        raise Refused(_problem(error), int(seconds) if seconds.isdigit() else None) from None


def _problem(error: urllib.error.HTTPError) -> dict[str, Any]:
    """The API's problem, or one for a proxy's page in front of it."""
    text = error.read()
    if error.headers.get_content_type() == "application/problem+json":
        problem: dict[str, Any] = json.loads(text)
        return problem
    return {
        "status": error.code,
        "code": "not-from-the-api",
        "detail": text[:200].decode(errors="replace"),
        "errors": [],
    }
