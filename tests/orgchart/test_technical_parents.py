"""Who answers technically to a unit that ends. No database."""

from __future__ import annotations

from datetime import date

import pytest

from services.orgchart.domain.organisation import Unit, violations
from services.orgchart.domain.reorganisation import Dissolve, Merge, Move, Operation, Split, Successor
from tests.orgchart.small import HALF, do, refused, small, unit


def with_technical() -> dict[str, Unit]:
    """C hangs from B and answers technically to E, and besides to D."""
    organisation = small()
    return organisation | {"C": unit(4, "C", "B", technical_parent="E", other_technical_parents=("D",))}


@pytest.mark.parametrize(
    ("operations", "technical", "others"),
    [
        ([Merge(("E",), "A")], "A", ("D",)),
        ([Merge(("E",), "D")], "D", ()),
        ([Dissolve("E", (Successor("A"),))], "A", ("D",)),
        # The administrative dependence takes in the technical one on the same unit.
        ([Merge(("E",), "B")], None, ("D",)),
        ([Move("E", "A"), Merge(("D",), "A")], "E", ("A",)),
        ([Move("E", "A"), Dissolve("D")], "E", ()),
        ([Move("C", "B", technical_parent="A"), Dissolve("E")], "A", ("D",)),
        ([Move("C", "B", technical_parent="D"), Dissolve("E")], "D", ()),
    ],
)
def test_who_answers_technically_to_a_unit_that_ends_answers_to_its_only_successor(
    operations: list[Operation], technical: str | None, others: tuple[str, ...]
) -> None:
    outcome = do(with_technical(), *operations)

    assert outcome.refusals == ()
    child = outcome.organisation["C"].on(date(2020, 1, 1))
    assert child is not None
    assert (child.technical_parent, child.other_technical_parents) == (technical, others)
    assert violations(outcome.organisation) == []


@pytest.mark.parametrize(
    "operation",
    [
        Dissolve("E"),
        Dissolve("E", (Successor("A", HALF), Successor("D", HALF))),
        Split("E", (Successor("A", HALF), Successor("D", HALF))),
    ],
)
def test_who_answers_technically_to_a_unit_with_no_single_successor_is_moved_first(operation: Operation) -> None:
    assert refused(do(with_technical(), operation)) == ["orphaned-technical-child"]
