"""The organisation while it is being reorganised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.orgchart.domain.organisation import Organisation, Version
from services.orgchart.domain.reorganisation.operations import ChangeLevel, Successor
from services.orgchart.domain.reorganisation.outcome import Act, Succession


class Refused(Exception):
    """One operation cannot be done; the others are tried, so that all reasons are told at once."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


@dataclass(slots=True)
class Desk:
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
            raise Refused("already-ended", f"«{code}» ya termina en esta misma reorganización.")
        if code in self.now:
            return self.now[code]
        unit = self.before.get(code)
        last = unit.last if unit else None
        if last is None or (last.valid_to is not None and last.valid_to < self.act.effective):
            raise Refused("unknown-dependencia", f"No hay una dependencia vigente con el código «{code}».")
        if last.valid_from >= self.act.effective:
            day = last.valid_from.isoformat()
            raise Refused("effective-before-last-change", f"«{code}» cambió el {day}: la fecha debe ser posterior.")
        if last.valid_to is not None:
            raise Refused("unit-ends-later", f"«{code}» ya tiene fin el {last.valid_to.isoformat()}.")
        return last

    def create(self, code: str, version: Version) -> None:
        self.created[code] = self.next_id
        self.next_id += 1
        self.change(code, "created", version)

    def change(self, code: str, operation: str, version: Version) -> None:
        self.now[code] = version
        self.operations.setdefault(code, operation)

    def end(self, code: str, operation: str, successors: Sequence[Successor]) -> None:
        version = self.standing(code)
        if version.parent is None:
            raise Refused("root", "La institución no puede terminar.")
        for successor in successors:
            if successor.code != code:
                self.standing(successor.code)
            self.successions.append(Succession(code, successor.code, successor.share, self.act.effective))
        if code in self.created:
            raise Refused("created-and-ended", f"«{code}» nace y termina en la misma reorganización.")
        self.now.pop(code, None)
        self.ended[code] = None
        self.operations[code] = operation

    def living(self) -> dict[str, Version]:
        """Who stands on the date, with what the operations so far did."""
        day = self.act.effective
        found = {code: version for code, unit in self.before.items() if (version := unit.on(day)) is not None}
        return {code: version for code, version in (found | self.now).items() if code not in self.ended}

    def living_children(self, code: str) -> list[str]:
        return sorted(child for child, version in self.living().items() if version.parent == code)
