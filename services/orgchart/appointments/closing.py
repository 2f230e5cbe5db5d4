"""What the end of a dependencia does to its appointments: nothing is inherited silently, they end with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from services.kit.database import Connection
from services.kit.writing import Event
from services.orgchart.appointments.events import change_events
from services.orgchart.appointments.repository import PEOPLE_LOCK, REVISE

_CUT = """
    UPDATE orgchart.appointments a SET version = a.version + 1,
        valid_to = CASE WHEN a.valid_from > $2 THEN a.valid_to ELSE $2 END,
        revoked_at = CASE WHEN a.valid_from > $2 THEN $3::timestamptz END
    FROM orgchart.posts p
    WHERE p.id = a.post_id AND p.dependencia_id = ANY ($1::bigint[]) AND a.revoked_at IS NULL
      AND (a.valid_to IS NULL OR a.valid_to > $2)
    RETURNING a.id"""


async def end_appointments(
    connection: Connection,
    dependencia_ids: Sequence[int],
    last_day: date,
    *,
    actor: str,
    reason: str | None,
    now: datetime,
) -> list[Event]:
    """Ends the appointments of dependencias that live up to `last_day`; those that would begin later are revoked.

    Returns the events for the caller's seal(), which comes last in the transaction.
    """
    await connection.execute(PEOPLE_LOCK)
    ended = [row["id"] for row in await connection.fetch(_CUT, list(dependencia_ids), last_day, now)]
    if not ended:
        return []
    await connection.execute(REVISE, ended, now, actor, reason, None)
    return await change_events(connection, ended, last_day)
