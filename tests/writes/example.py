"""What an example of a writing operation is: one real call, and what it owes the trail, the feed and its repetition."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tests.writes.world import Writers

# Text bodies and forms, where JSON is not what an operation takes.
Body = dict[str, Any] | bytes | None


@dataclass(frozen=True, slots=True)
class Call:
    """A request that will succeed, and what it leaves behind.

    who: role or subject, None for nobody; audit: action and target of each row it owes, where `{member}` stands for a
    member of the answer; place: their dependencia; actor: who the rows name, where that is not who calls; acting_for:
    for whom, where it is not whom the role stands in for; other: another body, or other_path another target, under the
    same key; shown_once: members of the answer that a repetition does not show again; hidden: what must not be found
    in any row, besides what the bodies say.
    """

    who: str | None
    path: str
    body: Body = None
    audit: frozenset[tuple[str, str]] = frozenset()
    place: str | None = None
    actor: str | None = None
    acting_for: str | None = None
    other: Body = None
    other_path: str | None = None
    shown_once: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    token: str | None = None
    kind: str = "application/json"


Make = Callable[["Writers"], Awaitable[Call]]


@dataclass(frozen=True, slots=True)
class Example:
    """feed: types of the events it owes. The rest are exceptions from the law, each with its reason.

    is_own: done in one's own name, whoever else one stands in for; fresh: made anew after a failure;
    survives: tables that may change although the call fails; savepoint: tables whose rows bear another number than
    their transaction's.
    """

    operation: str
    make: Make
    feed: frozenset[str] = frozenset()
    no_feed: str | None = None
    no_key: str | None = None
    no_audit: str | None = None
    no_digest: str | None = None
    is_own: bool = False
    fresh: bool = False
    survives: dict[str, str] = field(default_factory=dict)
    savepoint: dict[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        return self.operation.partition(" ")[0]

    @property
    def name(self) -> str:
        return f"{self.operation} {self.make.__name__}"

    @property
    def takes_a_key(self) -> bool:
        """Idempotency-Key is honoured on every POST except sign-in; what changes or removes goes by If-Match."""
        return self.method == "POST" and self.no_key is None


CATALOGUE: Final[list[Example]] = []


def example(operation: str, *feed: str, **rest: Any) -> Callable[[Make], Make]:
    """Enters a function that prepares a call of the operation. feed: types of events; rest: as in Example."""

    def enter(make: Make) -> Make:
        CATALOGUE.append(Example(operation, make, frozenset(feed), **rest))
        return make

    return enter


def rows(*pairs: str) -> frozenset[tuple[str, str]]:
    """`rows("account.created account:x", …)`: actions and targets."""
    return frozenset((action, target) for action, _, target in (pair.partition(" ") for pair in pairs))
