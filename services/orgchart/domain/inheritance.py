"""Art. 11: which units inherit the general attributions and products, and which list."""

from __future__ import annotations

# "Todas las Direcciones Nacionales, Subdirecciones Nacionales y Coordinaciones Nacionales"
_NATIONAL = frozenset({"directorate", "subdirectorate", "coordination"})
# "Todas las Coordinaciones Provinciales/Unidades provinciales"
_PROVINCIAL = frozenset({"provincial_coordination", "provincial_unit"})


def general_scope(kind: str, process_type: str | None, name_folded: str) -> str | None:
    """`national`, `provincial`, or None for a unit that Art. 11 does not name.

    The Dirección General and the Subdirección General are not national directorates: Art. 11 leaves them out.
    """
    if kind in _PROVINCIAL:
        return "provincial"
    if kind in _NATIONAL and process_type != "governing" and not name_folded.endswith("direccion general"):
        return "national"
    return None


def numeral_key(numeral: str) -> str:
    """A key that sorts numerals as people read them: 3.1.10 after 3.1.9."""
    return ".".join(part.zfill(3) for part in numeral.split("."))
