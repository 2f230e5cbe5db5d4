"""What other services replicate: whole records, in a snapshot and in `dependencia.changed` events."""

from __future__ import annotations

from fastapi import APIRouter, Response

from services.kit.access import Requires
from services.kit.answers import JSON_TYPE
from services.kit.database import Reader
from services.orgchart.appointments.events import PRESENT

router = APIRouter(tags=["internal"], include_in_schema=False)

# One record a dependencia; its outer validity is its whole life, its outer name and place those of the last version;
# its successors are those every reorganisation gave it, also of a date to come.
RECORDS = """
    SELECT d.id, json_build_object(
        'id', d.id, 'code', d.code, 'name', last.name, 'kind', last.kind, 'parent_id', last.parent_id,
        'numeral', last.numeral, 'province', last.province, 'management_level', last.management_level,
        'technical_parent_id', last.technical_parent_id, 'derived', d.derived, 'aliases', to_json(d.aliases),
        'valid_from', life.valid_from, 'valid_to', last.valid_to, 'versions', life.versions,
        'successors', (SELECT coalesce(json_agg(json_build_object('id', s.successor_id, 'effective_on', s.effective_on,
                'share', s.share::text) ORDER BY s.effective_on, s.successor_id), '[]'::json)
            FROM orgchart.successions s WHERE s.predecessor_id = d.id)) AS record
    FROM orgchart.dependencias d
    JOIN LATERAL (SELECT min(v.valid_from) AS valid_from, json_agg(json_build_object(
            'valid_from', v.valid_from, 'valid_to', v.valid_to, 'name', v.name, 'parent_id', v.parent_id,
            'numeral', v.numeral, 'province', v.province) ORDER BY v.valid_from) AS versions
        FROM orgchart.dependencia_versions v WHERE v.dependencia_id = d.id) life ON true
    JOIN LATERAL (SELECT * FROM orgchart.dependencia_versions v WHERE v.dependencia_id = d.id
        ORDER BY v.valid_from DESC LIMIT 1) last ON true"""


@router.get("/snapshot", dependencies=[Requires("internal:read")])
async def read_snapshot(reader: Reader) -> Response:
    """Every record and the feed position it is complete up to, of one moment."""
    # One statement is one snapshot: position and records belong together.
    body: str = await reader.fetchval(
        f"""SELECT json_build_object(
                'position', (SELECT coalesce(max(position), 0) FROM orgchart.events),
                'dependencias', coalesce((SELECT json_agg(r.record ORDER BY r.id) FROM ({RECORDS}) r), '[]'::json),
                'events', coalesce(({PRESENT}), '[]'::json)
            )::text"""
    )
    return Response(body, media_type=JSON_TYPE)
