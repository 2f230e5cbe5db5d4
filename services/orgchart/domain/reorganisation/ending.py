"""Operations that end units, and say who follows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.orgchart.domain.reorganisation.answering import answering, follow_successor
from services.orgchart.domain.reorganisation.desk import Desk, Refused
from services.orgchart.domain.reorganisation.operations import WHOLE, Dissolve, Merge, Split, Successor
from services.orgchart.domain.reorganisation.outcome import Succession


def merge(desk: Desk, operation: Merge) -> None:
    if len(set(operation.sources) | {operation.into}) < 2 or len(set(operation.sources)) != len(operation.sources):
        raise Refused("too-few-units", "Una fusión necesita al menos dos dependencias distintas.")
    target = desk.standing(operation.into)
    desk.change(operation.into, "merged", target)
    for code in operation.sources:
        if code == operation.into:
            continue
        for child in desk.living_children(code):
            if child != operation.into:
                version = replace(desk.standing(child), parent=operation.into)
                kept = answering(version, version.technical_parent, version.other_technical_parents)
                desk.change(child, "moved", kept)
        if target.parent == code:
            raise Refused("merge-into-child", f"«{operation.into}» cuelga de «{code}»: muévala antes.")
        end(desk, code, "merged", [Successor(operation.into)])


def split(desk: Desk, operation: Split) -> None:
    codes = [successor.code for successor in operation.into]
    if len(set(codes)) < 2 or len(set(codes)) != len(codes):
        raise Refused("too-few-units", "Una división necesita al menos dos destinos distintos.")
    _check_shares(operation.into)
    if any(succession.predecessor == operation.code for succession in desk.successions):
        raise Refused("split-twice", f"«{operation.code}» ya se divide en esta misma reorganización.")
    version = desk.standing(operation.code)
    if operation.code in codes:
        for successor in operation.into:
            desk.standing(successor.code)
            desk.successions.append(Succession(operation.code, successor.code, successor.share, desk.act.effective))
        desk.change(operation.code, "split", version)
        return
    end(desk, operation.code, "split", operation.into)


def dissolve(desk: Desk, operation: Dissolve) -> None:
    if operation.successors:
        _check_shares(operation.successors)
    if operation.code in {successor.code for successor in operation.successors}:
        raise Refused("own-successor", "Una dependencia que termina no puede sucederse a sí misma.")
    end(desk, operation.code, "dissolved", operation.successors)


def end(desk: Desk, code: str, operation: str, successors: Sequence[Successor]) -> None:
    """The unit ends, and who answered technically to it answers to its only successor."""
    desk.end(code, operation, successors)
    follow_successor(desk, code, successors)


def _check_shares(successors: Sequence[Successor]) -> None:
    if any(not 0 < successor.share <= 1 for successor in successors) or sum(s.share for s in successors) != WHOLE:
        raise Refused("shares", "Las partes deben ser mayores que cero y sumar exactamente 1.")
