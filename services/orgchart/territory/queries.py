"""SQL of provinces. What a province names and its level are read from the organisation of the day, not kept twice."""

from __future__ import annotations

from datetime import date
from typing import Final

from services.kit.pages import Key, Listing
from services.orgchart.dependencias.queries import HEIRS, IN_FORCE

# The directorate of the regulation while it stands. After it, one that is there for this very province; else who took
# over from it. With several of either nobody is named: the acts alone do not say which.
_ANSWERS_FOR: Final = f"""LATERAL (
    WITH RECURSIVE standing AS (
        SELECT d.id, d.code, v.kind, v.province, v.management_level
        FROM orgchart.dependencia_versions v JOIN orgchart.dependencias d ON d.id = v.dependencia_id WHERE {{in_force}}
    ), {HEIRS.replace("{id}", "p.dependencia_id")}, ranked AS (
        SELECT standing.*, CASE WHEN standing.id = p.dependencia_id THEN 0
            WHEN standing.province = p.name AND standing.kind = 'provincial_directorate' THEN 1 ELSE 2 END AS rank
        FROM standing
        WHERE standing.id IN (SELECT id FROM heirs)
           OR (standing.province = p.name AND standing.kind = 'provincial_directorate')
    ), first AS (SELECT * FROM ranked WHERE rank = (SELECT min(rank) FROM ranked))
    SELECT min(code) AS code, min(management_level) FILTER (WHERE province = p.name) AS management_level FROM first
    HAVING count(*) = 1
) answering ON true"""
# Art. 12 says the level as long as no directorate of the province has another.
_LEVEL: Final = "coalesce(answering.management_level, p.management_level)"


def provinces_on(day: date) -> Listing:
    """A listing of the provinces in force on a day, each with who answers for it on that day."""
    listing = Listing(
        columns={},
        source="",
        keys={"name": Key("p.name_folded"), "inec_code": Key("p.inec_code"), "zone": Key("p.zone", "smallint")},
        order="name",
        unique="inec_code",
    )
    on = f"{listing.bind(day)}::date"
    answers_for = _ANSWERS_FOR.format(day=on, in_force=IN_FORCE.format(on))
    listing.source = f"orgchart.provinces p LEFT JOIN {answers_for}"
    listing.columns = {
        "name": "p.name",
        "dependencia": "answering.code",
        "zone": "p.zone",
        # As /zones says on the same day: an act may change the level of a province, never the seat of a zone.
        "seat": f"""EXISTS (SELECT FROM orgchart.zones z WHERE z.zone = p.zone AND z.seat_province = p.name
            AND daterange(z.valid_from, z.valid_to, '[]') @> {on})""",
        "management_level": _LEVEL,
        "inec_code": "p.inec_code",
        "iso_code": "p.iso_code",
        "valid_from": "p.valid_from",
        # Only reorganisations end a province's row, and answers for earlier days never change by them.
        "valid_to": "NULL::date",
    }
    listing.clauses.append(f"daterange(p.valid_from, p.valid_to, '[]') @> {on}")
    return listing


def of_level(listing: Listing, level: int | None) -> Listing:
    return listing.filter(f"{_LEVEL} = {{}}", level)
