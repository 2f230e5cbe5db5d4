"""Operations on one unit that goes on, or begins."""

from __future__ import annotations

from dataclasses import replace

from services.orgchart.domain.organisation import Version
from services.orgchart.domain.reorganisation.answering import answering
from services.orgchart.domain.reorganisation.desk import Desk, Refused
from services.orgchart.domain.reorganisation.operations import Create, Move, Rename, Renumber
from services.orgchart.domain.reorganisation.provinces import known_province


def rename(desk: Desk, operation: Rename) -> None:
    version = desk.standing(operation.code)
    if version.name == operation.name:
        raise Refused("nothing-changes", f"«{operation.code}» ya se llama así.")
    desk.change(operation.code, "renamed", replace(version, name=operation.name))


def move(desk: Desk, operation: Move) -> None:
    version = desk.standing(operation.code)
    if version.parent is None:
        raise Refused("root", "La institución no cuelga de nadie.")
    desk.standing(operation.parent)
    technical = version.technical_parent
    if operation.technical_parent is not None:
        desk.standing(operation.technical_parent)
        technical = operation.technical_parent
    province = version.province if operation.province is None else known_province(desk, operation.province)
    as_before = (version.parent, version.technical_parent, version.province)
    if (operation.parent, technical, province) == as_before:
        raise Refused("nothing-changes", f"«{operation.code}» ya cuelga de «{operation.parent}».")
    if technical == operation.parent:
        raise Refused("same-parent-twice", "La dependencia administrativa y la técnica deben ser distintas.")
    moved = replace(version, parent=operation.parent, province=province)
    desk.change(operation.code, "moved", answering(moved, technical, version.other_technical_parents))


def renumber(desk: Desk, operation: Renumber) -> None:
    version = desk.standing(operation.code)
    if version.numeral == operation.numeral:
        raise Refused("nothing-changes", f"«{operation.code}» ya tiene ese numeral.")
    desk.change(operation.code, "renumbered", replace(version, numeral=operation.numeral))


def create(desk: Desk, operation: Create) -> None:
    if operation.code in desk.before or operation.code in desk.created:
        raise Refused("code-taken", f"El código «{operation.code}» ya se usó, y un código no se reutiliza.")
    parent = desk.standing(operation.parent)
    if operation.technical_parent is not None:
        desk.standing(operation.technical_parent)
        if operation.technical_parent == operation.parent:
            raise Refused("same-parent-twice", "La dependencia administrativa y la técnica deben ser distintas.")
    version = Version(
        valid_from=desk.act.effective,
        valid_to=None,
        name=operation.name,
        kind=operation.kind,
        parent=operation.parent,
        numeral=operation.numeral,
        province=parent.province if operation.province is None else known_province(desk, operation.province),
        management_level=parent.management_level,
        technical_parent=operation.technical_parent,
        responsible_post=operation.responsible_post,
    )
    desk.create(operation.code, version)
