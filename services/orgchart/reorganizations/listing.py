"""What lists and answers show of reorganisations and of who followed whom."""

from __future__ import annotations

from uuid import UUID

from services.kit.database import Connection, Pool
from services.kit.pages import Key, Listing, instant
from services.orgchart.reorganizations.acknowledging import FOLLOWERS
from services.orgchart.reorganizations.problems import UnknownReorganization

COLUMNS = {
    "id": "r.id",
    "resolution": "r.resolution",
    "resolution_date": "r.resolution_date",
    "provision": "r.provision",
    "effective_on": "r.effective_on",
    "reason": "r.reason",
    "operations": "r.operations",
    "impact": "r.impact",
    "status": "r.status",
    "services": f"""(SELECT json_agg(json_build_object('service', f.service, 'acknowledged', a.at IS NOT NULL,
            'acknowledged_at', {instant("a.at")}) ORDER BY f.service)
        FROM unnest(ARRAY[{", ".join(f"'{name}'" for name in FOLLOWERS)}]) AS f (service)
        LEFT JOIN LATERAL (SELECT min(k.acknowledged_at) AS at FROM orgchart.reorganization_acknowledgements k
            WHERE k.reorganization_id = r.id AND k.service = f.service AND k.feed_position >= r.feed_position) a
        ON true)""",
    "applied_at": instant("r.applied_at"),
    "applied_by": "r.applied_by",
    "undone_at": instant("r.undone_at"),
}


def reorganization_listing() -> Listing:
    return Listing(
        columns=COLUMNS,
        source="orgchart.reorganizations r",
        keys={
            "applied_at": Key("r.applied_at", "timestamptz"),
            "effective_on": Key("r.effective_on", "date"),
            "id": Key("r.id", "uuid"),
        },
        order="-applied_at",
        unique="id",
    )


def succession_listing() -> Listing:
    return Listing(
        columns={
            "predecessor": "p.code",
            "successor": "n.code",
            "share": "trim_scale(s.share)::text",
            "effective_on": "s.effective_on",
            "reorganization_id": "s.reorganization_id",
        },
        source="""orgchart.successions s JOIN orgchart.dependencias p ON p.id = s.predecessor_id
            JOIN orgchart.dependencias n ON n.id = s.successor_id""",
        keys={
            "effective_on": Key("s.effective_on", "date"),
            "predecessor": Key("p.code"),
            "successor": Key("n.code"),
        },
        order="effective_on",
        unique="predecessor,successor",
    )


async def document_of(connection: Connection | Pool, number: UUID) -> str:
    built = ", ".join(f"'{name}', {sql}" for name, sql in COLUMNS.items())
    found: str | None = await connection.fetchval(
        f"SELECT json_build_object({built})::text FROM orgchart.reorganizations r WHERE r.id = $1", number
    )
    if found is None:
        raise UnknownReorganization
    return found
