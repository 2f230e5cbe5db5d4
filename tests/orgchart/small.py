"""Small organisations for the laws of reorganisations. No database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from services.orgchart.domain.organisation import Organisation, Unit, Version
from services.orgchart.domain.reorganisation import Act, Operation, Outcome, reorganise

START = date(2017, 5, 6)
HALF = Decimal("0.5")


def unit(number: int, code: str, parent: str | None, **facts: object) -> Unit:
    version = Version(valid_from=START, valid_to=None, name=f"Unidad {code}", kind="directorate", parent=parent)
    for name, value in facts.items():
        object.__setattr__(version, name, value)
    return Unit(number, code, False, (version,))


def small() -> dict[str, Unit]:
    """IESS → A → B → C; IESS → D → E."""
    parents = {"IESS": None, "A": "IESS", "B": "A", "C": "B", "D": "IESS", "E": "D"}
    return {code: unit(number, code, parent) for number, (code, parent) in enumerate(parents.items(), 1)}


def act(year: int = 2020) -> Act:
    return Act("C.D. 700", "artículo 1", date(year, 1, 1))


def do(organisation: Organisation, *operations: Operation, year: int = 2020, open_items: str = "") -> Outcome:
    return reorganise(organisation, operations, act(year), 100, frozenset(open_items.split()))


def refused(outcome: Outcome) -> list[str]:
    return [refusal.code for refusal in outcome.refusals]
