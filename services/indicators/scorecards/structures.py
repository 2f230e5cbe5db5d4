"""By which tree a roll-up is told, as a parameter."""

from typing import Annotated

from fastapi import Query

from services.indicators.domain.structure import Structure
from services.indicators.scorecards.statement import Scope
from services.kit.problems import FieldError, Invalid

StructureChoice = Annotated[
    Structure,
    Query(description="Con qué árbol se suma el subárbol: as_reported, el del período; today, el de hoy por sucesión"),
]


class NothingToRegroup(Invalid):
    code, title = "structure-needs-subtree", "Nada que reagrupar"
    default_detail = (
        "Lo propio queda siempre en la dependencia que lo reportó. Con structure=today pida también scope=subtree."
    )


def summed_by(structure: Structure, scope: Scope) -> Structure:
    """The structure asked for. Raises NothingToRegroup when there is no subtree it could change."""
    if structure is Structure.TODAY and scope == "own":
        detail = NothingToRegroup.default_detail
        raise NothingToRegroup(errors=[FieldError("query/structure", NothingToRegroup.code, detail)])
    return structure
