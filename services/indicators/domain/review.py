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


class ReviewRefused(ValueError):
    """The action is not lawful; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


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


def after_action(current: Review, action: Action, *, actor: str, submitter: str, reason: str | None = None) -> Review:
    """The state after a lawful action.

    Raises ReviewRefused `invalid-transition`, `own-submission` (the approver sent the value) or
    `reason-missing` (a return must say what to mend).
    """
    if current not in _FROM[action]:
        raise ReviewRefused("invalid-transition")
    if action is Action.APPROVE and actor == submitter:
        raise ReviewRefused("own-submission")
    if action is Action.RETURN and not (reason and reason.strip()):
        raise ReviewRefused("reason-missing")
    return _TO[action]


def lawful_sources(action: Action) -> frozenset[Review]:
    """The states an action starts from."""
    return _FROM[action]


def result_of(action: Action) -> Review:
    """The state an action leads to."""
    return _TO[action]


def after_change(current: Review | None) -> tuple[Review, bool]:
    """State of a cell whose value arrives or changes, and whether that is drift after approval."""
    return Review.SUBMITTED, current is Review.APPROVED
