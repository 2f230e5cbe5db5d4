"""The law of the write path, asked of one example: check, change, history, feed, audit and key in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

import msgspec

from tests.support.audited import missing
from tests.writes.example import Call, Example
from tests.writes.traces import ROWS_OF_EVERY_WRITE, Left, left_by, moved, refusals_of, strangers, traces
from tests.writes.world import BY_MATCH, DOOMED, STRANGER, SYSTEMS, WHY_IT_FAILED, Writers

# Members of bodies and answers that are secrets or say who somebody is.
HIDDEN: Final = frozenset(
    {"password", "current", "new", "token", "secret", "uri", "otp", "external_subject"}
    | {"client_secret", "activation_token", "access_token", "refresh_token"}
    | {"cedula", "email", "given_names", "family_names"}
)
_SHORTEST: Final = 5
Answer = tuple[int, dict[str, str], bytes]


async def broken(writers: Writers, example: Example) -> list[str]:
    """What an example breaks of the law."""
    call, key = await example.make(writers), str(uuid4())
    sent_key = key if example.takes_a_key else None
    wrong = await _when_only_asked(writers, example, call) if example.operation in writers.previewed else []
    wrong += await _when_refused(writers, example, call)
    if example.method in BY_MATCH and example.operation.replace(example.method, "GET", 1) in writers.described:
        wrong += await _when_not_read(writers, example, call)
    if example.no_audit is None:
        wrong += await _when_the_commit_fails(writers, example, call, sent_key)
        if example.fresh:
            call = await example.make(writers)
    await writers.settled()
    files, before, request_id = writers.files(), await traces(writers), str(uuid4())
    if sent_key is None:
        answer = await writers.send(call, example.method, request_id=request_id)
    else:
        answer, request_id, more = await _twice_at_once(writers, example, call, sent_key)
        wrong += more
    after = await traces(writers)
    if not is_carried_out(answer):
        return [*wrong, f"was not carried out: {answer[0]} {answer[2].decode()[:1500]}"]
    if writers.files() == files and {n.partition(".")[2] for n in moved(before, after)} <= ROWS_OF_EVERY_WRITE:
        wrong.append("changed nothing")
    if example.no_audit is not None:
        return wrong
    left = await left_by(writers, request_id)
    if len(left) != 1 or len(left[0].transactions) != 1:
        return [*wrong, f"left {sum(len(one.transactions) for one in left)} transactions with audit rows, not one"]
    [one] = left
    others = strangers(before, after, one) - {
        f"{one.service}.{name}" for name in (*example.survives, *example.savepoint)
    }
    if others:
        wrong.append(f"wrote outside the transaction of its audit row, or under a savepoint: {sorted(others)}")
    wrong += [*_trail(example, call, answer, one), *_feed(example, one), *_personal(call, answer, one)]
    if example.takes_a_key:
        if len(one.keys) != 1:
            wrong.append(f"its transaction kept {len(one.keys)} answers under the key")
        wrong += await _when_repeated(writers, example, call, key, answer)
    return wrong


def is_carried_out(answer: Answer) -> bool:
    return 200 <= answer[0] < 300 and "idempotency-replayed" not in answer[1]


async def _twice_at_once(writers: Writers, example: Example, call: Call, key: str) -> tuple[Answer, str, list[str]]:
    """The same request twice under one key: one is carried out, the other repeats its answer or is told to wait."""
    ids = str(uuid4()), str(uuid4())
    sent = [writers.send(call, example.method, key=key, request_id=request_id) for request_id in ids]
    answers = await asyncio.gather(*sent)
    done = [place for place, answer in enumerate(answers) if is_carried_out(answer)]
    first = done[0] if done else 0
    status, headers, body = answers[1 - first]
    repeated = (status, headers.get("idempotency-replayed")) == (answers[first][0], "true")
    wrong = []
    if not repeated and (status, _code(body)) != (409, "idempotency-in-progress"):
        wrong.append(f"sent twice at once: {status} {body.decode()[:300]}")
    return answers[first], ids[first], wrong


async def _when_not_read(writers: Writers, example: Example, call: Call) -> list[str]:
    """Whoever has not read what it is now changes nothing. Asked where it can be read."""
    await writers.settled()
    before = await traces(writers)
    ids = str(uuid4()), str(uuid4())
    missing_match = await writers.send(call, example.method, match=None, request_id=ids[0])
    stale = await writers.send(call, example.method, match='"otra"', request_id=ids[1])
    wrong: list[str] = []
    for request_id, (_, _, body) in zip(ids, (missing_match, stale), strict=True):
        rows = await refusals_of(writers, request_id)
        wrong += _refusal(example, call, _code(body), rows)
        wrong += [f"refused in {row['dependencia']}" for row in rows if row["dependencia"] != call.place]
        wrong += [f"refused for {row['acting_for']}" for row in rows if row["acting_for"] != _holder(example, call)]
    if (missing_match[0], stale[0]) != (428, 412):
        wrong.append(f"without If-Match {missing_match[0]}, with a stale one {stale[0]}, not 428 and 412")
    if left := moved(before, await traces(writers)):
        wrong.append(f"without the right If-Match it changed {sorted(left)}")
    return wrong


async def _when_refused(writers: Writers, example: Example, call: Call) -> list[str]:
    """Whoever is turned away is in the trail: who, what, in which request, why. Nothing else is.

    By one who may not, where it is no business of everybody's own; and by one who may, with a body that is no JSON.
    """
    attempts: dict[str, Call] = {}
    if call.who is not None and not example.is_own:
        attempts[str(uuid4())] = replace(call, who=STRANGER, token=None)
    if call.who is not None and isinstance(call.body, dict):
        attempts[str(uuid4())] = replace(call, body=b"{")
    await writers.settled()
    before, answers = await traces(writers), {}
    for request_id, attempt in attempts.items():
        key = str(uuid4()) if example.takes_a_key else None
        answers[request_id] = await writers.send(attempt, example.method, key=key, request_id=request_id)
    wrong = [f"refused, it changed {sorted(left)}" for left in [moved(before, await traces(writers))] if left]
    rows = await refusals_of(writers, *attempts)
    for request_id, (status, _, body) in answers.items():
        if not 400 <= status < 500:
            wrong.append(f"as {attempts[request_id].who} with {attempts[request_id].body!r}: {status}, no refusal")
        found = [row for row in rows if row["request_id"] == request_id]
        wrong += _refusal(example, attempts[request_id], _code(body), found)
    return wrong


def _refusal(example: Example, call: Call, code: str, found: list[dict[str, Any]]) -> Iterator[str]:
    if len(found) != 1:
        yield f"refused with {code}: {len(found)} rows in the trail, not one: {found}"
        return
    [row] = found
    if (row["actor"], row["outcome"], row["reason"]) != (call.who, "refused", code):
        yield f"refused with {code}: {row}"
    if not row["target"].startswith(f"{example.method} {call.path.split('/')[3].split('?')[0]}"):
        yield f"refused with {code}: the trail says it was {row['target']}"


async def _when_only_asked(writers: Writers, example: Example, call: Call) -> list[str]:
    """`dry_run=true` answers what would happen and leaves nothing, not even the key."""
    await writers.settled()
    before = await traces(writers)
    asked = replace(call, path=f"{call.path}?dry_run=true")
    status, _, body = await writers.send(asked, example.method, key=str(uuid4()))
    wrong = [] if status == 200 else [f"a dry run answered {status} {body.decode()[:300]}"]
    if left := moved(before, await traces(writers)):
        wrong.append(f"a dry run changed {sorted(left)}")
    return wrong


async def _when_the_commit_fails(writers: Writers, example: Example, call: Call, key: str | None) -> list[str]:
    await writers.settled()
    files, before = writers.files(), await traces(writers)
    status, headers, body = await writers.send(call, example.method, key=key, request_id=f"{DOOMED}{uuid4()}")
    after = await traces(writers)
    wrong = []
    if status < 500 or headers.get("content-type") != "application/problem+json":
        wrong.append(f"answered {status} {body.decode()[:1000]} although its commit failed")
    if WHY_IT_FAILED.encode() in body:
        wrong.append("told a caller what the database said")
    survived = {name.partition(".")[2] for name in moved(before, after)} - set(example.survives)
    if survived:
        wrong.append(f"left {sorted(survived)} although its commit failed")
    if writers.files() != files:
        wrong.append("left another key file although its commit failed")
    return wrong


def _trail(example: Example, call: Call, answer: Answer, left: Left) -> Iterator[str]:
    rows = left.audit
    expected = {(action, _filled(target, answer)) for action, target in call.audit}
    found = {(row["action"], row["target"]) for row in rows}
    if found != expected:
        yield f"audit rows {sorted(found)}, not {sorted(expected)}"
    actor, acting_for = call.actor or call.who, _holder(example, call)
    for row in rows:
        if (row["actor"], row["acting_for"]) != (actor, acting_for):
            yield f"{row['action']}: {row['actor']} for {row['acting_for']}, not {actor} for {acting_for}"
        if row["dependencia"] != call.place:
            yield f"{row['action']}: in {row['dependencia']}, not {call.place}"
        if row["outcome"] != "done":
            yield f"{row['action']}: {row['outcome']}"
    if example.no_digest is None:
        yield from missing(example.method, answer[0], rows)
        if all(row["before_digest"] == row["after_digest"] for row in rows):
            yield "digests before and after are the same, so the change is not in them"


def _holder(example: Example, call: Call) -> str | None:
    """For whom the caller acts."""
    stands_in = not example.is_own and call.who not in SYSTEMS.values()
    return call.acting_for or (f"{call.who}.titular" if stands_in else None)


def _filled(target: str, answer: Answer) -> str:
    if "{" not in target:
        return target
    document = msgspec.json.decode(answer[2])
    for name, value in document.items():
        target = target.replace(f"{{{name}}}", str(value))
    return target


def _feed(example: Example, left: Left) -> Iterator[str]:
    found = {event["type"] for event in left.events}
    if found != example.feed:
        yield f"events {sorted(found)}, not {sorted(example.feed)}"
    if not example.feed and example.no_feed is None:
        yield "owes the feed an event, or a reason why not"


def _personal(call: Call, answer: Answer, left: Left) -> Iterator[str]:
    hidden = {*call.hidden, *_hidden_in(call.body), *_hidden_in(_decoded(answer))}
    for kind, found in (("audit", left.audit), ("events", left.events), ("idempotency", left.keys)):
        text = str(found)
        for value in sorted(hidden):
            if value in text:
                yield f"{kind} row holds {value}"


def _decoded(answer: Answer) -> Any:
    return msgspec.json.decode(answer[2]) if answer[1].get("content-type") == "application/json" else None


def _hidden_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in HIDDEN and isinstance(inner, str) and len(inner) >= _SHORTEST:
                yield inner
            yield from _hidden_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _hidden_in(inner)


async def _when_repeated(writers: Writers, example: Example, call: Call, key: str, first: Answer) -> list[str]:
    await writers.settled()
    before = await traces(writers)
    status, headers, body = await writers.send(call, example.method, key=key)
    wrong = []
    if (status, headers.get("idempotency-replayed")) != (first[0], "true"):
        wrong.append(f"repeated: {status} {body.decode()[:300]}")
    if headers.get("location") != first[1].get("location"):
        wrong.append(f"repeated: another location, {headers.get('location')}")
    if _shown(body, call) != _shown(first[2], call):
        wrong.append(f"repeated: another body, {body.decode()[:300]}")
    if any(msgspec.json.decode(body)[name] is not None for name in call.shown_once):
        wrong.append("repeated: shows again what is shown once")
    other = replace(call, path=call.other_path or call.path, body=call.other or call.body)
    if (other.path, other.body) == (call.path, call.body):
        return [*wrong, "the example names no other request"]
    status, _, body = await writers.send(other, example.method, key=key, request_id=(request_id := str(uuid4())))
    if (status, _code(body)) != (422, "idempotency-key-reused"):
        wrong.append(f"another request under its key: {status} {body.decode()[:300]}")
    if call.who is not None:
        wrong += _refusal(example, other, "idempotency-key-reused", await refusals_of(writers, request_id))
    survived = {f"gateway.{name}" for name in example.survives}
    if second := moved(before, await traces(writers)) - survived:
        wrong.append(f"repeated: a second effect on {sorted(second)}")
    return wrong


def _shown(body: bytes, call: Call) -> Any:
    if not call.shown_once:
        return body
    return {**msgspec.json.decode(body), **dict.fromkeys(call.shown_once)}


def _code(body: bytes) -> Any:
    return msgspec.json.decode(body).get("code") if body else None
