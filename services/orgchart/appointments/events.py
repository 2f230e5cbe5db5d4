"""`appointment.changed`: the whole state of an appointment, as the gateway needs it to grant for exactly its dates.

`ended` means that it gives nothing any more, from now on (revoked). An early end just sends the new last day.
`in_place_of` is the account of the post's holder on the first day, or the last one before: whose grants the one who
acts or substitutes receives. A person appears as an opaque id, an account as its subject; never by name or number.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from services.kit.database import Connection
from services.kit.writing import Event, digest

TYPE: Final = "appointment.changed"
# `a` is an appointment, `post` its post, `d` its dependencia.
HOLDER_ACCOUNT: Final = """(SELECT h.subject FROM orgchart.appointments h
    WHERE a.kind <> 'holder' AND NOT a.collegiate AND h.post_id = a.post_id AND h.kind = 'holder'
      AND h.person_id <> a.person_id AND h.revoked_at IS NULL AND h.valid_from <= a.valid_from
    ORDER BY h.valid_from DESC LIMIT 1)"""
DATA: Final = f"""json_build_object('appointment_id', a.id, 'version', a.version, 'person', a.person_id,
    'subject', a.subject, 'kind', a.kind, 'dependencia', d.code, 'post', post.code,
    'responsible', post.responsible, 'collegiate', a.collegiate, 'valid_from', a.valid_from, 'valid_to', a.valid_to,
    'ended', a.revoked_at IS NOT NULL, 'in_place_of', {HOLDER_ACCOUNT})"""
SOURCE: Final = """orgchart.appointments a JOIN orgchart.posts post ON post.id = a.post_id
    JOIN orgchart.dependencias d ON d.id = post.dependencia_id"""
# What would bring a follower that knows nothing to the present: every appointment that still counts.
PRESENT: Final = f"""SELECT json_agg(json_build_object('type', '{TYPE}', 'subject', a.id, 'dependencia', d.code,
    'data', {DATA}) ORDER BY a.valid_from, a.id) FROM {SOURCE} WHERE a.revoked_at IS NULL"""
# Those who act or substitute in the same posts follow the holder's account and dates.
_CHANGED: Final = f"""SELECT a.id, d.code, {DATA}::text AS data FROM {SOURCE}
    WHERE a.id = ANY ($1::uuid[]) OR (a.kind <> 'holder' AND a.revoked_at IS NULL
        AND (a.valid_to IS NULL OR a.valid_to >= $2)
        AND a.post_id IN (SELECT c.post_id FROM orgchart.appointments c
            WHERE c.id = ANY ($1::uuid[]) AND c.kind = 'holder'))
    ORDER BY a.id = ANY ($1::uuid[]) DESC, a.valid_from, a.id"""


async def change_events(connection: Connection, appointments: Sequence[UUID], today: date) -> list[Event]:
    """Events of the appointments that changed, then of those that stand in for a holder who did."""
    rows = await connection.fetch(_CHANGED, list(appointments), today)
    return [Event(TYPE, str(row["id"]), msgspec.json.decode(row["data"]), row["code"]) for row in rows]


async def state_digest(connection: Connection, appointment: UUID) -> str | None:
    """Digest of what an event would say of the appointment now."""
    data: str | None = await connection.fetchval(f"SELECT {DATA}::text FROM {SOURCE} WHERE a.id = $1", appointment)
    return None if data is None else digest(msgspec.json.decode(data))
