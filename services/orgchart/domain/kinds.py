"""What kind of organisation a name means, and which kind of process a group is."""

from __future__ import annotations

from typing import Literal

from services.kit.folding import fold

Kind = Literal[
    "institution",
    "council",
    "directorate",
    "subdirectorate",
    "coordination",
    "office",
    "commission",
    "committee",
    "provincial_directorate",
    "provincial_coordination",
    "provincial_unit",
    "provincial_commission",
    "service_center",
]

ProcessType = Literal["governing", "advisory", "substantive", "support", "advisory_and_support"]

_BY_OPENING = (
    ("direccion provincial", "provincial_directorate"),
    ("coordinacion provincial", "provincial_coordination"),
    ("unidad provincial", "provincial_unit"),
    ("comision provincial", "provincial_commission"),
    ("centro ", "service_center"),
    ("consejo ", "council"),
    ("subdireccion ", "subdirectorate"),
    ("direccion ", "directorate"),
    ("coordinacion ", "coordination"),
    ("comision ", "commission"),
    ("comite ", "committee"),
)
_PROCESS = (
    ("gobernante", "governing"),
    ("sustantivo", "substantive"),
    ("asesoria y apoyo", "advisory_and_support"),
    ("apoyo", "support"),
    ("asesoria", "advisory"),
)


def kind_of(name: str) -> str:
    """The kind a name of the regulation begins with; `office` for those with a name of their own."""
    folded = fold(name)
    return next((kind for opening, kind in _BY_OPENING if folded.startswith(opening)), "office")


def process_type_of(group: str | None) -> str | None:
    """governing, advisory, substantive, support or advisory_and_support, from a process group's printed title."""
    folded = fold(group or "")
    return next((kind for word, kind in _PROCESS if word in folded), None)
