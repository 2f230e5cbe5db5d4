"""What can be asked of a reorganisation, one class per operation."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

WHOLE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Rename:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Move:
    """technical_parent, province: None leaves them as they are; who answers to another stays in its place."""

    code: str
    parent: str
    technical_parent: str | None = None
    province: str | None = None


@dataclass(frozen=True, slots=True)
class Renumber:
    code: str
    numeral: str | None


@dataclass(frozen=True, slots=True)
class Create:
    """province: None takes that of where it hangs, or else of all whom it takes over from, when that is one."""

    code: str
    name: str
    kind: str
    parent: str
    numeral: str | None = None
    responsible_post: str | None = None
    technical_parent: str | None = None
    province: str | None = None


@dataclass(frozen=True, slots=True)
class Successor:
    """Who follows a unit, and with which share of it (0 < share ≤ 1)."""

    code: str
    share: Decimal = WHOLE


@dataclass(frozen=True, slots=True)
class Merge:
    """The sources end (except `into`, when it is one of them) and what hung from them hangs from `into`."""

    sources: tuple[str, ...]
    into: str


@dataclass(frozen=True, slots=True)
class Split:
    """The unit ends (unless it is among its successors); shares add to one."""

    code: str
    into: tuple[Successor, ...]


@dataclass(frozen=True, slots=True)
class Dissolve:
    code: str
    successors: tuple[Successor, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeLevel:
    """A province passes to level 1 or 2: its units take the shape of a province that has that level."""

    province: str
    level: int


Operation = Rename | Move | Renumber | Create | Merge | Split | Dissolve | ChangeLevel
