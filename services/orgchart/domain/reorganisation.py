"""Reorganisations: a list of operations under one resolution, applied to the organisation on one date.

Pure: takes an organisation and gives another, or says why not. Nothing before the date changes, ever; a unit that
ends keeps its history, and who follows it is written down as succession.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from services.orgchart.domain.organisation import ONE_DAY, Organisation, Unit, Version, children_on, violations

WHOLE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Rename:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Move:
    """technical_parent: None leaves it as it is."""

    code: str
    parent: str
    technical_parent: str | None = None


@dataclass(frozen=True, slots=True)
class Renumber:
    code: str
    numeral: str | None


@dataclass(frozen=True, slots=True)
class Create:
    code: str
    name: str
    kind: str
    parent: str
    numeral: str | None = None
    responsible_post: str | None = None
    technical_parent: str | None = None


@dataclass(frozen=True, slots=True)
class Successor:
    """Who follows a unit, and with which share of it (0 < share ≤ 1)."""

    code: str
    share: Decimal = WHOLE


@dataclass(frozen=True, slots=True)
class Merge:
    """The sources end (except `into`, when it is one of them) and what hung from them hangs from `into`."""

    sources: tuple[str, ...]
    into: str


@dataclass(frozen=True, slots=True)
class Split:
    """The unit ends (unless it is among its successors); shares add to one."""

    code: str
    into: tuple[Successor, ...]


@dataclass(frozen=True, slots=True)
class Dissolve:
    code: str
    successors: tuple[Successor, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeLevel:
    """A province passes to level 1 or 2: its units take the shape of a province that has that level."""

    province: str
    level: int


Operation = Rename | Move | Renumber | Create | Merge | Split | Dissolve | ChangeLevel


@dataclass(frozen=True, slots=True)
class Succession:
    """`share` of `predecessor` goes on as `successor` from `on`."""

    predecessor: str
    successor: str
    share: Decimal
    on: date


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why it cannot be done. operation: 0-based index, or None when only the whole shows it."""

    code: str
    detail: str
    operation: int | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """The legal act: resolution, provision, first day in force."""

    resolution: str
    provision: str | None
    effective: date


@dataclass(frozen=True, slots=True)
class Outcome:
    """The organisation after, and what was done. When there are refusals the rest is not to be used."""

    organisation: Organisation
    touched: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    successions: tuple[Succession, ...] = ()
    levels: tuple[ChangeLevel, ...] = ()
    refusals: tuple[Refusal, ...] = ()


class _Refused(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


@dataclass(slots=True)
class _Desk:
    """The organisation while it is being reorganised: changes of the day are collected per unit."""

    before: Organisation
    act: Act
    next_id: int
    now: dict[str, Version] = field(default_factory=dict)
    created: dict[str, int] = field(default_factory=dict)
    ended: dict[str, None] = field(default_factory=dict)
    operations: dict[str, str] = field(default_factory=dict)
    successions: list[Succession] = field(default_factory=list)
    levels: list[ChangeLevel] = field(default_factory=list)

    def standing(self, code: str) -> Version:
        """The unit as it stands on the date, with what the operations before did to it."""
        if code in self.ended:
            raise _Refused("already-ended", f"«{code}» ya termina en esta misma reorganización.")
        if code in self.now:
            return self.now[code]
        unit = self.before.get(code)
        last = unit.last if unit else None
        if last is None or (last.valid_to is not None and last.valid_to < self.act.effective):
            raise _Refused("unknown-dependencia", f"No hay una dependencia vigente con el código «{code}».")
        if last.valid_from >= self.act.effective:
            day = last.valid_from.isoformat()
            raise _Refused("effective-before-last-change", f"«{code}» cambió el {day}: la fecha debe ser posterior.")
        if last.valid_to is not None:
            raise _Refused("unit-ends-later", f"«{code}» ya tiene fin el {last.valid_to.isoformat()}.")
        return last

    def change(self, code: str, operation: str, version: Version) -> None:
        self.now[code] = version
        self.operations.setdefault(code, operation)

    def end(self, code: str, operation: str, successors: Sequence[Successor]) -> None:
        version = self.standing(code)
        if version.parent is None:
            raise _Refused("root", "La institución no puede terminar.")
        for successor in successors:
            if successor.code != code:
                self.standing(successor.code)
            self.successions.append(Succession(code, successor.code, successor.share, self.act.effective))
        if code in self.created:
            raise _Refused("created-and-ended", f"«{code}» nace y termina en la misma reorganización.")
        self.now.pop(code, None)
        self.ended[code] = None
        self.operations[code] = operation

    def living_children(self, code: str) -> list[str]:
        standing = {
            child: self.now.get(child) or self.before[child].on(self.act.effective)
            for child in {*self.before, *self.now}
            if child not in self.ended and (child in self.now or self.before[child].on(self.act.effective))
        }
        return sorted(child for child, version in standing.items() if version and version.parent == code)


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
    desk = _Desk(organisation, act, next_id)
    refusals: list[Refusal] = []
    for index, operation in enumerate(operations):
        try:
            _DO[type(operation)](desk, operation)
        except _Refused as refused:
            refusals.append(Refusal(refused.code, refused.detail, index))
    if refusals:
        return Outcome(organisation, refusals=tuple(refusals))
    after = _settled(desk)
    touched = tuple(sorted({*desk.now, *desk.ended}))
    refusals += [Refusal(v.code, v.detail) for v in violations(after) if v not in violations(organisation)]
    refusals += _abandoned(desk, open_items)
    return Outcome(
        after, touched, tuple(desk.created), tuple(desk.ended), tuple(desk.successions), tuple(desk.levels),
        tuple(refusals),
    )  # fmt: skip


def _abandoned(desk: _Desk, open_items: frozenset[str]) -> list[Refusal]:
    followed = {succession.predecessor for succession in desk.successions}
    return [
        Refusal("open-items-without-successor", f"«{code}» tiene pendientes y nadie la sucede: nombre un sucesor.")
        for code in desk.ended
        if code in open_items and code not in followed
    ]


def _settled(desk: _Desk) -> dict[str, Unit]:
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


# -- the operations -----------------------------------------------------------------------------------------


def _rename(desk: _Desk, operation: Rename) -> None:
    version = desk.standing(operation.code)
    if version.name == operation.name:
        raise _Refused("nothing-changes", f"«{operation.code}» ya se llama así.")
    desk.change(operation.code, "renamed", replace(version, name=operation.name))


def _move(desk: _Desk, operation: Move) -> None:
    version = desk.standing(operation.code)
    if version.parent is None:
        raise _Refused("root", "La institución no cuelga de nadie.")
    desk.standing(operation.parent)
    technical = version.technical_parent
    if operation.technical_parent is not None:
        desk.standing(operation.technical_parent)
        technical = operation.technical_parent
    if operation.parent == version.parent and technical == version.technical_parent:
        raise _Refused("nothing-changes", f"«{operation.code}» ya cuelga de «{operation.parent}».")
    if technical == operation.parent:
        raise _Refused("same-parent-twice", "La dependencia administrativa y la técnica deben ser distintas.")
    desk.change(operation.code, "moved", replace(version, parent=operation.parent, technical_parent=technical))


def _renumber(desk: _Desk, operation: Renumber) -> None:
    version = desk.standing(operation.code)
    if version.numeral == operation.numeral:
        raise _Refused("nothing-changes", f"«{operation.code}» ya tiene ese numeral.")
    desk.change(operation.code, "renumbered", replace(version, numeral=operation.numeral))


def _create(desk: _Desk, operation: Create) -> None:
    if operation.code in desk.before or operation.code in desk.created:
        raise _Refused("code-taken", f"El código «{operation.code}» ya se usó, y un código no se reutiliza.")
    parent = desk.standing(operation.parent)
    if operation.technical_parent is not None:
        desk.standing(operation.technical_parent)
        if operation.technical_parent == operation.parent:
            raise _Refused("same-parent-twice", "La dependencia administrativa y la técnica deben ser distintas.")
    desk.created[operation.code] = desk.next_id
    desk.next_id += 1
    version = Version(
        valid_from=desk.act.effective,
        valid_to=None,
        name=operation.name,
        kind=operation.kind,
        parent=operation.parent,
        numeral=operation.numeral,
        province=parent.province,
        management_level=parent.management_level,
        technical_parent=operation.technical_parent,
        responsible_post=operation.responsible_post,
    )
    desk.change(operation.code, "created", version)


def _merge(desk: _Desk, operation: Merge) -> None:
    if len(set(operation.sources) | {operation.into}) < 2 or len(set(operation.sources)) != len(operation.sources):
        raise _Refused("too-few-units", "Una fusión necesita al menos dos dependencias distintas.")
    target = desk.standing(operation.into)
    desk.change(operation.into, "merged", target)
    for code in operation.sources:
        if code == operation.into:
            continue
        for child in desk.living_children(code):
            if child != operation.into:
                desk.change(child, "moved", replace(desk.standing(child), parent=operation.into))
        if target.parent == code:
            raise _Refused("merge-into-child", f"«{operation.into}» cuelga de «{code}»: muévala antes.")
        desk.end(code, "merged", [Successor(operation.into)])


def _split(desk: _Desk, operation: Split) -> None:
    codes = [successor.code for successor in operation.into]
    if len(set(codes)) < 2 or len(set(codes)) != len(codes):
        raise _Refused("too-few-units", "Una división necesita al menos dos destinos distintos.")
    _check_shares(operation.into)
    version = desk.standing(operation.code)
    if operation.code in codes:
        for successor in operation.into:
            desk.standing(successor.code)
            desk.successions.append(Succession(operation.code, successor.code, successor.share, desk.act.effective))
        desk.change(operation.code, "split", version)
        return
    desk.end(operation.code, "split", operation.into)


def _dissolve(desk: _Desk, operation: Dissolve) -> None:
    if operation.successors:
        _check_shares(operation.successors)
    if operation.code in {successor.code for successor in operation.successors}:
        raise _Refused("own-successor", "Una dependencia que termina no puede sucederse a sí misma.")
    desk.end(operation.code, "dissolved", operation.successors)


def _check_shares(successors: Sequence[Successor]) -> None:
    if any(not 0 < successor.share <= 1 for successor in successors) or sum(s.share for s in successors) != WHOLE:
        raise _Refused("shares", "Las partes deben ser mayores que cero y sumar exactamente 1.")


def _change_level(desk: _Desk, operation: ChangeLevel) -> None:
    directorate = f"{operation.province}"
    version = desk.standing(directorate)
    if version.kind != "provincial_directorate":
        raise _Refused("not-a-province", f"«{directorate}» no es una Dirección Provincial.")
    if version.management_level == operation.level:
        raise _Refused("nothing-changes", f"«{directorate}» ya es de nivel {operation.level}.")
    model = _model(desk, operation.level)
    desk.change(directorate, "level_changed", replace(version, management_level=operation.level))
    own = {desk.standing(code).numeral: code for code in desk.living_children(directorate)}
    shape = {
        numeral: (code, standing)
        for code in children_on(desk.before, model, desk.act.effective)
        if (standing := desk.before[code].on(desk.act.effective)) and (numeral := standing.numeral)
    }
    for numeral, (code, standing) in shape.items():
        name = standing.name.replace(f" - {standing.province}", f" - {version.province}")
        shaped = replace(
            standing, name=name, parent=directorate, province=version.province, management_level=operation.level
        )
        if numeral in own:
            kept = desk.standing(own[numeral])
            desk.change(own[numeral], "level_changed", replace(shaped, technical_parent=kept.technical_parent))
        else:
            _create_shaped(desk, f"{directorate}{code.removeprefix(model)}", shaped)
    for numeral, code in own.items():
        if numeral is not None and numeral.startswith("6.") and numeral not in shape:
            desk.end(code, "level_changed", ())
    desk.levels.append(operation)


def _model(desk: _Desk, level: int) -> str:
    """A province that has the level: the template is what the others look like, not a constant of the code."""
    day = desk.act.effective
    found = sorted(
        unit.code
        for unit in desk.before.values()
        if (v := unit.on(day)) and v.kind == "provincial_directorate" and v.management_level == level
    )
    if not found:
        raise _Refused("no-model", f"Ninguna provincia de nivel {level} sirve de modelo.")
    return found[0]


def _create_shaped(desk: _Desk, code: str, version: Version) -> None:
    number, free = 2, code
    while free in desk.before or free in desk.created:
        free, number = f"{code}-{number}", number + 1
    desk.created[free] = desk.next_id
    desk.next_id += 1
    desk.change(free, "created", version)


_DO: dict[type[Operation], Callable[[_Desk, Any], None]] = {
    Rename: _rename,
    Move: _move,
    Renumber: _renumber,
    Create: _create,
    Merge: _merge,
    Split: _split,
    Dissolve: _dissolve,
    ChangeLevel: _change_level,
}
