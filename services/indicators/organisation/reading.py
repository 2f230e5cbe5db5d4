"""The organisation as it is known, or was at an instant."""

from typing import Final

from services.indicators.domain.structure import Organisation, Place, Succession
from services.indicators.measurements.knowledge import Knowledge
from services.kit.database import Connection, Pool

_SUCCESSIONS: Final = "SELECT predecessor_id, successor_id, effective_on, share FROM indicators.org_successions"
_CURRENT: Final = """
SELECT v.unit_id, u.code, v.name, v.parent_id, v.valid_from, v.valid_to
FROM indicators.org_unit_versions v JOIN indicators.org_units u ON u.id = v.unit_id"""
_PAST: Final = """
SELECT unit_id, code, name, parent_id, valid_from, valid_to FROM indicators.org_history
WHERE recorded_at <= $1 AND superseded_at > $1"""


async def organisation_known(reader: Pool | Connection, knowledge: Knowledge) -> Organisation:
    """Every dependencia's places and who succeeded whom, as known at the instant; its day is the reader's."""
    if knowledge.is_past:
        places = await reader.fetch(_PAST, knowledge.instant)
        successions = await reader.fetch(
            f"{_SUCCESSIONS} WHERE recorded_at <= $1 AND superseded_at > $1", knowledge.instant
        )
    else:
        places = await reader.fetch(_CURRENT)
        successions = await reader.fetch(f"{_SUCCESSIONS} WHERE superseded_at = 'infinity'")
    return Organisation(
        (Place(p["unit_id"], p["code"], p["name"], p["parent_id"], p["valid_from"], p["valid_to"]) for p in places),
        (Succession(s["predecessor_id"], s["successor_id"], s["effective_on"], s["share"]) for s in successions),
        knowledge.today,
    )
