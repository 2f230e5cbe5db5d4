"""States of a cell (assignment × period). Zero is a value; no value has three different reasons."""

from datetime import date
from enum import StrEnum


class CellState(StrEnum):
    """Why a cell has, or lacks, a value."""

    REPORTED = "reported"
    MISSING = "missing"
    NOT_DUE = "not_due"
    EXEMPT = "exempt"


def state_of(*, has_value: bool, exempt: bool, due_on: date, today: date) -> CellState:
    """State of a cell on a day; the due day itself still belongs to the one who owes it."""
    if has_value:
        return CellState.REPORTED
    if exempt:
        return CellState.EXEMPT
    return CellState.MISSING if today > due_on else CellState.NOT_DUE
