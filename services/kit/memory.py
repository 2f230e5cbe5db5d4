"""Answers remembered until anything changes: same reach, same question, same day, same revision.

The revision is the feed's last position. Every write publishes an event in its own transaction, so a revision that has
not moved means that nothing has; it is asked of the database at every request, never of a notification, so a caller
reads its own writes. What depends on another service is never remembered (`forget`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from starlette.types import Message, Scope

from services.kit.access import Caller
from services.kit.database import Database

FULL_REACH = 64 * 1024 * 1024
_REVISION = "SELECT coalesce(max(position), 0)::text FROM {schema}.events"
_REPLICA_REVISION = """SELECT concat((SELECT max(position) FROM {schema}.events), ':',
    (SELECT concat(position, ':', closure_on) FROM {schema}.org_cursor))"""
_LARGEST = 4 * 1024 * 1024
_MOST_FACTS = 512
Fact = TypeVar("Fact")
# What was found out about the revision of the reading under way; None outside one whose revision was asked.
_FACTS: ContextVar[dict[Hashable, Any] | None] = ContextVar("facts", default=None)


@dataclass(frozen=True, slots=True)
class Question:
    """What an answer depends on besides the data."""

    grants: object
    path: str
    query: bytes
    accept: bytes
    day: date


@dataclass(frozen=True, slots=True)
class Remembered:
    revision: str
    headers: tuple[tuple[bytes, bytes], ...]
    etag: str
    body: bytes


class Memory:
    """The remembered answers of one process, least recently used forgotten first; bounded in bytes."""

    def __init__(
        self, schema: str, segments: frozenset[str], *, replica: bool = False, capacity_bytes: int = FULL_REACH
    ) -> None:
        """replica: answers also depend on the replica of the organisation (who reaches what, names of units)."""
        self._revision_sql = _REPLICA_REVISION.format(schema=schema) if replica else _REVISION.format(schema=schema)
        self._segments = segments
        self._capacity = capacity_bytes
        self._size = 0
        self._answers: OrderedDict[Question, Remembered] = OrderedDict()
        self._facts_of = ""
        self._facts: dict[Hashable, Any] = {}

    def clear(self) -> None:
        self._answers.clear()
        self._size = 0

    def covers(self, scope: Scope) -> bool:
        """True for GETs under the paths whose answers may be remembered (`/api/v1/<segment>`)."""
        if scope["method"] != "GET":
            return False
        parts = scope["path"].split("/", 4)
        return len(parts) > 3 and parts[3] in self._segments

    async def revision(self, database: Database) -> str:
        """What moves whenever an answer could change."""
        found: str = await database.ask(self._revision_sql)
        return found

    @contextmanager
    def reading(self, revision: str) -> Iterator[None]:
        """While a route answers under this revision, `once_a_revision` asks only what nobody has asked under it."""
        if revision != self._facts_of:
            self._facts_of, self._facts = revision, {}
        token = _FACTS.set(self._facts)
        try:
            yield
        finally:
            _FACTS.reset(token)

    def recall(self, question: Question, revision: str) -> Remembered | None:
        found = self._answers.get(question)
        if found is None or found.revision != revision:
            return None
        self._answers.move_to_end(question)
        return found

    def keep(self, question: Question, answer: Remembered) -> None:
        if len(answer.body) > _LARGEST:
            return
        previous = self._answers.pop(question, None)
        self._size += len(answer.body) - (len(previous.body) if previous is not None else 0)
        self._answers[question] = answer
        while self._size > self._capacity:
            _, oldest = self._answers.popitem(last=False)
            self._size -= len(oldest.body)


class Recorder:
    """Watches one answer go by, to remember it when it is a whole 200 with an ETag."""

    def __init__(self) -> None:
        self._headers: tuple[tuple[bytes, bytes], ...] | None = None
        self._etag = ""
        self._body = b""
        self._complete = False

    def see(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = tuple((bytes(name), bytes(value)) for name, value in message["headers"])
            tags = [value.decode() for name, value in headers if name.lower() == b"etag"]
            if message["status"] == 200 and tags:
                self._headers, self._etag = headers, tags[0]
        elif message["type"] == "http.response.body" and self._headers is not None:
            # A streamed answer is not worth the memory it would take.
            self._complete = not message.get("more_body", False) and not self._body
            self._body = message.get("body", b"")

    def remembered(self, revision: str) -> Remembered | None:
        if not self._complete or self._headers is None:
            return None
        return Remembered(revision, self._headers, self._etag, self._body)


def question_of(scope: Scope, caller: Caller, day: date, accept: bytes) -> Question:
    return Question(caller.grants, scope["path"], scope["query_string"], accept, day)


async def once_a_revision(key: Hashable, ask: Callable[[], Awaitable[Fact]]) -> Fact:
    """What `ask` finds in the database, asked once for as long as nothing changes; asked each time outside a reading
    whose revision is known (a write, a call that is not remembered).

    For small things that many answers need, such as the policy in force. Nobody may change what is given.
    """
    facts = _FACTS.get()
    if facts is None:
        return await ask()
    if key not in facts:
        found = await ask()
        if len(facts) >= _MOST_FACTS:
            facts.clear()
        facts[key] = found
        return found
    known: Fact = facts[key]
    return known


def forget(scope: Scope) -> None:
    """Says that this answer depends on more than this service's own data."""
    scope["state"]["forget"] = True
