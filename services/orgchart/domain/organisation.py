"""The organisation in time as plain values, and the laws it must always keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Version:
    """A dependencia between two dates, inclusive. parent and technical parents are codes.

    ended_by_reorganization: its end is a reorganisation's, not the regulation's.
    """

    valid_from: date
    valid_to: date | None
    name: str
    kind: str
    parent: str | None
    numeral: str | None = None
    rof_unit_id: str | None = None
    province: str | None = None
    management_level: int | None = None
    technical_parent: str | None = None
    other_technical_parents: tuple[str, ...] = ()
    responsible_post: str | None = None
    resolution: str | None = None
    provision: str | None = None
    operation: str = "original"
    source: str = "ROF"
    lines: tuple[int, ...] = ()
    ended_by_reorganization: bool = False

    def covers(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Unit:
    """An identity with its versions, oldest first."""

    id: int
    code: str
    derived: bool
    versions: tuple[Version, ...]

    def on(self, day: date) -> Version | None:
        return next((version for version in self.versions if version.covers(day)), None)

    @property
    def last(self) -> Version | None:
        return self.versions[-1] if self.versions else None


Organisation = Mapping[str, Unit]


@dataclass(frozen=True, slots=True)
class Violation:
    """A law the organisation would break: stable code, the unit, and what to do about it (Spanish)."""

    code: str
    unit: str
    detail: str


def violations(organisation: Organisation, units: Iterable[str] | None = None) -> list[Violation]:
    """What is wrong with these units (default: all): overlaps, holes, dead parents, cycles, more than one root."""
    checked = [organisation[code] for code in (units if units is not None else organisation)]
    found = [violation for unit in checked for violation in _own(unit)]
    found += [violation for unit in checked for violation in _parents(organisation, unit)]
    days = sorted({v.valid_from for unit in organisation.values() for v in unit.versions})
    for day in days:
        found += _shape(organisation, day)
    return list(dict.fromkeys(found))


def new_violations(before: Organisation, after: Organisation) -> list[Violation]:
    """What would be wrong with `after` and is not already wrong with `before`."""
    found = violations(after)
    known = set(violations(before)) if found else set()
    return [violation for violation in found if violation not in known]


def _own(unit: Unit) -> list[Violation]:
    found: list[Violation] = []
    for before, after in zip(unit.versions, unit.versions[1:], strict=False):
        if before.valid_to is None or before.valid_to >= after.valid_from:
            found.append(Violation("overlapping-versions", unit.code, "Dos versiones rigen el mismo día."))
        elif before.valid_to + ONE_DAY != after.valid_from:
            found.append(Violation("validity-hole", unit.code, "Queda un vacío de vigencia entre dos versiones."))
    return found


def _parents(organisation: Organisation, unit: Unit) -> list[Violation]:
    """Parents must live for as long as the version that names them: else the child would hang from nothing."""
    found: list[Violation] = []
    for version in unit.versions:
        technical = {version.technical_parent, *version.other_technical_parents} - {None}
        if unit.code in technical:
            found.append(Violation("cycle", unit.code, f"«{unit.code}» dependería de sí misma."))
        if version.parent is not None and not _lives(organisation.get(version.parent), version):
            detail = f"«{unit.code}» quedaría sin la dependencia «{version.parent}» de la que cuelga. Muévala antes."
            found.append(Violation("orphaned-child", unit.code, detail))
        for code in sorted(code for code in technical if code and not _lives(organisation.get(code), version)):
            detail = f"«{unit.code}» depende técnicamente de «{code}», que no existiría. Muévala antes a otra."
            found.append(Violation("orphaned-technical-child", unit.code, detail))
    return found


def _lives(unit: Unit | None, named: Version) -> bool:
    """Whether the unit exists on every day of the version that names it."""
    first, last = named.valid_from, named.valid_to
    if unit is None or unit.on(first) is None:
        return False
    end = unit.versions[-1].valid_to
    return end is None or (last is not None and last <= end)


def _shape(organisation: Organisation, day: date) -> list[Violation]:
    """On a day in force: one root, and everything reaches it."""
    above = {unit.code: version.parent for unit in organisation.values() if (version := unit.on(day)) is not None}
    roots = [code for code, parent in above.items() if parent is None]
    found = [Violation("several-roots", code, "Solo puede haber una raíz.") for code in roots[1:]]
    safe: set[str] = set(roots)
    for start in above:
        path: list[str] = []
        code: str | None = start
        while code is not None and code not in safe and code in above and code not in path:
            path.append(code)
            code = above[code]
        if code is not None and code in path:
            found.append(Violation("cycle", code, f"«{code}» dependería de sí misma."))
        safe.update(path)
    return found
