"""Reorganisations: a list of operations under one resolution, applied to the organisation on one date.

Pure: takes an organisation and gives another, or says why not. Nothing before the date changes, ever; a unit that
ends keeps its history, and who follows it is written down as succession.
"""

from services.orgchart.domain.reorganisation.operations import (
    WHOLE,
    ChangeLevel,
    Create,
    Dissolve,
    Merge,
    Move,
    Operation,
    Rename,
    Renumber,
    Split,
    Successor,
)
from services.orgchart.domain.reorganisation.outcome import Act, Outcome, Refusal, Succession
from services.orgchart.domain.reorganisation.reorganising import reorganise

__all__ = [
    "WHOLE",
    "Act",
    "ChangeLevel",
    "Create",
    "Dissolve",
    "Merge",
    "Move",
    "Operation",
    "Outcome",
    "Refusal",
    "Rename",
    "Renumber",
    "Split",
    "Succession",
    "Successor",
    "reorganise",
]
