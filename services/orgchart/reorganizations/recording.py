"""What an application and its undoing leave behind: feed events, audit, the facts they found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from services.kit.database import Connection
from services.kit.writing import Audit, Event, seal

_PROVINCES = "SELECT to_jsonb(p)::text AS row FROM orgchart.provinces p ORDER BY p.inec_code, p.valid_from"


def announcement(kind: str, number: UUID, resolution: str, effective: date, touched: Sequence[str]) -> Event:
    data = {"id": str(number), "resolution": resolution, "effective_on": effective, "dependencias": list(touched)}
    return Event(kind, str(number), data)


async def write_down(
    connection: Connection,
    number: UUID,
    events: Sequence[Event],
    action: str,
    actor: str,
    now: datetime,
    reason: str | None,
) -> None:
    note = Audit(actor=actor, action=action, target=str(number), reason=reason)
    position = await seal(connection, "orgchart", now=now, events=events, audit=[note])
    await connection.execute("UPDATE orgchart.reorganizations SET feed_position = $2 WHERE id = $1", number, position)


async def provinces_now(connection: Connection) -> list[Any]:
    rows = await connection.fetch(_PROVINCES)
    return [msgspec.json.decode(row["row"]) for row in rows]
