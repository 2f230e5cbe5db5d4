"""The law of the trail, asked after every write of every test: who, in which request, from what to what."""

from __future__ import annotations

from typing import Any

import httpx

_ROWS = "SELECT actor, action, target, before_digest, after_digest FROM {}.audit_events WHERE request_id = $1"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# POSTs that change nothing: their body is a question.
QUESTIONS = ("/lookup", "/what-if/")


def is_a_write(response: httpx.Response) -> bool:
    """A request that was carried out now: no refusal, no dry run, no repetition, no question."""
    request = response.request
    return (
        request.method in WRITES
        and 200 <= response.status_code < 300
        and "idempotency-replayed" not in response.headers
        and request.url.params.get("dry_run") != "true"
        and not any(question in request.url.path for question in QUESTIONS)
        and request.url.path.startswith("/api/")
    )


def missing(method: str, status: int, rows: list[Any]) -> list[str]:
    """What the audit rows of a write lack. rows: before_digest, after_digest and actor of each."""
    if not rows:
        return ["no audit row"]
    wrong = []
    for row in rows:
        if method == "DELETE" and row["before_digest"] is None:
            wrong.append(f"{row['action']} {row['target']}: no digest of what was removed")
        if method != "DELETE" and row["after_digest"] is None:
            wrong.append(f"{row['action']} {row['target']}: no digest of what came of it")
        if method in ("PATCH", "PUT") and status == 200 and row["before_digest"] is None:
            wrong.append(f"{row['action']} {row['target']}: no digest of what was before")
    return wrong


async def check_answer(pool: Any, schema: str, method: str, status: int, path: str, headers: dict[str, str]) -> None:
    """The same law for an application behind a real port. headers: of the answer, in lower case."""
    if "idempotency-replayed" in headers or headers.get("x-answered-by"):
        return
    rows = await pool.fetch(_ROWS.format(schema), headers["x-request-id"])
    wrong = missing(method, status, rows)
    assert not wrong, f"{method} {path}: {wrong}"


async def check(app: Any, response: httpx.Response, subject: str) -> None:
    """Fails when a write left no whole trail behind."""
    if not is_a_write(response):
        return
    schema, request_id = app.state.name, response.headers["x-request-id"]
    rows = await app.state.database.pool.fetch(_ROWS.format(schema), request_id)
    wrong = missing(response.request.method, response.status_code, rows)
    wrong += [f"{row['action']}: {row['actor']} is not {subject}" for row in rows if row["actor"] != subject]
    assert not wrong, f"{response.request.method} {response.request.url.path}: {wrong}"
