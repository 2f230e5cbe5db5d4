"""The legal act, what came of it, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.orgchart.domain.organisation import Organisation
from services.orgchart.domain.reorganisation.operations import ChangeLevel


@dataclass(frozen=True, slots=True)
class Act:
    """The legal act: resolution, provision, first day in force."""

    resolution: str
    provision: str | None
    effective: date


@dataclass(frozen=True, slots=True)
class Succession:
    """`share` of `predecessor` goes on as `successor` from `on`."""

    predecessor: str
    successor: str
    share: Decimal
    on: date


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why it cannot be done. operation: 0-based index, or None when only the whole shows it."""

    code: str
    detail: str
    operation: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The organisation after, and what was done. When there are refusals the rest is not to be used."""

    organisation: Organisation
    touched: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    successions: tuple[Succession, ...] = ()
    levels: tuple[ChangeLevel, ...] = ()
    refusals: tuple[Refusal, ...] = ()
