"""The organisation after a list of operations, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from services.orgchart.domain.organisation import ONE_DAY, Organisation, Unit, new_violations
from services.orgchart.domain.reorganisation.changing import create, move, rename, renumber
from services.orgchart.domain.reorganisation.desk import Desk, Refused
from services.orgchart.domain.reorganisation.ending import dissolve, merge, split
from services.orgchart.domain.reorganisation.levels import change_level
from services.orgchart.domain.reorganisation.operations import (
    ChangeLevel,
    Create,
    Dissolve,
    Merge,
    Move,
    Operation,
    Rename,
    Renumber,
    Split,
)
from services.orgchart.domain.reorganisation.outcome import Act, Outcome, Refusal
from services.orgchart.domain.reorganisation.provinces import take_provinces

# Each function takes its own operation; the key says which.
_DO: dict[type[Operation], Callable[[Desk, Any], None]] = {
    Rename: rename,
    Move: move,
    Renumber: renumber,
    Create: create,
    Merge: merge,
    Split: split,
    Dissolve: dissolve,
    ChangeLevel: change_level,
}


def reorganise(
    organisation: Organisation,
    operations: Sequence[Operation],
    act: Act,
    next_id: int,
    open_items: frozenset[str] = frozenset(),
) -> Outcome:
    """The organisation after the operations, in order.

    next_id: id of the first unit created. open_items: codes on which something still hangs elsewhere (plans open,
    assignments due): they may not end without a successor.
    """
    desk = Desk(organisation, act, next_id)
    refusals: list[Refusal] = []
    for index, operation in enumerate(operations):
        try:
            _DO[type(operation)](desk, operation)
        except Refused as refused:
            refusals.append(Refusal(refused.code, refused.detail, index))
    if refusals:
        return Outcome(organisation, refusals=tuple(refusals))
    take_provinces(desk)
    after = _settled(desk)
    touched = tuple(sorted({*desk.now, *desk.ended}))
    refusals += [Refusal(v.code, v.detail) for v in new_violations(organisation, after)]
    refusals += [*_abandoned(desk, open_items), *_ended_successors(desk), *_taken_numerals(desk)]
    return Outcome(
        after, touched, tuple(desk.created), tuple(desk.ended), tuple(desk.successions), tuple(desk.levels),
        tuple(refusals),
    )  # fmt: skip


def _abandoned(desk: Desk, open_items: frozenset[str]) -> list[Refusal]:
    followed = {succession.predecessor for succession in desk.successions}
    return [
        Refusal("open-items-without-successor", f"«{code}» tiene pendientes y nadie la sucede: nombre un sucesor.")
        for code in desk.ended
        if code in open_items and code not in followed
    ]


def _ended_successors(desk: Desk) -> list[Refusal]:
    return [
        Refusal("successor-ends", f"«{s.successor}» sucede a «{s.predecessor}» y termina ese mismo día: nombre a otra.")
        for s in desk.successions
        if s.successor in desk.ended
    ]


def _taken_numerals(desk: Desk) -> list[Refusal]:
    """A numeral given by the act names one national unit; each province repeats those of the others."""
    national = {code: v.numeral for code, v in desk.living().items() if v.numeral and v.province is None}
    taken = Counter(national.values())
    return [
        Refusal("numeral-taken", f"El numeral {numeral} de «{code}» ya nombra a otra dependencia ese día.")
        for code, numeral in sorted(national.items())
        if taken[numeral] > 1 and code in desk.now and _numeral_before(desk, code) != numeral
    ]


def _numeral_before(desk: Desk, code: str) -> str | None:
    return None if code in desk.created else desk.before[code].versions[-1].numeral


def _settled(desk: Desk) -> dict[str, Unit]:
    """Versions closed the day before and opened on the day, each with the act that did it."""
    act = desk.act
    after = dict(desk.before)
    for code in desk.ended:
        after[code] = _closed(desk.before[code], act)
    for code, version in desk.now.items():
        made = replace(
            version,
            valid_from=act.effective,
            valid_to=None,
            resolution=act.resolution,
            provision=act.provision,
            operation=desk.operations[code],
            source="reorganization",
            lines=(),
            ended_by_reorganization=False,
        )
        if code in desk.created:
            after[code] = Unit(desk.created[code], code, False, (made,))
        else:
            unit = _closed(desk.before[code], act)
            after[code] = replace(unit, versions=(*unit.versions, made))
    return after


def _closed(unit: Unit, act: Act) -> Unit:
    *earlier, last = unit.versions
    ended = replace(last, valid_to=act.effective - ONE_DAY, ended_by_reorganization=True)
    return replace(unit, versions=(*earlier, ended))
