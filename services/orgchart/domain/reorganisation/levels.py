"""A province that passes to the other level takes the shape of a province that has it."""

from __future__ import annotations

from dataclasses import replace

from services.orgchart.domain.organisation import Version
from services.orgchart.domain.reorganisation.desk import Desk, Refused
from services.orgchart.domain.reorganisation.ending import end
from services.orgchart.domain.reorganisation.operations import ChangeLevel


def change_level(desk: Desk, operation: ChangeLevel) -> None:
    directorate = operation.province
    version = desk.standing(directorate)
    if version.kind != "provincial_directorate":
        raise Refused("not-a-province", f"«{directorate}» no es una Dirección Provincial.")
    if any(change.province == directorate for change in desk.levels):
        raise Refused("level-changed-twice", f"«{directorate}» ya cambia de nivel en esta misma reorganización.")
    if version.management_level == operation.level:
        raise Refused("nothing-changes", f"«{directorate}» ya es de nivel {operation.level}.")
    model = _model(desk, operation.level)
    desk.change(directorate, "level_changed", replace(version, management_level=operation.level))
    own = {desk.standing(code).numeral: code for code in desk.living_children(directorate)}
    shape = {
        number: (code, standing)
        for code, standing in sorted(desk.living().items())
        if standing.parent == model and (number := standing.numeral)
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
    for held, code in own.items():
        if held is not None and held.startswith("6.") and held not in shape:
            end(desk, code, "level_changed", ())
    desk.levels.append(operation)


def _model(desk: Desk, level: int) -> str:
    """A province that has the level: the template is what the others look like, not a constant of the code."""
    found = sorted(
        code
        for code, standing in desk.living().items()
        if standing.kind == "provincial_directorate" and standing.management_level == level
    )
    if not found:
        raise Refused("no-model", f"Ninguna provincia de nivel {level} sirve de modelo.")
    return found[0]


def _create_shaped(desk: Desk, code: str, version: Version) -> None:
    number, free = 2, code
    while free in desk.before or free in desk.created:
        free, number = f"{code}-{number}", number + 1
    desk.create(free, version)
