"""Review of a cell: draft → submitted → returned | approved. Who reports does not approve."""

from enum import StrEnum


class Review(StrEnum):
    """Where a value stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


class Action(StrEnum):
    """What a person does to a value."""

    SUBMIT = "submit"
    RETURN = "return"
    APPROVE = "approve"


_FROM = {
    Action.SUBMIT: frozenset({Review.DRAFT, Review.RETURNED}),
    Action.RETURN: frozenset({Review.SUBMITTED}),
    Action.APPROVE: frozenset({Review.SUBMITTED}),
}
_TO = {
    Action.SUBMIT: Review.SUBMITTED,
    Action.RETURN: Review.RETURNED,
    Action.APPROVE: Review.APPROVED,
}


def lawful_sources(action: Action) -> frozenset[Review]:
    """The states an action starts from."""
    return _FROM[action]


def result_of(action: Action) -> Review:
    """The state an action leads to."""
    return _TO[action]
