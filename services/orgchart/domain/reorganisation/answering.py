"""To whom units answer besides the one they hang from: technical parents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.orgchart.domain.organisation import Version
from services.orgchart.domain.reorganisation.desk import Desk
from services.orgchart.domain.reorganisation.operations import Successor


def answering(version: Version, technical: str | None, others: Sequence[str]) -> Version:
    """The version with these technical parents, each named once; its administrative parent is none of them."""
    technical = None if technical == version.parent else technical
    kept = tuple(code for code in dict.fromkeys(others) if code not in (version.parent, technical))
    return replace(version, technical_parent=technical, other_technical_parents=kept)


def follow_successor(desk: Desk, ended: str, successors: Sequence[Successor]) -> None:
    """Who answered technically to a unit that ends answers to its successor, when there is only one.

    With several or none nobody but the act can say to whom: the law on technical parents then asks for a move. Those
    to whom a unit answered besides (other technical parents) just are one fewer.
    """
    heir = successors[0].code if len(successors) == 1 else None
    for code, seen in sorted(desk.living().items()):
        answers_first = seen.technical_parent == ended and heir is not None
        if not answers_first and ended not in seen.other_technical_parents:
            continue
        version = desk.standing(code)
        heirs = {ended: [] if heir is None else [heir]}
        others = [kept for other in version.other_technical_parents for kept in heirs.get(other, [other])]
        technical = heir if answers_first else version.technical_parent
        desk.change(code, "moved", answering(version, technical, others))
