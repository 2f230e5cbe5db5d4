"""Which province a unit is in, as maps show it."""

from __future__ import annotations

from dataclasses import replace

from services.orgchart.domain.organisation import Version
from services.orgchart.domain.reorganisation.desk import Desk, Refused


def known_province(desk: Desk, name: str) -> str:
    """The province as named, when some unit is or was in it. Raises Refused."""
    if not any(version.province == name for unit in desk.before.values() for version in unit.versions):
        raise Refused("unknown-province", f"«{name}» no es una provincia. Escríbala como en /provinces.")
    return name


def take_provinces(desk: Desk) -> None:
    """Created units for which no province was said, nor had where they hang, take it from whom they take over from.

    Who takes over from several provinces, or from a national unit too, stands for no single one.
    """
    for code in desk.created:
        version = desk.now[code]
        if version.province is None:
            desk.now[code] = replace(version, province=_inherited(desk, code))


def _inherited(desk: Desk, code: str) -> str | None:
    """The province of the first above, itself included, that has one or took over in just one. Cycles end the walk."""
    seen: set[str] = set()
    here: str | None = code
    while here is not None and here in desk.created and here not in seen:
        seen.add(here)
        version = desk.now[here]
        if version.province is not None:
            return version.province
        taken = {_standing_before(desk, s.predecessor).province for s in desk.successions if s.successor == here}
        if len(taken) == 1:
            return taken.pop()
        here = version.parent
    return None


def _standing_before(desk: Desk, code: str) -> Version:
    """The unit as it was until this act; one that the act creates, as it creates it."""
    return desk.now[code] if code in desk.created else desk.before[code].versions[-1]
