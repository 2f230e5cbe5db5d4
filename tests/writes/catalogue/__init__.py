"""An example of every writing operation: importing this package enters them all."""

from __future__ import annotations

from tests.writes.catalogue import (
    accounts,
    appointments,
    calendar,
    drafts,
    indicators,
    intake,
    organisation,
    own_account,
    people,
    procurement,
    projects,
    reforms,
    signing_in,
    targets,
    workflow,
)
from tests.writes.example import CATALOGUE

__all__ = [
    "CATALOGUE",
    "accounts",
    "appointments",
    "calendar",
    "drafts",
    "indicators",
    "intake",
    "organisation",
    "own_account",
    "people",
    "procurement",
    "projects",
    "reforms",
    "signing_in",
    "targets",
    "workflow",
]
